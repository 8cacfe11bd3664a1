import type { Clock, Timers } from '../../domain/ports/runtime.ts';
import type { WebhookCache } from '../../domain/ports/webhook-store.ts';
import { canDeliver, type Webhook } from '../../domain/webhook.ts';
import { toUnattemptedResult, type DeliveryUpdate } from '../attempt/attempt-effect.ts';
import type { HealthTracker } from '../attempt/health-tracker.ts';
import type { RunAttempt } from '../attempt/run-attempt.ts';
import type { Limits } from '../request/limits.ts';
import { AccountRound, type PlaceLimits } from './account-round.ts';
import type { DeliveryCompletion } from './completion.ts';
import {
  EndpointQueue,
  type EndpointQueueLimits,
  type EndpointQueueMode,
  type StartedRequest,
} from './endpoint-queue.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { realTimers } from './real-timers.ts';
import type { Task } from './task.ts';

export interface DispatcherLimits extends EndpointQueueLimits, PlaceLimits {
  /**
   * Queues kept in memory although idle, because they know how fast their endpoint is. Beyond it, those not used
   * lately are removed; they are created again when needed.
   */
  readonly maxIdleQueues: number;
}

export interface DispatcherDeps {
  readonly webhookCache: Pick<WebhookCache, 'get'>;
  /** Loads the stored health of an endpoint when its queue is created. */
  readonly health: Pick<HealthTracker, 'restore'>;
  readonly memory: Pick<MemoryBudget, 'leave' | 'isWithinShare' | 'roomFor' | 'awaitRoom'>;
  readonly completion: Pick<DeliveryCompletion, 'complete'>;
  readonly runAttempt: RunAttempt;
  readonly getLimits: (webhook: Webhook) => Limits;
  /**
   * Whether this process may send to a webhook now. Asked before each start. If not, the webhook's deliveries
   * wait until `resume`. Must not throw.
   */
  readonly canSend: (webhookId: string) => boolean;
  /** Called when a webhook that took no delivery takes some again. Must not throw. */
  readonly onRoom: (webhookId: string) => void;
  readonly clock: Clock;
  readonly limits: DispatcherLimits;
  /** @default real ones */
  readonly timers?: Timers | undefined;
}

/** After a failed webhook look-up, the queue gets its next turn this much later. */
const lookUpRetryMs = 500;

/** Queues checked for removal when one is created. More than one, so that their number shrinks. */
const checkedForRemoval = 4;

/**
 * Sends queued deliveries, in the order that `AccountRound` decides. Never exceeds the limits of a queue, of an
 * account and of the process.
 *
 *   queue idle     --enqueue--> in the round
 *   in the round   --turn, delivery sent, more queued--> in the round
 *   in the round   --turn, nothing may be sent yet--> idle   until its timer, or until a request ends
 *   in the round   --turn, this process may not send--> closed --resume--> in the round
 *   in the round   --webhook not cached--> waiting for the look-up --> a turn
 */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  /** Those created or checked for removal longest ago first. */
  readonly #endpointQueues = new Map<string, EndpointQueue>();
  readonly #round: AccountRound;
  readonly #closed = new Set<EndpointQueue>();
  #inFlight = 0;
  #queued = 0;
  #isStopped = false;
  #onAllEnded: (() => void) | undefined;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
    this.#round = new AccountRound(deps.limits);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queued;
  }

  /** Requests in flight, and look-ups of webhooks, which take a place too. */
  get placesTaken(): number {
    return this.#round.inFlight;
  }

  countQueuesByMode(): Record<EndpointQueueMode, number> {
    const counts = { active: 0, paused: 0, probing: 0 };
    for (const endpointQueue of this.#endpointQueues.values()) counts[endpointQueue.mode]++;
    return counts;
  }

  /**
   * How many more deliveries of a webhook fit into memory now. Zero if its share is used up or its endpoint is
   * paused; then `onRoom` is called once there is room.
   */
  roomFor(webhookId: string, accountId: string): number {
    const { memory, clock } = this.#deps;
    if (this.#isStopped) return 0;
    const endpointQueue = this.#endpointQueues.get(webhookId);
    const now = clock.now();
    if (endpointQueue !== undefined) this.#refreshLimits(endpointQueue, now);
    if (endpointQueue?.longPauseEnd(now) !== undefined || endpointQueue?.roomWhileProbing() === 0) {
      endpointQueue.isRoomAwaited = true;
      this.#offerRoom(endpointQueue, now);
      return 0;
    }
    const room = memory.roomFor(webhookId, accountId);
    if (room === 0) memory.awaitRoom(webhookId, accountId);
    return Math.min(room, endpointQueue?.roomWhileProbing() ?? room);
  }

  /** Queues a delivery, or defers it if its endpoint queue takes none now. */
  enqueue(task: Task): void {
    const { clock, memory } = this.#deps;
    const { webhookId, event } = task.delivery;
    const endpointQueue = this.#queueFor(webhookId, event.accountId);
    const now = clock.now();
    this.#refreshLimits(endpointQueue, now);
    const deferral = endpointQueue.deferralFor(now);
    if (deferral !== undefined) {
      return this.#defer(task, toPausedUpdate(endpointQueue, deferral, now), now);
    }
    if (!memory.isWithinShare(task.delivery)) {
      return this.#defer(task, { status: 'pending', reason: 'awaiting_first_attempt', dueAt: now }, now);
    }
    this.#queued++;
    endpointQueue.push(task);
    this.#offerTurn(endpointQueue, now);
  }

  /** The webhook can lead elsewhere since its last turn, where other limits apply. */
  #refreshLimits(endpointQueue: EndpointQueue, now: number): void {
    if (!endpointQueue.isDestinationLimited(now)) return;
    const webhook = this.#deps.webhookCache.get(endpointQueue.webhookId);
    if (webhook === undefined || webhook instanceof Promise) return;
    endpointQueue.setLimits(this.#deps.getLimits(webhook));
  }

  /** Closes the circuit of an endpoint whose past no longer applies, so that it is not paused any more. */
  closeCircuit(webhookId: string): void {
    const endpointQueue = this.#endpointQueues.get(webhookId);
    if (endpointQueue === undefined) return;
    const now = this.#deps.clock.now();
    endpointQueue.closeCircuit();
    this.#offerTurn(endpointQueue, now);
    this.#offerRoom(endpointQueue, now);
  }

  /** Gives turns to the queues that `canSend` stopped. */
  resume(): void {
    const now = this.#deps.clock.now();
    const closed = [...this.#closed];
    this.#closed.clear();
    for (const endpointQueue of closed) this.#joinRound(endpointQueue, now);
    this.#pump(now);
  }

  /** Removes the queued deliveries of these webhooks from memory and returns them. Requests in flight go on. */
  dropPartition(isDropped: (webhookId: string) => boolean): Task[] {
    const dropped: Task[] = [];
    for (const endpointQueue of this.#endpointQueues.values()) {
      if (isDropped(endpointQueue.webhookId)) dropped.push(...this.#drop(endpointQueue));
    }
    return dropped;
  }

  /** Empties a queue. */
  #drop(endpointQueue: EndpointQueue): Task[] {
    const tasks = endpointQueue.drain();
    this.#round.remove(endpointQueue);
    this.#closed.delete(endpointQueue);
    this.#queued -= tasks.length;
    for (const task of tasks) this.#deps.memory.leave(task.delivery);
    return tasks;
  }

  #queueFor(webhookId: string, accountId: string): EndpointQueue {
    const known = this.#endpointQueues.get(webhookId);
    if (known !== undefined) return known;
    this.#removeIdle();
    const endpointQueue = new EndpointQueue(webhookId, accountId, this.#deps.limits);
    this.#endpointQueues.set(webhookId, endpointQueue);
    void this.#deps.health.restore(endpointQueue);
    return endpointQueue;
  }

  /**
   * Checks the queues created or checked longest ago. Those with state, or used since, are checked again later
   * (second chance).
   */
  #removeIdle(): void {
    const { clock, limits } = this.#deps;
    const now = clock.now();
    for (let checked = 0; checked < checkedForRemoval; checked++) {
      const [oldest] = this.#endpointQueues.values();
      if (oldest === undefined || this.#endpointQueues.size < limits.maxIdleQueues) return;
      this.#endpointQueues.delete(oldest.webhookId);
      if (oldest.takeUsed() || oldest.hasState(now)) this.#endpointQueues.set(oldest.webhookId, oldest);
      else oldest.cancelTurn();
    }
  }

  /** Adds a queue to the round, and gives turns. */
  #offerTurn(endpointQueue: EndpointQueue, now: number): void {
    if (this.#isStopped) return;
    if (this.#round.isEmpty && this.#isReady(endpointQueue) && this.#round.hasPlace(endpointQueue, now)) {
      // No other queue has something to send, so its turn has come.
      this.#giveTurn(endpointQueue, now);
    } else this.#joinRound(endpointQueue, now);
    this.#pump(now);
  }

  #joinRound(endpointQueue: EndpointQueue, now: number): void {
    if (this.#isReady(endpointQueue)) this.#round.add(endpointQueue, now);
  }

  /** Whether a turn could start a request. A queue at its limit is ready again when a request ends. */
  #isReady(endpointQueue: EndpointQueue): boolean {
    return endpointQueue.queued > 0 && !endpointQueue.isAtLimit && !this.#isElsewhere(endpointQueue);
  }

  #isElsewhere(endpointQueue: EndpointQueue): boolean {
    return endpointQueue.isWaitingForWebhook || this.#closed.has(endpointQueue);
  }

  /** Gives turns until no place is free for a queue in the round. */
  #pump(now: number): void {
    while (!this.#isStopped) {
      const endpointQueue = this.#round.takeNext(now);
      if (endpointQueue === undefined) return;
      this.#giveTurn(endpointQueue, now);
    }
  }

  #giveTurn(endpointQueue: EndpointQueue, now: number): void {
    if (!this.#deps.canSend(endpointQueue.webhookId)) {
      this.#closed.add(endpointQueue);
      return;
    }
    const webhook = this.#deps.webhookCache.get(endpointQueue.webhookId);
    if (webhook instanceof Promise) this.#takeTurnAfter(webhook, endpointQueue, now);
    else this.#takeTurn(endpointQueue, webhook, now);
  }

  /** The look-up takes a place, so that an account with many webhooks does not start all of its look-ups. */
  #takeTurnAfter(lookUp: Promise<Webhook | undefined>, endpointQueue: EndpointQueue, since: number): void {
    const place = this.#round.enter(endpointQueue, since);
    endpointQueue.isWaitingForWebhook = true;
    const end = (): number => {
      const now = this.#deps.clock.now();
      endpointQueue.isWaitingForWebhook = false;
      this.#round.leave(place, now);
      return now;
    };
    lookUp.then(
      (webhook) => {
        const now = end();
        if (this.#isStopped) return;
        const canSend = this.#deps.canSend(endpointQueue.webhookId);
        if (canSend && this.#round.hasPlace(endpointQueue, now)) {
          this.#takeTurn(endpointQueue, webhook, now);
        } else this.#joinRound(endpointQueue, now);
        this.#pump(now);
      },
      () => {
        const now = end();
        if (this.#isStopped) return;
        this.#scheduleTurn(endpointQueue, now + lookUpRetryMs);
        this.#pump(now);
      },
    );
  }

  /**
   * Takes a turn of a webhook's queue for a request outside it. Returns the function that ends the request,
   * the time of the next turn if it is too early, or undefined if other requests have to end first.
   */
  takeTurn(webhook: Webhook): (() => void) | number | undefined {
    if (this.#isStopped) return undefined;
    const now = this.#deps.clock.now();
    const endpointQueue = this.#queueFor(webhook.id, webhook.accountId);
    if (!this.#round.hasPlace(endpointQueue, now)) return undefined;
    endpointQueue.setLimits(this.#deps.getLimits(webhook));
    const turn = endpointQueue.takeTurn(now);
    return typeof turn === 'object' ? this.#start(endpointQueue, turn, now) : turn;
  }

  /** One turn of a queue: starts at most one request. */
  #takeTurn(endpointQueue: EndpointQueue, webhook: Webhook | undefined, now: number): void {
    const { getLimits, runAttempt } = this.#deps;
    if (webhook === undefined) {
      return this.#deferAll(
        endpointQueue,
        { status: 'cancelled', reason: 'webhook_deleted', dueAt: null },
        now,
      );
    }
    if (!webhook.enabled) {
      // Due at once, so that nothing has to be written when the webhook is enabled.
      return this.#deferAll(
        endpointQueue,
        { status: 'pending', reason: 'webhook_disabled', dueAt: now },
        now,
      );
    }
    endpointQueue.setLimits(getLimits(webhook));
    this.#cancelUnsubscribed(endpointQueue, webhook, now);
    const pauseEnd = endpointQueue.longPauseEnd(now);
    if (pauseEnd !== undefined) {
      this.#deferAll(endpointQueue, toPausedUpdate(endpointQueue, pauseEnd, now), now);
      return this.#offerRoom(endpointQueue, now);
    }
    const next = endpointQueue.takeNext(now);
    if (typeof next === 'number') return this.#scheduleTurn(endpointQueue, next);
    if (next === undefined) return;
    this.#queued--;
    const end = this.#start(endpointQueue, next.request, now);
    this.#joinRound(endpointQueue, now);
    void runAttempt(next.task, webhook, endpointQueue).then(end, end);
  }

  /** Ends the deliveries at the head of the queue whose type was taken off the webhook. */
  #cancelUnsubscribed(endpointQueue: EndpointQueue, webhook: Webhook, now: number): void {
    const cancelled = endpointQueue.shiftWhile(
      ({ delivery }) => delivery.isSentByHand !== true && !canDeliver(webhook, delivery.event.type),
    );
    for (const task of cancelled) {
      this.#queued--;
      this.#defer(task, { status: 'cancelled', reason: 'not_subscribed', dueAt: null }, now);
    }
  }

  /** Counts a request. Returns the function that ends it; another call of it has no effect. */
  #start(endpointQueue: EndpointQueue, request: StartedRequest, startedAt: number): () => void {
    const place = this.#round.enter(endpointQueue, startedAt);
    this.#inFlight++;
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      const now = this.#deps.clock.now();
      endpointQueue.endRequest(request, now);
      this.#round.leave(place, now);
      this.#inFlight--;
      if (this.#inFlight === 0) this.#onAllEnded?.();
      if (this.#isStopped) return;
      this.#offerTurn(endpointQueue, now);
      this.#offerRoom(endpointQueue, now);
    };
  }

  /** Calls `onRoom` if the endpoint recovered, or takes deliveries that were waiting for the end of a pause. */
  #offerRoom(endpointQueue: EndpointQueue, now: number): void {
    if (!endpointQueue.takeRecovered() && !endpointQueue.isRoomAwaited) return;
    const pauseEnd = endpointQueue.longPauseEnd(now);
    if (pauseEnd !== undefined) return this.#scheduleTurn(endpointQueue, pauseEnd);
    if (endpointQueue.roomWhileProbing() === 0) return;
    endpointQueue.isRoomAwaited = false;
    this.#deps.onRoom(endpointQueue.webhookId);
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
    this.#deps.completion.complete(task, toUnattemptedResult(task.delivery, update, now));
  }

  #scheduleTurn(endpointQueue: EndpointQueue, at: number): void {
    const { clock, timers = realTimers } = this.#deps;
    endpointQueue.cancelTurn();
    endpointQueue.cancelTurn = timers.after(Math.max(1, at - clock.now()), () => {
      const now = clock.now();
      this.#joinRound(endpointQueue, now);
      this.#pump(now);
      this.#offerRoom(endpointQueue, now);
    });
  }

  /**
   * Starts no more requests and drops queued deliveries. Resolves once the
   * requests in flight have ended, or after `timeoutMs`.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopped = true;
    for (const endpointQueue of this.#endpointQueues.values()) {
      endpointQueue.cancelTurn();
      this.#drop(endpointQueue);
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

function toPausedUpdate(endpointQueue: EndpointQueue, dueAt: number, now: number): DeliveryUpdate {
  const reason = endpointQueue.isDestinationLimited(now) ? 'destination_limited' : 'webhook_paused';
  return { status: 'pending', reason, dueAt };
}
