import type { DeliveryQueue, Lease } from '../../domain/ports/delivery-queue.ts';
import type { Meter } from '../../domain/ports/telemetry.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Intake } from './intake.ts';
import { leaseMs } from './lease-keeper.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { WorkSignal } from './work-signal.ts';

export interface ClaimLoopDeps {
  readonly queue: Pick<DeliveryQueue, 'claimEntries' | 'claimDeliveries'>;
  readonly intake: Pick<Intake, 'addEntry' | 'addDelivery'>;
  readonly memory: Pick<MemoryBudget, 'room' | 'signalWhenHalfFree'>;
  readonly dispatcher: Pick<Dispatcher, 'getFullQueueIds' | 'getBlockedQueueIds' | 'deferrals'>;
  readonly workSignal: WorkSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  /** First part of every lease token. */
  readonly owner: string;
}

/**
 * Poll interval, for retries and recovery; new work is signaled. Jittered, so that processes do not poll in
 * step.
 */
const pollMs = 1_000;

/** Deliveries in one claim: enough that its three round trips cost little per delivery. */
const claimLimit = 200;

/**
 * Claims due work: retries, deliveries that found no room in memory, and work whose lease expired.
 *
 *   stopped  --start--> claiming
 *   claiming --the claim was full and there is room--> claiming
 *   claiming --it was not full, deliveries were deferred, memory is full, or it failed--> waiting
 *   waiting  --work signal, next retry is due, or poll interval is over--> claiming
 *   claiming, waiting --stop--> stopped   after the claim under way
 */
export class ClaimLoop {
  readonly #deps: ClaimLoopDeps;
  #isRunning = false;
  #loop: Promise<void> | undefined;
  #claims = 0;

  constructor(deps: ClaimLoopDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  /** Resolves after the last claim. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#deps.workSignal.raise();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { memory, workSignal, clock, random } = this.#deps;
    while (this.#isRunning) {
      workSignal.clear();
      const isMore = await this.#claim();
      if (isMore && memory.room > 0) continue;
      await workSignal.wait(clock.now(), pollMs * (0.8 + random() * 0.4));
    }
  }

  /** Whether more work is probably due: the claim was full and no delivery was deferred. */
  async #claim(): Promise<boolean> {
    const { memory, dispatcher, log, meter } = this.#deps;
    const limit = Math.min(claimLimit, memory.room);
    if (limit <= 0) {
      memory.signalWhenHalfFree();
      return false;
    }
    const deferralsBefore = dispatcher.deferrals;
    try {
      const events = await this.#claimEntries(limit);
      const rest = Math.min(limit, Math.max(0, memory.room));
      const deliveries = rest === 0 ? 0 : await this.#claimDeliveries(rest);
      if (events + deliveries > 0) meter.observeBatch('claim', events + deliveries);
      // A deferred delivery would only be claimed again: the next claim waits until its endpoint queue has
      // drained.
      const hasDeferred = dispatcher.deferrals > deferralsBefore;
      return !hasDeferred && (events >= limit || deliveries === limit);
    } catch (error) {
      log.warn({ err: error }, 'could not claim deliveries; retrying');
      return false;
    }
  }

  /** Returns the number of claimed events. */
  async #claimEntries(limit: number): Promise<number> {
    const { queue, intake, dispatcher } = this.#deps;
    const lease = this.#nextLease();
    const excludedWebhookIds = dispatcher.getFullQueueIds();
    const entries = await queue.claimEntries({ limit, token: lease.token, leaseMs, excludedWebhookIds });
    for (const entry of entries) intake.addEntry(entry, lease);
    return entries.reduce((sum, entry) => sum + entry.events.length, 0);
  }

  /** Returns the number of claimed deliveries. */
  async #claimDeliveries(limit: number): Promise<number> {
    const { queue, intake, dispatcher } = this.#deps;
    const lease = this.#nextLease();
    const excludedWebhookIds = dispatcher.getBlockedQueueIds();
    const deliveries = await queue.claimDeliveries({
      limit,
      token: lease.token,
      leaseMs,
      excludedWebhookIds,
    });
    for (const delivery of deliveries) intake.addDelivery(delivery, lease);
    return deliveries.length;
  }

  /** Starts before the claim is written, so that it never ends later here than in the database. */
  #nextLease(): Lease {
    const { owner, clock } = this.#deps;
    return { token: `${owner}.${++this.#claims}`, until: clock.now() + leaseMs };
  }
}
