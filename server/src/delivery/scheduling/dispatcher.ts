import { Fifo } from '../../batching/fifo.ts';
import type { DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookCache } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { withoutAttempt } from '../attempt/attempt-result.ts';
import { EndpointQueue, type EndpointQueueLimits, type EndpointQueueMode } from './endpoint-queue.ts';
import type { Limits } from '../request/limits.ts';
import type { Task } from './task.ts';

export interface DispatcherLimits extends EndpointQueueLimits {
  /** Requests in flight of this process at most, over all webhooks. */
  readonly maxInFlightTotal: number;
  /** Deliveries in memory at most, waiting or in flight; a webhook's share of them is EndpointQueue.push's matter. */
  readonly maxInMemory: number;
}

export interface DispatcherDeps {
  readonly webhookCache: WebhookCache;
  readonly clock: Clock;
  readonly limits: DispatcherLimits;
  readonly pace: (webhook: Webhook) => Limits;
  /** Sends, records, and tells the endpoint queue what it learned. Never rejects. */
  readonly attempt: (task: Task, webhook: Webhook, endpointQueue: EndpointQueue) => Promise<void>;
  /** Records a delivery that is not attempted now. */
  readonly setAside: (task: Task, recording: DeliveryResult) => void;
  /** The lease ended while the task waited: it belongs to somebody else now. */
  readonly dropped: (task: Task) => void;
  /** A endpoint queue is new here: what was known of its endpoint before is not known to it. */
  readonly opened: (endpointQueue: EndpointQueue) => void;
  /** There is room again for what waits in the database. */
  readonly freed: () => void;
}

/** While a webhook is disabled its deliveries look in this often, so that none is forgotten if a wake-up is missed. */
const disabledRecheckMs = 60 * 60 * 1000;

/** Lanes kept although idle and in no special state; beyond it they are dropped, to be made anew when needed. */
const maxIdleQueues = 2_000;

/**
 * Sends what waits in the endpoint queues: one delivery per endpoint queue and round, so that a endpoint queue with a thousand waiting gets no more
 * turns than one with a single delivery; never more than the lane's cap and the global one.
 */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #endpointQueues = new Map<string, EndpointQueue>();
  readonly #round = new Fifo<EndpointQueue>();
  #inFlight = 0;
  #queued = 0;
  #stopped = false;
  #allEnded: (() => void) | undefined;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queued;
  }

  /** How many endpoint queues are in which mode. */
  queueCounts(): Record<EndpointQueueMode, number> {
    const counts = { active: 0, paused: 0, probing: 0 };
    for (const endpointQueue of this.#endpointQueues.values()) counts[endpointQueue.mode]++;
    return counts;
  }

  isOverflowing(webhookId: string): boolean {
    return this.#endpointQueues.get(webhookId)?.isOverflowing ?? false;
  }

  /** Webhooks whose queue here is full. Not those that are paused: what comes for them is told to wait. */
  overflowing(): string[] {
    return [...this.#endpointQueues.values()]
      .filter((endpointQueue) => endpointQueue.isOverflowing)
      .map((endpointQueue) => endpointQueue.webhookId);
  }

  /** Webhooks that can take nothing now: what is claimed for them would only come back. */
  full(): string[] {
    const now = this.#deps.clock.now();
    return [...this.#endpointQueues.values()]
      .filter((endpointQueue) => !endpointQueue.hasRoom(now))
      .map((endpointQueue) => endpointQueue.webhookId);
  }

  enqueue(task: Task): void {
    const { clock, setAside } = this.#deps;
    const endpointQueue = this.#queueFor(task.delivery.webhookId);
    const now = clock.now();
    const later = endpointQueue.deferralFor(now);
    if (later !== undefined || !endpointQueue.hasRoom(now)) {
      setAside(
        task,
        withoutAttempt(
          task.delivery,
          later === undefined
            ? { status: 'pending', reason: 'awaiting_first_attempt', dueAt: now }
            : { status: 'pending', reason: 'webhook_paused', dueAt: later },
          now,
        ),
      );
      return;
    }
    this.#queued++;
    endpointQueue.push(task, this.#deps.limits.maxInMemory - this.#queued - this.#inFlight);
    this.#enter(endpointQueue);
    this.#pump();
  }

  #queueFor(webhookId: string): EndpointQueue {
    const known = this.#endpointQueues.get(webhookId);
    if (known !== undefined) return known;
    if (this.#endpointQueues.size >= maxIdleQueues) this.#forgetIdle();
    const endpointQueue = new EndpointQueue(webhookId, this.#deps.limits);
    this.#endpointQueues.set(webhookId, endpointQueue);
    this.#deps.opened(endpointQueue);
    return endpointQueue;
  }

  #forgetIdle(): void {
    const now = this.#deps.clock.now();
    for (const [id, endpointQueue] of this.#endpointQueues)
      if (endpointQueue.isNeutral(now)) this.#endpointQueues.delete(id);
  }

  #enter(endpointQueue: EndpointQueue): void {
    if (endpointQueue.isInRound || endpointQueue.queued === 0) return;
    endpointQueue.isInRound = true;
    this.#round.push(endpointQueue);
  }

  #pump(): void {
    while (!this.#stopped && this.#inFlight < this.#deps.limits.maxInFlightTotal) {
      const endpointQueue = this.#round.shift();
      if (endpointQueue === undefined) return;
      endpointQueue.isInRound = false;
      const webhook = this.#deps.webhookCache.get(endpointQueue.webhookId);
      if (webhook instanceof Promise) this.#afterLookUp(endpointQueue, webhook);
      else this.#turn(endpointQueue, webhook);
    }
  }

  #afterLookUp(endpointQueue: EndpointQueue, look: Promise<Webhook | undefined>): void {
    // Out of the round until the configuration is known; a failed look-up comes back to it a little later.
    endpointQueue.isInRound = true;
    look.then(
      (webhook) => {
        endpointQueue.isInRound = false;
        if (!this.#stopped) this.#turn(endpointQueue, webhook);
        this.#pump();
      },
      () => {
        endpointQueue.isInRound = false;
        this.#comeBack(endpointQueue, this.#deps.clock.now() + 500);
      },
    );
  }

  /** One lane's turn: at most one request. */
  #turn(endpointQueue: EndpointQueue, webhook: Webhook | undefined): void {
    const now = this.#deps.clock.now();
    if (webhook === undefined || !webhook.enabled) return this.#setAllAside(endpointQueue, webhook, now);
    const later = endpointQueue.deferUntil(now);
    if (later !== undefined) {
      return this.#empty(endpointQueue, { status: 'pending', reason: 'webhook_paused', dueAt: later }, now);
    }
    endpointQueue.setLimits(this.#deps.pace(webhook));
    const next = endpointQueue.next(now);
    if (typeof next === 'number') return this.#comeBack(endpointQueue, next);
    if (next === undefined) return;
    this.#queued--;
    this.#enter(endpointQueue);
    if (next.lease.until <= now) {
      endpointQueue.ended();
      return this.#deps.dropped(next);
    }
    this.#inFlight++;
    void this.#deps.attempt(next, webhook, endpointQueue).then(() => this.#ended(endpointQueue));
  }

  #ended(endpointQueue: EndpointQueue): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#allEnded?.();
    if (this.#stopped) return;
    this.#enter(endpointQueue);
    this.#pump();
    if (endpointQueue.takeDrained()) this.#deps.freed();
  }

  #setAllAside(endpointQueue: EndpointQueue, webhook: Webhook | undefined, now: number): void {
    if (webhook === undefined)
      this.#empty(endpointQueue, { status: 'cancelled', reason: 'webhook_deleted', dueAt: null }, now);
    else
      this.#empty(
        endpointQueue,
        { status: 'pending', reason: 'webhook_disabled', dueAt: now + disabledRecheckMs },
        now,
      );
  }

  #empty(endpointQueue: EndpointQueue, outcome: Parameters<typeof withoutAttempt>[1], now: number): void {
    for (const task of endpointQueue.drain()) {
      this.#queued--;
      this.#deps.setAside(task, withoutAttempt(task.delivery, outcome, now));
    }
  }

  #comeBack(endpointQueue: EndpointQueue, at: number): void {
    clearTimeout(endpointQueue.wakeTimer);
    endpointQueue.wakeTimer = setTimeout(
      () => {
        this.#enter(endpointQueue);
        this.#pump();
      },
      Math.max(1, at - this.#deps.clock.now()),
    ).unref();
  }

  /** Starts nothing more; resolves when what is in flight has ended or `withinMs` are over. */
  async stop(withinMs: number): Promise<void> {
    this.#stopped = true;
    for (const endpointQueue of this.#endpointQueues.values()) {
      clearTimeout(endpointQueue.wakeTimer);
      this.#queued -= endpointQueue.drain().length;
    }
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#allEnded = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
