import type { DeliveryQueue, HeldClaims } from '../../domain/ports/delivery-queue.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import { idsByToken, type Hold } from './task.ts';

/** How long a claim lasts unless renewed: longer than a request may take (10 s), short enough to wait for after a crash. */
export const leaseMs = 15_000;

/** Leases are looked at this often ... */
const renewEveryMs = 3_000;

/** ... and renewed when less than this is left. The hot path ends its claims long before and writes no renewal. */
const renewBelowMs = 9_000;

/** All claims of this process; renews those that last. A lease that ended is not revived: somebody else may hold it. */
export class Holds {
  readonly #queue: DeliveryQueue;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #held = new Set<Hold>();
  #timer: NodeJS.Timeout | undefined;

  constructor(queue: DeliveryQueue, clock: Clock, log: Log) {
    this.#queue = queue;
    this.#clock = clock;
    this.#log = log;
  }

  get size(): number {
    return this.#held.size;
  }

  add(hold: Hold): void {
    this.#held.add(hold);
  }

  remove(hold: Hold): void {
    this.#held.delete(hold);
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.renew(), renewEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async renew(): Promise<void> {
    const now = this.#clock.now();
    const ending = [...this.#held].filter((hold) => hold.until > now && hold.until - now < renewBelowMs);
    if (ending.length === 0) return;
    try {
      for (const claims of claimsOf(ending)) await this.#queue.renew(claims, leaseMs);
      for (const hold of ending) hold.until = now + leaseMs;
    } catch (error) {
      this.#log.warn({ err: error, count: ending.length }, 'leases not renewed; trying again');
    }
  }

  /** Gives everything back that is still held, so that others need not wait for the leases to end. */
  async releaseAll(): Promise<void> {
    const held = [...this.#held];
    this.#held.clear();
    for (const claims of claimsOf(held)) await this.#queue.release(claims);
  }
}

function claimsOf(holds: readonly Hold[]): HeldClaims[] {
  const batches = idsByToken(holds.filter((hold) => hold.kind === 'batch'));
  const deliveries = idsByToken(holds.filter((hold) => hold.kind === 'delivery'));
  return [
    ...[...batches].map(([token, batchIds]) => ({ token, batchIds, deliveryIds: [] })),
    ...[...deliveries].map(([token, deliveryIds]) => ({ token, batchIds: [], deliveryIds })),
  ];
}
