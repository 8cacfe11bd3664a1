import { Fifo } from '../../batching/fifo.ts';
import { probeDelayMs } from '../../domain/endpoint-health.ts';
import type { DestinationLimiter, Limits } from '../request/limits.ts';
import type { Task } from './task.ts';

export interface EndpointQueueLimits {
  /** Requests in flight to one webhook. */
  readonly maxInFlight: number;
}

/** Pause after 429, 502, 503 or 504 without a Retry-After header. */
const defaultPauseMs = 1_000;

/** A longer pause is waited for in the database, not in memory. */
const maxPauseInMemoryMs = 5_000;

/**
 * While another queue has a request in flight to the same destination, the next turn comes this much later.
 */
const destinationRecheckMs = 25;

/**
 * Deliveries that wait in memory for the result of a probe: as many as are sent at once when it succeeds. A
 * failed probe writes all of them back at the same time, so a larger number would delay the deliveries of
 * other webhooks.
 */
const maxQueuedWhileProbing = 32;

/** Deliveries beyond that limit are rescheduled by this much (the first probe delay). */
const probingDeferralMs = probeDelayMs(0);

export type EndpointQueueMode = 'active' | 'paused' | 'probing';

/**
 * The in-memory queue of one endpoint, with its concurrency limit, rate limit and circuit breaker.
 *
 *   active   --the endpoint's health says paused-->    paused    (circuit open)
 *   paused   --the probe delay is over-->              probing   (circuit half-open: one request in flight)
 *   probing  --the probe succeeds-->                   active    (circuit closed)
 *   probing  --the probe fails-->                      paused    (for twice as long)
 *
 * In each mode `#notBefore` can delay the next request, because the receiver asked for it. The concurrency
 * limit halves with each sign of overload and grows by one with each success (AIMD).
 */
export class EndpointQueue {
  readonly webhookId: string;
  readonly #limits: EndpointQueueLimits;
  readonly #queue = new Fifo<Task>();
  #inFlight = 0;
  /** The adaptive limit: at least one. */
  #concurrency: number;
  /** The limit set by engine and destination. */
  #maxConcurrency: number;
  #notBefore = 0;
  #mode: EndpointQueueMode = 'active';
  #failedProbes = 0;
  #minIntervalMs = 0;
  #nextSlotAt = 0;
  /** Size when the queue became full; 0 while it is not. */
  #fullSize = 0;
  #hasRecovered = false;
  #destination: DestinationLimiter | undefined;
  /** Whether the queue is in the dispatcher's round. */
  isInRound = false;
  /** The dispatcher's timer for the next turn. */
  turnTimer: NodeJS.Timeout | undefined;

  constructor(webhookId: string, limits: EndpointQueueLimits) {
    this.webhookId = webhookId;
    this.#limits = limits;
    this.#concurrency = limits.maxInFlight;
    this.#maxConcurrency = limits.maxInFlight;
  }

  get mode(): EndpointQueueMode {
    return this.#mode;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Whether removing the queue would lose something: deliveries, a pause, or the rate limit's next slot. */
  hasState(now: number): boolean {
    const isIdle = this.#inFlight === 0 && this.#queue.size === 0;
    return !isIdle || this.#mode !== 'active' || this.#notBefore > now || this.#nextSlotAt > now;
  }

  /**
   * Whether the queue has used up its share of the memory. A full queue takes no delivery until half of it
   * has drained: claiming for each place that becomes free would cost a round trip per delivery.
   */
  get isFull(): boolean {
    return this.#fullSize > 0;
  }

  hasRoom(now: number): boolean {
    if (this.#mode === 'paused' && this.#notBefore > now) return false;
    return !this.isFull && !this.#isFullWhileProbing;
  }

  get #isFullWhileProbing(): boolean {
    return this.#mode === 'probing' && this.#queue.size >= maxQueuedWhileProbing;
  }

  /** Returns true once after a queue without room has room again: it was full, or its probe succeeded. */
  takeDrained(): boolean {
    if (this.#hasRecovered) {
      this.#hasRecovered = false;
      return true;
    }
    if (!this.isFull || this.#queue.size > this.#fullSize / 2) return false;
    this.#fullSize = 0;
    return true;
  }

  /**
   * Pauses the queue of an endpoint that failed before this process knew it. The first probe may start at
   * once.
   */
  startProbing(): void {
    if (this.#mode === 'active') this.#mode = 'paused';
  }

  /** End of the current pause, if it is too far away to wait for in memory. */
  longPauseEnd(now: number): number | undefined {
    const isLong = this.#notBefore - now > maxPauseInMemoryMs;
    const isPaused = this.#mode === 'paused' && this.#notBefore > now;
    return isLong || isPaused ? this.#notBefore : undefined;
  }

  /** When a delivery that arrives now should be due again; undefined if it can wait in memory. */
  deferralFor(now: number): number | undefined {
    return this.longPauseEnd(now) ?? (this.#isFullWhileProbing ? now + probingDeferralMs : undefined);
  }

  /** Applies the limits of the webhook and its destination. A rate limit spaces requests evenly. */
  setLimits(limits: Limits): void {
    this.#destination = limits.limiter;
    this.#minIntervalMs = limits.perSecond === null ? 0 : 1000 / limits.perSecond;
    this.#maxConcurrency = Math.min(this.#limits.maxInFlight, limits.maxInFlight ?? this.#limits.maxInFlight);
  }

  /**
   * Adds a delivery. The queue is full once it holds as many deliveries as there are free places. So the
   * first queue to fill gets half of the memory, the next half of the rest, and a new queue always finds some
   * places (dynamic thresholds: Choudhury and Hahne, 1998).
   *
   * @param free places left in memory after this delivery
   */
  push(task: Task, free: number): void {
    this.#queue.push(task);
    if (this.#queue.size >= free) this.#fullSize = this.#queue.size;
  }

  /** Removes and returns all queued deliveries. */
  drain(): Task[] {
    this.#fullSize = 0;
    return this.#queue.drain();
  }

  /**
   * Takes the next delivery to send. Returns the time of the next turn if it is too early, and undefined if
   * the queue is empty or must wait for a request to end.
   */
  takeNext(now: number): Task | number | undefined {
    if (this.#queue.size === 0) return undefined;
    const earliest =
      this.#minIntervalMs === 0 ? this.#notBefore : Math.max(this.#notBefore, this.#nextSlotAt);
    if (earliest > now) return earliest;
    const destination = this.#destination;
    if (destination !== undefined && destination.notBefore > now) return destination.notBefore;
    if (destination?.isBusy === true) return now + destinationRecheckMs;
    if (this.#mode === 'paused') this.#mode = 'probing';
    const limit = this.#mode === 'probing' ? 1 : Math.min(this.#concurrency, this.#maxConcurrency);
    if (this.#inFlight >= limit) return undefined;
    if (this.#minIntervalMs > 0) this.#nextSlotAt = Math.max(now, this.#nextSlotAt) + this.#minIntervalMs;
    this.#inFlight++;
    if (destination !== undefined) destination.isBusy = true;
    return this.#queue.shift();
  }

  /**
   * Takes a turn for a request outside the queue, such as a test ping: it counts against the rate limit and
   * the concurrency limit, but the circuit breaker does not stop it. Returns the time of the next turn if it is
   * too early, and undefined if a request has to end first. While deliveries are queued, they use up every
   * turn; the request then goes ahead and the deliveries wait a turn longer.
   */
  takeTurn(now: number): 'taken' | number | undefined {
    const destination = this.#destination;
    if (destination !== undefined && destination.notBefore > now) return destination.notBefore;
    if (destination?.isBusy === true) return undefined;
    if (this.#queue.size === 0) {
      if (this.#nextSlotAt > now) return this.#nextSlotAt;
      if (this.#inFlight >= Math.min(this.#concurrency, this.#maxConcurrency)) return undefined;
    }
    if (this.#minIntervalMs > 0) this.#nextSlotAt = Math.max(now, this.#nextSlotAt) + this.#minIntervalMs;
    this.#inFlight++;
    if (destination !== undefined) destination.isBusy = true;
    return 'taken';
  }

  /** Ends a request that succeeded, and closes the circuit. */
  recordSuccess(): void {
    this.endRequest();
    if (this.#mode === 'probing') this.#hasRecovered = true;
    this.#mode = 'active';
    this.#failedProbes = 0;
    if (this.#concurrency < this.#limits.maxInFlight) this.#concurrency++;
  }

  /**
   * Ends a request that failed.
   *
   * @param isPaused whether the endpoint's health asks for probes only
   */
  recordFailure(now: number, isPaused: boolean): void {
    this.endRequest();
    if (!isPaused || this.#mode === 'paused') return;
    if (this.#mode === 'probing') this.#failedProbes++;
    this.#mode = 'paused';
    this.pauseUntil(now + probeDelayMs(this.#failedProbes));
  }

  /** Ends a request without a conclusion about the endpoint. */
  endRequest(): void {
    this.#inFlight--;
    if (this.#destination !== undefined) this.#destination.isBusy = false;
  }

  /** Reacts to a sign of overload: halves the concurrency limit and pauses. */
  slowDown(now: number, retryAfterMs: number | undefined): void {
    this.#concurrency = Math.max(1, Math.floor(this.#concurrency / 2));
    this.pauseUntil(now + (retryAfterMs ?? defaultPauseMs));
  }

  /** Sends nothing before `time`. Never shortens a pause. */
  pauseUntil(time: number): void {
    this.#notBefore = Math.max(this.#notBefore, time);
  }

  /** Pauses every queue with the same destination. */
  pauseDestinationUntil(time: number): void {
    if (this.#destination === undefined) this.pauseUntil(time);
    else this.#destination.notBefore = Math.max(this.#destination.notBefore, time);
  }
}
