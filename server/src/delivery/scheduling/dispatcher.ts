import { Fifo } from '../../batching/fifo.ts';
import type { Recording } from '../../domain/ports/delivery-queue.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookDirectory } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { withoutAttempt } from '../attempt/attempt-result.ts';
import { Lane, type LaneLimits, type LaneMode } from './endpoint-queue.ts';
import type { Pace } from '../request/request-factory.ts';
import type { Task } from './task.ts';

export interface DispatcherLimits extends LaneLimits {
  /** Requests in flight of this process at most, over all webhooks. */
  readonly maxInFlightTotal: number;
  /** Deliveries in memory at most, waiting or in flight; a webhook's share of them is Lane.push's matter. */
  readonly maxInMemory: number;
}

export interface DispatcherParts {
  readonly directory: WebhookDirectory;
  readonly clock: Clock;
  readonly limits: DispatcherLimits;
  readonly pace: (webhook: Webhook) => Pace;
  /** Sends, records, and tells the lane what it learned. Never rejects. */
  readonly attempt: (task: Task, webhook: Webhook, lane: Lane) => Promise<void>;
  /** Records a delivery that is not attempted now. */
  readonly setAside: (task: Task, recording: Recording) => void;
  /** The lease ended while the task waited: it belongs to somebody else now. */
  readonly dropped: (task: Task) => void;
  /** A lane is new here: what was known of its endpoint before is not known to it. */
  readonly opened: (lane: Lane) => void;
  /** There is room again for what waits in the database. */
  readonly freed: () => void;
}

/** While a webhook is disabled its deliveries look in this often, so that none is forgotten if a wake-up is missed. */
const disabledRecheckMs = 60 * 60 * 1000;

/** Lanes kept although idle and in no special state; beyond it they are dropped, to be made anew when needed. */
const maxIdleLanes = 2_000;

/**
 * Sends what waits in the lanes: one delivery per lane and round, so that a lane with a thousand waiting gets no more
 * turns than one with a single delivery; never more than the lane's cap and the global one.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #round = new Fifo<Lane>();
  #inFlight = 0;
  #queued = 0;
  #stopped = false;
  #allEnded: (() => void) | undefined;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queued;
  }

  /** How many lanes are in which mode. */
  laneCounts(): Record<LaneMode, number> {
    const counts = { open: 0, paused: 0, probing: 0 };
    for (const lane of this.#lanes.values()) counts[lane.mode]++;
    return counts;
  }

  isOverflowing(webhookId: string): boolean {
    return this.#lanes.get(webhookId)?.isOverflowing ?? false;
  }

  /** Webhooks whose queue here is full. Not those that are paused: what comes for them is told to wait. */
  overflowing(): string[] {
    return [...this.#lanes.values()].filter((lane) => lane.isOverflowing).map((lane) => lane.webhookId);
  }

  /** Webhooks that can take nothing now: what is claimed for them would only come back. */
  full(): string[] {
    const now = this.#parts.clock.now();
    return [...this.#lanes.values()].filter((lane) => !lane.hasRoom(now)).map((lane) => lane.webhookId);
  }

  enqueue(task: Task): void {
    const { clock, setAside } = this.#parts;
    const lane = this.#laneOf(task.delivery.webhookId);
    const now = clock.now();
    const later = lane.deferNewUntil(now);
    if (later !== undefined || !lane.hasRoom(now)) {
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
    lane.push(task, this.#parts.limits.maxInMemory - this.#queued - this.#inFlight);
    this.#enter(lane);
    this.#pump();
  }

  #laneOf(webhookId: string): Lane {
    const known = this.#lanes.get(webhookId);
    if (known !== undefined) return known;
    if (this.#lanes.size >= maxIdleLanes) this.#forgetIdle();
    const lane = new Lane(webhookId, this.#parts.limits);
    this.#lanes.set(webhookId, lane);
    this.#parts.opened(lane);
    return lane;
  }

  #forgetIdle(): void {
    const now = this.#parts.clock.now();
    for (const [id, lane] of this.#lanes) if (lane.isNeutral(now)) this.#lanes.delete(id);
  }

  #enter(lane: Lane): void {
    if (lane.isInRound || lane.queued === 0) return;
    lane.isInRound = true;
    this.#round.push(lane);
  }

  #pump(): void {
    while (!this.#stopped && this.#inFlight < this.#parts.limits.maxInFlightTotal) {
      const lane = this.#round.shift();
      if (lane === undefined) return;
      lane.isInRound = false;
      const webhook = this.#parts.directory.get(lane.webhookId);
      if (webhook instanceof Promise) this.#afterLookUp(lane, webhook);
      else this.#turn(lane, webhook);
    }
  }

  #afterLookUp(lane: Lane, look: Promise<Webhook | undefined>): void {
    // Out of the round until the configuration is known; a failed look-up comes back to it a little later.
    lane.isInRound = true;
    look.then(
      (webhook) => {
        lane.isInRound = false;
        if (!this.#stopped) this.#turn(lane, webhook);
        this.#pump();
      },
      () => {
        lane.isInRound = false;
        this.#comeBack(lane, this.#parts.clock.now() + 500);
      },
    );
  }

  /** One lane's turn: at most one request. */
  #turn(lane: Lane, webhook: Webhook | undefined): void {
    const now = this.#parts.clock.now();
    if (webhook === undefined || !webhook.enabled) return this.#setAllAside(lane, webhook, now);
    const later = lane.deferUntil(now);
    if (later !== undefined) {
      return this.#empty(lane, { status: 'pending', reason: 'webhook_paused', dueAt: later }, now);
    }
    lane.keepTo(this.#parts.pace(webhook));
    const next = lane.next(now);
    if (typeof next === 'number') return this.#comeBack(lane, next);
    if (next === undefined) return;
    this.#queued--;
    this.#enter(lane);
    if (next.hold.until <= now) {
      lane.ended();
      return this.#parts.dropped(next);
    }
    this.#inFlight++;
    void this.#parts.attempt(next, webhook, lane).then(() => this.#ended(lane));
  }

  #ended(lane: Lane): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#allEnded?.();
    if (this.#stopped) return;
    this.#enter(lane);
    this.#pump();
    if (lane.hasDrained()) this.#parts.freed();
  }

  #setAllAside(lane: Lane, webhook: Webhook | undefined, now: number): void {
    if (webhook === undefined)
      this.#empty(lane, { status: 'cancelled', reason: 'webhook_deleted', dueAt: null }, now);
    else
      this.#empty(
        lane,
        { status: 'pending', reason: 'webhook_disabled', dueAt: now + disabledRecheckMs },
        now,
      );
  }

  #empty(lane: Lane, outcome: Parameters<typeof withoutAttempt>[1], now: number): void {
    for (const task of lane.drain()) {
      this.#queued--;
      this.#parts.setAside(task, withoutAttempt(task.delivery, outcome, now));
    }
  }

  #comeBack(lane: Lane, at: number): void {
    clearTimeout(lane.wakeTimer);
    lane.wakeTimer = setTimeout(
      () => {
        this.#enter(lane);
        this.#pump();
      },
      Math.max(1, at - this.#parts.clock.now()),
    ).unref();
  }

  /** Starts nothing more; resolves when what is in flight has ended or `withinMs` are over. */
  async stop(withinMs: number): Promise<void> {
    this.#stopped = true;
    for (const lane of this.#lanes.values()) {
      clearTimeout(lane.wakeTimer);
      this.#queued -= lane.drain().length;
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
