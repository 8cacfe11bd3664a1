import type { DeliveryQueue, HeldClaims } from '../../domain/ports/delivery-queue.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import { idsByToken, type HeldLease } from './task.ts';

/** How long a claim lasts unless renewed: longer than a request may take (10 s), short enough to wait for after a crash. */
export const leaseMs = 15_000;

/** Leases are looked at this often ... */
const renewEveryMs = 3_000;

/** ... and renewed when less than this is left. The hot path ends its claims long before and writes no renewal. */
const renewBelowMs = 9_000;

/** All claims of this process; renews those that last. A lease that ended is not revived: another process may hold it. */
export class LeaseKeeper {
  readonly #queue: DeliveryQueue;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #held = new Set<HeldLease>();
  #timer: NodeJS.Timeout | undefined;

  constructor(queue: DeliveryQueue, clock: Clock, log: Log) {
    this.#queue = queue;
    this.#clock = clock;
    this.#log = log;
  }

  get size(): number {
    return this.#held.size;
  }

  add(lease: HeldLease): void {
    this.#held.add(lease);
  }

  remove(lease: HeldLease): void {
    this.#held.delete(lease);
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.renew(), renewEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async renew(): Promise<void> {
    const now = this.#clock.now();
    const ending = [...this.#held].filter((lease) => lease.until > now && lease.until - now < renewBelowMs);
    if (ending.length === 0) return;
    try {
      for (const claims of toClaims(ending)) await this.#queue.renew(claims, leaseMs);
      for (const lease of ending) lease.until = now + leaseMs;
    } catch (error) {
      this.#log.warn({ err: error, count: ending.length }, 'leases not renewed; trying again');
    }
  }

  /** Gives everything back that is still held, so that others need not wait for the leases to end. */
  async releaseAll(): Promise<void> {
    const held = [...this.#held];
    this.#held.clear();
    for (const claims of toClaims(held)) await this.#queue.release(claims);
  }
}

function toClaims(leases: readonly HeldLease[]): HeldClaims[] {
  const batches = idsByToken(leases.filter((lease) => lease.kind === 'batch'));
  const deliveries = idsByToken(leases.filter((lease) => lease.kind === 'delivery'));
  return [
    ...[...batches].map(([token, batchIds]) => ({ token, batchIds, deliveryIds: [] })),
    ...[...deliveries].map(([token, deliveryIds]) => ({ token, batchIds: [], deliveryIds })),
  ];
}
