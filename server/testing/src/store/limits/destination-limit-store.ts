import type {
  DestinationLimit,
  DestinationLimitStore,
} from '../../../../src/domain/ports/destination-limits.ts';
import type { NotificationBus } from '../notifications/notification-bus.ts';

export class MemoryDestinationLimitStore implements DestinationLimitStore {
  readonly #bus: NotificationBus;
  readonly #ends = new Map<string, number>();

  constructor({ bus }: { readonly bus: NotificationBus }) {
    this.#bus = bus;
  }

  async save(limits: readonly DestinationLimit[]): Promise<void> {
    for (const { key, until } of limits) this.#ends.set(key, Math.max(until, this.#ends.get(key) ?? until));
    this.#bus.publish({ kind: 'limits', limits });
  }

  async findActive(now: number, count: number): Promise<DestinationLimit[]> {
    return [...this.#ends]
      .map(([key, until]) => ({ key, until }))
      .filter(({ until }) => until > now)
      .sort((a, b) => b.until - a.until)
      .slice(0, count);
  }
}
