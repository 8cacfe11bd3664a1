import { Fifo } from '../../batching/fifo.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookCache } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { toUnattemptedResult, type DeliveryUpdate } from '../attempt/attempt-effect.ts';
import type { HealthTracker } from '../attempt/health-tracker.ts';
import type { RunAttempt } from '../attempt/run-attempt.ts';
import type { Limits } from '../request/limits.ts';
import type { DeliveryCompletion } from './completion.ts';
import { EndpointQueue, type EndpointQueueLimits, type EndpointQueueMode } from './endpoint-queue.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { Task } from './task.ts';
import type { WorkSignal } from './work-signal.ts';

export interface DispatcherLimits extends EndpointQueueLimits {
  /** Requests in flight of this process, over all webhooks. */
  readonly maxInFlightTotal: number;
}

export interface DispatcherDeps {
  readonly webhookCache: WebhookCache;
  /** Loads the stored health of an endpoint when its queue is created. */
  readonly health: Pick<HealthTracker, 'restore'>;
  readonly memory: Pick<MemoryBudget, 'free' | 'leave'>;
  readonly workSignal: Pick<WorkSignal, 'raise'>;
  readonly completion: Pick<DeliveryCompletion, 'complete' | 'forget'>;
  readonly runAttempt: RunAttempt;
  readonly getLimits: (webhook: Webhook) => Limits;
  readonly clock: Clock;
  readonly limits: DispatcherLimits;
}

/** Deliveries of a disabled webhook are rechecked this often, in case the re-enable notification was lost. */
const disabledRecheckMs = 60 * 60 * 1000;

/** After a failed webhook look-up, the queue gets its next turn this much later. */
const lookUpRetryMs = 500;

/**
 * Idle queues kept in memory. Beyond it, those without state are removed; they are created again when needed.
 */
const maxIdleQueues = 2_000;

/**
 * Sends queued deliveries round-robin: one delivery per endpoint queue and round, so that a queue with a
 * thousand deliveries gets no more turns than a queue with one. Never exceeds the limits of a queue and of
 * the process.
 *
 *   queue idle     --enqueue--> in the round
 *   in the round   --turn, delivery sent, more queued--> in the round
 *   in the round   --turn, nothing may be sent yet--> idle   until its timer, or until a request ends
 *   in the round   --webhook not cached--> waiting for the look-up --> a turn
 */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #endpointQueues = new Map<string, EndpointQueue>();
  readonly #round = new Fifo<EndpointQueue>();
  #inFlight = 0;
  #queued = 0;
  #deferrals = 0;
  #isStopped = false;
  #onAllEnded: (() => void) | undefined;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queued;
  }

  /** How many deliveries were completed without an attempt. Only grows; compare two readings. */
  get deferrals(): number {
    return this.#deferrals;
  }

  countQueuesByMode(): Record<EndpointQueueMode, number> {
    const counts = { active: 0, paused: 0, probing: 0 };
    for (const endpointQueue of this.#endpointQueues.values()) counts[endpointQueue.mode]++;
    return counts;
  }

  isQueueFull(webhookId: string): boolean {
    return this.#endpointQueues.get(webhookId)?.isFull ?? false;
  }

  /**
   * Webhooks whose queue is full. Paused ones are not included: their deliveries are claimed and deferred.
   */
  getFullQueueIds(): string[] {
    return [...this.#endpointQueues.values()]
      .filter((endpointQueue) => endpointQueue.isFull)
      .map((endpointQueue) => endpointQueue.webhookId);
  }

  /**
   * Webhooks whose queue takes no delivery now: full or paused. A retry claimed for them would be deferred.
   */
  getBlockedQueueIds(): string[] {
    const now = this.#deps.clock.now();
    return [...this.#endpointQueues.values()]
      .filter((endpointQueue) => !endpointQueue.hasRoom(now))
      .map((endpointQueue) => endpointQueue.webhookId);
  }

  /** Queues a delivery, or defers it if its endpoint queue takes none now. */
  enqueue(task: Task): void {
    const { clock, memory } = this.#deps;
    const endpointQueue = this.#queueFor(task.delivery.webhookId);
    const now = clock.now();
    const deferral = endpointQueue.deferralFor(now);
    if (deferral !== undefined) {
      return this.#defer(task, { status: 'pending', reason: 'webhook_paused', dueAt: deferral }, now);
    }
    if (!endpointQueue.hasRoom(now)) {
      return this.#defer(task, { status: 'pending', reason: 'awaiting_first_attempt', dueAt: now }, now);
    }
    this.#queued++;
    endpointQueue.push(task, memory.free);
    this.#joinRound(endpointQueue);
    this.#pump();
  }

  #queueFor(webhookId: string): EndpointQueue {
    const known = this.#endpointQueues.get(webhookId);
    if (known !== undefined) return known;
    if (this.#endpointQueues.size >= maxIdleQueues) this.#removeIdle();
    const endpointQueue = new EndpointQueue(webhookId, this.#deps.limits);
    this.#endpointQueues.set(webhookId, endpointQueue);
    void this.#deps.health.restore(endpointQueue);
    return endpointQueue;
  }

  #removeIdle(): void {
    const now = this.#deps.clock.now();
    for (const [id, endpointQueue] of this.#endpointQueues) {
      if (!endpointQueue.hasState(now)) this.#endpointQueues.delete(id);
    }
  }

  #joinRound(endpointQueue: EndpointQueue): void {
    if (endpointQueue.isInRound || endpointQueue.queued === 0) return;
    endpointQueue.isInRound = true;
    this.#round.push(endpointQueue);
  }

  /** Gives turns until nothing is queued or the process has its maximum of requests in flight. */
  #pump(): void {
    while (!this.#isStopped && this.#inFlight < this.#deps.limits.maxInFlightTotal) {
      const endpointQueue = this.#round.shift();
      if (endpointQueue === undefined) return;
      endpointQueue.isInRound = false;
      const webhook = this.#deps.webhookCache.get(endpointQueue.webhookId);
      if (webhook instanceof Promise) this.#takeTurnAfter(webhook, endpointQueue);
      else this.#takeTurn(endpointQueue, webhook);
    }
  }

  #takeTurnAfter(lookUp: Promise<Webhook | undefined>, endpointQueue: EndpointQueue): void {
    // Keeps the queue out of the round until the look-up ends.
    endpointQueue.isInRound = true;
    lookUp.then(
      (webhook) => {
        endpointQueue.isInRound = false;
        if (!this.#isStopped) this.#takeTurn(endpointQueue, webhook);
        this.#pump();
      },
      () => {
        endpointQueue.isInRound = false;
        this.#scheduleTurn(endpointQueue, this.#deps.clock.now() + lookUpRetryMs);
      },
    );
  }

  /**
   * Takes a turn of a webhook's queue for a request outside it. Returns the function that ends the request,
   * the time of the next turn if it is too early, or undefined if other requests have to end first.
   */
  takeTurn(webhook: Webhook): (() => void) | number | undefined {
    if (this.#isStopped || this.#inFlight >= this.#deps.limits.maxInFlightTotal) return undefined;
    const endpointQueue = this.#queueFor(webhook.id);
    endpointQueue.setLimits(this.#deps.getLimits(webhook));
    const turn = endpointQueue.takeTurn(this.#deps.clock.now());
    if (turn !== 'taken') return turn;
    this.#inFlight++;
    return () => {
      endpointQueue.endRequest();
      this.#endAttempt(endpointQueue);
    };
  }

  /** One turn of a queue: starts at most one request. */
  #takeTurn(endpointQueue: EndpointQueue, webhook: Webhook | undefined): void {
    const { clock, completion, getLimits, runAttempt } = this.#deps;
    const now = clock.now();
    if (webhook === undefined) {
      return this.#deferAll(
        endpointQueue,
        { status: 'cancelled', reason: 'webhook_deleted', dueAt: null },
        now,
      );
    }
    if (!webhook.enabled) {
      const dueAt = now + disabledRecheckMs;
      return this.#deferAll(endpointQueue, { status: 'pending', reason: 'webhook_disabled', dueAt }, now);
    }
    const pauseEnd = endpointQueue.longPauseEnd(now);
    if (pauseEnd !== undefined) {
      return this.#deferAll(
        endpointQueue,
        { status: 'pending', reason: 'webhook_paused', dueAt: pauseEnd },
        now,
      );
    }
    endpointQueue.setLimits(getLimits(webhook));
    const next = endpointQueue.takeNext(now);
    if (typeof next === 'number') return this.#scheduleTurn(endpointQueue, next);
    if (next === undefined) return;
    this.#queued--;
    this.#joinRound(endpointQueue);
    if (next.lease.until <= now) {
      endpointQueue.endRequest();
      return completion.forget(next);
    }
    this.#inFlight++;
    void runAttempt(next, webhook, endpointQueue).then(() => this.#endAttempt(endpointQueue));
  }

  #endAttempt(endpointQueue: EndpointQueue): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#onAllEnded?.();
    if (this.#isStopped) return;
    this.#joinRound(endpointQueue);
    this.#pump();
    if (endpointQueue.takeDrained()) this.#deps.workSignal.raise();
  }

  #deferAll(endpointQueue: EndpointQueue, update: DeliveryUpdate, now: number): void {
    for (const task of endpointQueue.drain()) {
      this.#queued--;
      this.#defer(task, update, now);
    }
  }

  /**
   * Completes a delivery without an attempt: it goes back to the database, or ends because its webhook is
   * gone.
   */
  #defer(task: Task, update: DeliveryUpdate, now: number): void {
    this.#deferrals++;
    this.#deps.completion.complete(task, toUnattemptedResult(task.delivery, update, now));
  }

  #scheduleTurn(endpointQueue: EndpointQueue, at: number): void {
    clearTimeout(endpointQueue.turnTimer);
    endpointQueue.turnTimer = setTimeout(
      () => {
        this.#joinRound(endpointQueue);
        this.#pump();
      },
      Math.max(1, at - this.#deps.clock.now()),
    ).unref();
  }

  /**
   * Starts no more requests and drops queued deliveries, whose leases are released later. Resolves once the
   * requests in flight have ended, or after `timeoutMs`.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopped = true;
    for (const endpointQueue of this.#endpointQueues.values()) {
      clearTimeout(endpointQueue.turnTimer);
      for (const task of endpointQueue.drain()) {
        this.#queued--;
        this.#deps.memory.leave(task.delivery.event);
      }
    }
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onAllEnded = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
