import { setTimeout as wait } from 'node:timers/promises';
import type { DeliveryQueue, DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import type { Lease } from '../../domain/ports/eager-dispatch.ts';
import type { Meter } from '../../domain/ports/telemetry.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { Dispatcher } from './dispatcher.ts';
import { leaseMs } from './lease-keeper.ts';
import type { Intake } from './intake.ts';
import type { MemoryBudget } from './memory-budget.ts';

export interface ClaimLoopDeps {
  readonly queue: Pick<DeliveryQueue, 'claimBatches' | 'claimDeliveries'>;
  readonly intake: Intake;
  readonly memory: MemoryBudget;
  /** Tells for which webhooks nothing should be claimed. */
  readonly dispatcher: Pick<Dispatcher, 'overflowing' | 'full'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** 0 <= chance < 1. */
  readonly random: () => number;
  /** Begins every lease token. */
  readonly owner: string;
}

/** The poll is for retries and recovery; work is announced. Jittered, so that processes do not poll in step. */
const pollMs = 1_000;

/** What one claim brings at most: large enough that its three round trips weigh nothing per delivery. */
const claimLimit = 200;

/**
 * Claims what is due: retries, overflow, and what dead processes left behind.
 *
 *   stopped  --start--> claiming
 *   claiming --a full batch came and there is room--> claiming
 *   claiming --less came, it bounced, there is no room, or the database did not answer--> waiting
 *   waiting  --work is announced, room was made, a known retry is due, or the poll's second is over--> claiming
 *   claiming, waiting --stop--> stopped   a claim that is under way comes in before
 */
export class ClaimLoop {
  readonly #deps: ClaimLoopDeps;
  #isRunning = false;
  #loop: Promise<void> | undefined;
  #wake = new AbortController();
  /** A wake that came while claiming: do not wait. */
  #woken = false;
  #claims = 0;
  /** Memory as a whole was full: wake when half of it is free. */
  #isFull = false;
  /** Some of the last claim found no room in their endpoint queues and went back. */
  #bounced = false;
  #nextKnownDue = Number.POSITIVE_INFINITY;

  constructor(deps: ClaimLoopDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  /** There may be work in the database. */
  wake(): void {
    this.#woken = true;
    this.#wake.abort();
  }

  /** Hears of each recording before it is written: there may be room again, and it tells when a retry is due. */
  observe(recording: DeliveryResult): void {
    if (recording.attempt === undefined) this.#bounced = true;
    else if (recording.dueAt !== null) this.#nextKnownDue = Math.min(this.#nextKnownDue, recording.dueAt);
    if (this.#isFull && this.#deps.memory.isHalfFree) {
      this.#isFull = false;
      this.wake();
    }
  }

  /** Resolves when nothing more is claimed. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      this.#woken = false;
      const isMore = await this.#claim();
      if (isMore && this.#deps.memory.room > 0) continue;
      await this.#waitForWork();
    }
  }

  /** Answers whether there was as much as was asked for. */
  async #claim(): Promise<boolean> {
    const { memory, log, meter } = this.#deps;
    const limit = Math.min(claimLimit, memory.room);
    if (limit <= 0) {
      this.#isFull = true;
      return false;
    }
    this.#bounced = false;
    try {
      const events = await this.#claimBatches(limit);
      const rest = Math.min(limit, Math.max(0, memory.room));
      const deliveries = rest === 0 ? 0 : await this.#claimDeliveries(rest);
      if (events + deliveries > 0) meter.batch('claim', events + deliveries);
      // What found its endpoint queue full would only be claimed again: the next round waits until the endpoint queue has drained.
      return !this.#bounced && (events >= limit || deliveries === limit);
    } catch (error) {
      log.warn({ err: error }, 'could not claim deliveries; trying again');
      return false;
    }
  }

  /** Answers how many events came. */
  async #claimBatches(limit: number): Promise<number> {
    const { queue, intake, dispatcher } = this.#deps;
    const lease = this.#lease();
    const except = dispatcher.overflowing();
    const batches = await queue.claimBatches({ limit, token: lease.token, leaseMs, except });
    for (const batch of batches) intake.takeBatch(batch, lease);
    return batches.reduce((sum, batch) => sum + batch.events.length, 0);
  }

  async #claimDeliveries(limit: number): Promise<number> {
    const { queue, intake, dispatcher } = this.#deps;
    const lease = this.#lease();
    const except = dispatcher.full();
    const deliveries = await queue.claimDeliveries({ limit, token: lease.token, leaseMs, except });
    for (const delivery of deliveries) intake.takeDelivery(delivery, lease);
    return deliveries.length;
  }

  /** Its end is reckoned from before the claim, so that the database's is never earlier. */
  #lease(): Lease {
    const { owner, clock } = this.#deps;
    return { token: `${owner}.${++this.#claims}`, until: clock.now() + leaseMs };
  }

  async #waitForWork(): Promise<void> {
    if (this.#woken || !this.#isRunning) return;
    this.#wake = new AbortController();
    const now = this.#deps.clock.now();
    const poll = pollMs * (0.8 + this.#deps.random() * 0.4);
    const ms = Math.max(1, Math.min(poll, this.#nextKnownDue - now));
    if (this.#nextKnownDue - now <= ms) this.#nextKnownDue = Number.POSITIVE_INFINITY;
    await wait(ms, undefined, { signal: this.#wake.signal }).catch(() => undefined);
  }
}
