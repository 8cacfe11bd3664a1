import { Fifo } from '../../batching/fifo.ts';
import { LevelNode } from '../../batching/level-ring.ts';
import { probeDelayMs } from '../../domain/endpoint-health.ts';
import type { DestinationLimiter, Limits, ServiceLimiter } from '../request/limits.ts';
import type { Task } from './task.ts';

export interface EndpointQueueLimits {
  /** Requests in flight to one webhook. */
  readonly maxInFlight: number;
  /**
   * Requests in flight to a webhook that this process has not sent to before. Each success and each quick
   * rejection allows one more, up to `maxInFlight`, so a new endpoint that hangs occupies few places.
   */
  readonly initialInFlight: number;
}

/** A request in flight. */
export interface StartedRequest {
  /** Epoch ms. */
  readonly startedAt: number;
  /** The limiter that the request keeps busy. Not the queue's current one if the webhook changed since. */
  readonly destination: DestinationLimiter | undefined;
}

/** A delivery that is sent now. */
export interface StartedTask {
  readonly task: Task;
  readonly request: StartedRequest;
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

/** An endpoint is fast if its requests take less than this on average. */
const fastBelowMs = 1_000;

/** Share of the latest request in the average duration. */
const durationWeight = 1 / 8;

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
 * limit starts low, halves with each sign of overload and grows by one with each success or quick rejection
 * (AIMD).
 */
export class EndpointQueue {
  readonly webhookId: string;
  readonly accountId: string;
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
  #hasRecovered = false;
  /** Moving average of how long requests take, ms. Undefined before the first has ended. */
  #averageMs: number | undefined;
  /** When the latest request ended, or the first of those in flight began, epoch ms. */
  #lastProgressAt = 0;
  #isUsed = false;
  #destination: DestinationLimiter | undefined;
  #service: ServiceLimiter | undefined;
  /** Whether the dispatcher looks up the webhook. */
  isWaitingForWebhook = false;
  /** Whether the dispatcher's `onRoom` is called when the queue takes deliveries again. */
  isRoomAwaited = false;
  /** Its position in the dispatcher's `AccountRound`. */
  readonly roundNode = new LevelNode<EndpointQueue>(this);
  /** The dispatcher's timer for the next turn. */
  cancelTurn: () => void = () => undefined;

  constructor(webhookId: string, accountId: string, limits: EndpointQueueLimits) {
    this.webhookId = webhookId;
    this.accountId = accountId;
    this.#limits = limits;
    this.#concurrency = limits.initialInFlight;
    this.#maxConcurrency = limits.maxInFlight;
  }

  get mode(): EndpointQueueMode {
    return this.#mode;
  }

  get queued(): number {
    return this.#queue.size;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether a request has to end before the next one can start. */
  get isAtLimit(): boolean {
    return this.#inFlight >= this.#limit;
  }

  /**
   * Whether the endpoint's requests took little time lately, and it is not hanging now. False for an endpoint
   * without an answer yet. A slow success occupies a place as long as a failure, so both count.
   */
  isFast(now: number): boolean {
    if (this.#averageMs === undefined || this.#averageMs >= fastBelowMs) return false;
    return this.#inFlight === 0 || now - this.#lastProgressAt < fastBelowMs;
  }

  /** Whether removing the queue would lose something: deliveries, a pause, or the rate limit's next slot. */
  hasState(now: number): boolean {
    const isIdle = this.#inFlight === 0 && this.#queue.size === 0 && !this.isRoomAwaited;
    return !isIdle || this.#mode !== 'active' || this.#notBefore > now || this.#nextSlotAt > now;
  }

  /** Returns true if a request began since the last call. */
  takeUsed(): boolean {
    const isUsed = this.#isUsed;
    this.#isUsed = false;
    return isUsed;
  }

  /** Returns true once after a probe succeeded. */
  takeRecovered(): boolean {
    const hasRecovered = this.#hasRecovered;
    this.#hasRecovered = false;
    return hasRecovered;
  }

  /** How many more deliveries can wait here for the result of a probe. Infinity if the endpoint is not paused. */
  roomWhileProbing(): number {
    if (this.#mode === 'active') return Number.POSITIVE_INFINITY;
    return Math.max(0, maxQueuedWhileProbing - this.#queue.size);
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
    const destinationEnd = this.#destinationPauseEnd;
    const end = Math.max(this.#notBefore, destinationEnd);
    const isLong = end - now > maxPauseInMemoryMs;
    const isPaused = this.#mode === 'paused' && this.#notBefore > now;
    return isLong || isPaused ? end : undefined;
  }

  /** Whether the limits of a chat service make deliveries wait, and not only the endpoint. */
  isDestinationLimited(now: number): boolean {
    return this.#destinationPauseEnd > now;
  }

  get #destinationPauseEnd(): number {
    return Math.max(this.#destination?.notBefore ?? 0, this.#service?.pausedUntil ?? 0);
  }

  /** When a delivery that arrives now should be due again; undefined if it can wait in memory. */
  deferralFor(now: number): number | undefined {
    return this.longPauseEnd(now) ?? (this.roomWhileProbing() === 0 ? now + probingDeferralMs : undefined);
  }

  /** Applies the limits of the webhook and its destination. A rate limit spaces requests evenly. */
  setLimits(limits: Limits): void {
    this.#destination = limits.limiter;
    this.#service = limits.service;
    this.#minIntervalMs = limits.perSecond === null ? 0 : 1000 / limits.perSecond;
    this.#maxConcurrency = Math.min(this.#limits.maxInFlight, limits.maxInFlight ?? this.#limits.maxInFlight);
  }

  push(task: Task): void {
    this.#queue.push(task);
  }

  /** Removes and returns all queued deliveries. */
  drain(): Task[] {
    return this.#queue.drain();
  }

  /** Removes and returns the deliveries at the head of the queue for which `isDropped` holds. */
  shiftWhile(isDropped: (task: Task) => boolean): Task[] {
    const dropped: Task[] = [];
    for (let head = this.#queue.first; head !== undefined && isDropped(head); head = this.#queue.first) {
      this.#queue.shift();
      dropped.push(head);
    }
    return dropped;
  }

  /**
   * Takes the next delivery to send. Returns the time of the next turn if it is too early, and undefined if
   * the queue is empty or must wait for a request to end.
   */
  takeNext(now: number): StartedTask | number | undefined {
    if (this.#queue.size === 0) return undefined;
    const earliest =
      this.#minIntervalMs === 0 ? this.#notBefore : Math.max(this.#notBefore, this.#nextSlotAt);
    if (earliest > now) return earliest;
    const destination = this.#destination;
    if (destination !== undefined && destination.notBefore > now) return destination.notBefore;
    if (destination?.isBusy === true) return now + destinationRecheckMs;
    const startAt = this.#service?.reserveStart(now) ?? now;
    if (startAt > now) return startAt;
    if (this.#mode === 'paused') this.#mode = 'probing';
    if (this.isAtLimit) return undefined;
    const task = this.#queue.shift();
    return task === undefined ? undefined : { task, request: this.#begin(now) };
  }

  /**
   * Takes a turn for a request outside the queue, such as a test ping: it counts against the rate limit and
   * the concurrency limit, but the circuit breaker does not stop it. Returns the time of the next turn if it is
   * too early, and undefined if a request has to end first. While deliveries are queued, they use up every
   * turn; the request then goes ahead and the deliveries wait a turn longer.
   */
  takeTurn(now: number): StartedRequest | number | undefined {
    const destination = this.#destination;
    if (destination !== undefined && destination.notBefore > now) return destination.notBefore;
    if (destination?.isBusy === true) return undefined;
    const startAt = this.#service?.reserveStart(now) ?? now;
    if (startAt > now) return startAt;
    if (this.#queue.size === 0) {
      if (this.#nextSlotAt > now) return this.#nextSlotAt;
      if (this.#inFlight >= Math.min(this.#concurrency, this.#maxConcurrency)) return undefined;
    }
    return this.#begin(now);
  }

  get #limit(): number {
    return this.#mode === 'probing' ? 1 : Math.min(this.#concurrency, this.#maxConcurrency);
  }

  #begin(now: number): StartedRequest {
    if (this.#minIntervalMs > 0) this.#nextSlotAt = Math.max(now, this.#nextSlotAt) + this.#minIntervalMs;
    if (this.#inFlight === 0) this.#lastProgressAt = now;
    this.#inFlight++;
    this.#isUsed = true;
    if (this.#destination !== undefined) this.#destination.isBusy = true;
    this.#service?.start();
    return { startedAt: now, destination: this.#destination };
  }

  /** Ends a request, whatever its result. Called exactly once for each. */
  endRequest({ startedAt, destination }: StartedRequest, now: number): void {
    this.#inFlight--;
    if (destination !== undefined) destination.isBusy = false;
    this.#lastProgressAt = now;
    const durationMs = Math.max(0, now - startedAt);
    this.#averageMs ??= durationMs;
    this.#averageMs += (durationMs - this.#averageMs) * durationWeight;
  }

  /** Closes the circuit. */
  recordSuccess(): void {
    if (this.#mode === 'probing') this.#hasRecovered = true;
    this.#mode = 'active';
    this.#failedProbes = 0;
    this.#grow();
  }

  /**
   * Closes the circuit of an endpoint whose past no longer applies: its URL changed, it was enabled, or an operator
   * tested it. Starts slowly, like a new one.
   */
  closeCircuit(): void {
    if (this.#mode === 'active') return;
    this.#mode = 'active';
    this.#failedProbes = 0;
    this.#notBefore = 0;
    this.#concurrency = this.#limits.initialInFlight;
    this.#hasRecovered = true;
  }

  /** Notes a response that was neither a success nor a sign of overload. */
  recordRejection(durationMs: number): void {
    if (durationMs < fastBelowMs) this.#grow();
  }

  #grow(): void {
    if (this.#concurrency < this.#limits.maxInFlight) this.#concurrency++;
  }

  /**
   * Opens the circuit if asked to.
   *
   * @param isPaused whether the endpoint's health asks for probes only
   */
  recordFailure(now: number, isPaused: boolean): void {
    if (!isPaused || this.#mode === 'paused') return;
    if (this.#mode === 'probing') this.#failedProbes++;
    this.#mode = 'paused';
    this.pauseUntil(now + probeDelayMs(this.#failedProbes));
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
}
