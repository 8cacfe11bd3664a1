import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliveryFilter } from '@tocsin/shared';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { VisibleOnly } from '../../server/src/domain/ports/page-request.ts';
import { anEvent, delivered, firstDeliveryOf } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import type { StoresHarness } from './stores-harness.ts';

const clock = new FakeClock();
const targets = Array.from({ length: 1_100 }, (_, n) => `wh_${n.toString(16).padStart(12, '0')}`);
const event = anEvent({ acceptedAt: clock.now(), targets });

/** The deliveries of an event with more targets than two characters of a delivery id can number. */
export function manyTargetsContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: an event with many targets`, () => {
    let h: StoresHarness;

    beforeAll(async () => {
      h = open();
      const others = [clock.now() - 1, clock.now() + 1].map((acceptedAt) => anEvent({ acceptedAt }));
      await h.events.insertMany([event, ...others]);
      // Every second delivery has its document. The others are in flight.
      const stored = targets.flatMap((_, index) =>
        index % 2 === 0 ? delivered(firstDeliveryOf(event, index), clock.now()) : [],
      );
      await h.queue.writeResults(stored);
    });

    afterAll(() => h[Symbol.asyncDispose]());

    const pagesOf = async (filter: VisibleOnly<DeliveryFilter>): Promise<string[]> => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await h.deliveries.list(filter, { cursor, limit: 190 });
        found.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && found.length <= targets.length);
      return found;
    };

    it.each<[string, VisibleOnly<DeliveryFilter>]>([
      ['all of them', {}],
      ['the delivered ones', { status: 'delivered' }],
      ['those in flight', { status: 'pending' }],
    ])('lists %s by the event, each once over all pages', async (_, filter) => {
      const expected = new Set(
        targets.flatMap((_target, index) => {
          const status = index % 2 === 0 ? 'delivered' : 'pending';
          return filter.status === undefined || filter.status === status ? toDeliveryId(event.id, index) : [];
        }),
      );
      const found = await pagesOf({ ...filter, eventId: event.id });
      expect(found).toHaveLength(expected.size);
      expect(new Set(found)).toEqual(expected);
      expect(found).toEqual([...found].sort().reverse());
    });

    it('finds the deliveries of high targets by their ids, stored or in flight', async () => {
      const get = async (index: number) => await h.deliveries.get(toDeliveryId(event.id, index));
      expect(await get(1_098)).toMatchObject({ webhookId: targets[1_098], status: 'delivered' });
      expect(await get(1_099)).toMatchObject({ webhookId: targets[1_099], status: 'pending' });
      expect(await get(1_100)).toBeUndefined();
      // A second id of target 5 does not exist.
      expect(await h.deliveries.get(`dlv_${event.id.slice(4, 28)}0005`)).toBeUndefined();
    });
  });
}
