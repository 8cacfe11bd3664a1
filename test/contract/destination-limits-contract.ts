import { expect, it, vi } from 'vitest';
import type {
  DestinationLimit,
  DestinationLimitStore,
} from '../../server/src/domain/ports/destination-limits.ts';

export interface DestinationLimitsHarness extends AsyncDisposable {
  readonly store: DestinationLimitStore;
  /** The limits that this process was notified of. */
  heard(): readonly DestinationLimit[];
  /** The store of another process on the same database. */
  openAnother(): Promise<DestinationLimitsHarness>;
}

const now = Date.parse('2026-01-01T00:00:00.000Z');
const limit = (key: string, until: number): DestinationLimit => ({ key, until: now + until });

/** How limits of chat services are stored and shared. */
export function destinationLimitsContract(name: string, open: () => Promise<DestinationLimitsHarness>): void {
  it(`${name}: limits of chat services reach all processes, and are kept until their end`, async () => {
    await using one = await open();
    await using two = await one.openAnother();
    const limits = [limit('a', 1), limit('b', 3), limit('c', 2)];
    await one.store.save(limits);
    for (const { heard } of [one, two]) {
      await vi.waitFor(() => expect(heard()).toEqual(limits), { timeout: 20_000, interval: 5 });
    }
    expect(await two.store.findActive(now, 10)).toEqual([limits[1], limits[2], limits[0]]);
    expect(await two.store.findActive(now + 1, 10)).toEqual([limits[1], limits[2]]);
    expect(await two.store.findActive(now, 1)).toEqual([limits[1]]);
  });

  it(`${name}: limits of chat services never become shorter, also if processes find them at the same time`, async () => {
    await using one = await open();
    await using two = await one.openAnother();
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? one : two).store.save([limit('a', (index * 7) % 40), limit(`b${index % 4}`, 1)]),
      ),
    );
    const active = await one.store.findActive(now, 100);
    expect(active[0]).toEqual(limit('a', 39));
    expect(active).toHaveLength(5);
  });
}
