import type { DeliveryQueue, LeasedItems } from '../../domain/ports/delivery-queue.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import { groupIdsByToken, type TrackedLease } from './task.ts';

/** Length of a lease: longer than a request may take, and short enough to wait for after a crash. */
export const leaseMs = 15_000;

/** How often expiring leases are looked for. */
const renewEveryMs = 3_000;

/** Leases with less time left are renewed. The hot path ends its leases long before and writes no renewal. */
const renewBelowMs = 9_000;

/**
 * Tracks the leases this process holds and renews them. Never renews an expired lease: another process may
 * have claimed it.
 */
export class LeaseKeeper {
  readonly #queue: Pick<DeliveryQueue, 'renew' | 'release'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #leases = new Set<TrackedLease>();
  #timer: NodeJS.Timeout | undefined;

  constructor(queue: Pick<DeliveryQueue, 'renew' | 'release'>, clock: Clock, log: Log) {
    this.#queue = queue;
    this.#clock = clock;
    this.#log = log;
  }

  get size(): number {
    return this.#leases.size;
  }

  add(lease: TrackedLease): void {
    this.#leases.add(lease);
  }

  remove(lease: TrackedLease): void {
    this.#leases.delete(lease);
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.renew(), renewEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async renew(): Promise<void> {
    const now = this.#clock.now();
    const expiring = [...this.#leases].filter(({ until }) => until > now && until - now < renewBelowMs);
    if (expiring.length === 0) return;
    try {
      for (const items of toLeasedItems(expiring)) await this.#queue.renew(items, leaseMs);
      for (const lease of expiring) lease.until = now + leaseMs;
    } catch (error) {
      this.#log.warn({ err: error, count: expiring.length }, 'leases not renewed; retrying');
    }
  }

  /** Releases all leases, so that other processes need not wait until they expire. */
  async releaseAll(): Promise<void> {
    const leases = [...this.#leases];
    this.#leases.clear();
    for (const items of toLeasedItems(leases)) await this.#queue.release(items);
  }
}

function toLeasedItems(leases: readonly TrackedLease[]): LeasedItems[] {
  const entries = groupIdsByToken(leases.filter((lease) => lease.source === 'outbox'));
  const deliveries = groupIdsByToken(leases.filter((lease) => lease.source === 'retry'));
  return [
    ...[...entries].map(([token, entryIds]) => ({ token, entryIds, deliveryIds: [] })),
    ...[...deliveries].map(([token, deliveryIds]) => ({ token, entryIds: [], deliveryIds })),
  ];
}
