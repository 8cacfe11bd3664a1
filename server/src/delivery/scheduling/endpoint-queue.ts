import { Fifo } from '../../batching/fifo.ts';
import { probeDelayMs } from '../../domain/endpoint-health.ts';
import type { DestinationLimiter, Limits } from '../request/limits.ts';
import type { Task } from './task.ts';

export interface EndpointQueueLimits {
  /** Requests in flight to one webhook at most. @default 32 */
  readonly maxInFlight: number;
}

/** Asked for when an endpoint is overloaded (429, 502, 503, 504) and says no time. */
const defaultPauseMs = 1_000;

/** How soon a endpoint queue looks again when another endpoint queue has a request on its way to the same destination. */
const gateLookMs = 25;

/**
 * What waits in memory for the outcome of a probe: as many as go at once when it succeeds. More would only be written back
 * when it fails, all at the same moment (seen: a healthy p99 of 140 ms beside a webhook that hangs at 400 a second).
 */
const maxQueuedBesideProbe = 32;

/** What comes beyond them looks again after so long; the first delay of a probe. */
const besideProbeMs = probeDelayMs(0);

export type EndpointQueueMode = 'active' | 'paused' | 'probing';

/**
 * One webhook's share of the engine: its queue in memory, its cap, its brakes.
 *
 *   active   --ten failures over 10 s-->            paused
 *   paused   --probe time reached-->                probing   (one request at most in flight)
 *   probing  --it succeeds-->                       active
 *   probing  --it fails-->                          paused    (for twice as long)
 *
 * In any state `notBefore` can hold the endpoint queue back: the receiver asked for it, or its rate limit is used up. The
 * cap is halved by each sign of overload and grows by one with each success.
 */
export class EndpointQueue {
  readonly webhookId: string;
  readonly #limits: EndpointQueueLimits;
  readonly #queue = new Fifo<Task>();
  #inFlight = 0;
  /** Now: between one and the ceiling. */
  #cap: number;
  /** What the engine and the destination allow. */
  #ceiling: number;
  #notBefore = 0;
  #mode: EndpointQueueMode = 'active';
  #failedProbes = 0;
  #nextTokenAt = 0;
  /** How many waited when it became full; 0: it is not. */
  #fullAt = 0;
  #hasRecovered = false;
  #minGapMs = 0;
  #gate: DestinationLimiter | undefined;
  /** Whether it stands in the dispatcher's round. */
  isInRound = false;
  wakeTimer: NodeJS.Timeout | undefined;

  constructor(webhookId: string, limits: EndpointQueueLimits) {
    this.webhookId = webhookId;
    this.#limits = limits;
    this.#cap = limits.maxInFlight;
    this.#ceiling = limits.maxInFlight;
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

  get isIdle(): boolean {
    return this.#inFlight === 0 && this.#queue.size === 0;
  }

  /** Keeps something that must not be forgotten with the endpoint queue. */
  isNeutral(now: number): boolean {
    return this.isIdle && this.#mode === 'active' && this.#notBefore <= now && this.#nextTokenAt <= now;
  }

  /**
   * Whether a delivery can wait here. Once full, not before half has drained: claiming for the one place that each
   * finished request frees would cost a round trip per delivery.
   */
  get isOverflowing(): boolean {
    return this.#fullAt > 0;
  }

  hasRoom(now: number): boolean {
    if (this.#mode === 'paused' && this.#notBefore > now) return false;
    return !this.isOverflowing && !this.#isFullBesideProbe;
  }

  get #isFullBesideProbe(): boolean {
    return this.#mode === 'probing' && this.#queue.size >= maxQueuedBesideProbe;
  }

  /** True once, when a endpoint queue that could take nothing has room again: it was full, or its probe succeeded. */
  takeDrained(): boolean {
    if (this.#hasRecovered) {
      this.#hasRecovered = false;
      return true;
    }
    if (!this.isOverflowing || this.#queue.size > this.#fullAt / 2) return false;
    this.#fullAt = 0;
    return true;
  }

  /** Starts as paused, with the first probe free to go: what is known of the endpoint from before this process. */
  startProbing(): void {
    if (this.#mode === 'active') this.#mode = 'paused';
  }

  /** Until when nothing may be sent, if that is so far away that waiting in memory would be a waste; else undefined. */
  deferUntil(now: number): number | undefined {
    return this.#notBefore - now > 5_000 || (this.#mode === 'paused' && this.#notBefore > now)
      ? this.#notBefore
      : undefined;
  }

  /** As `deferUntil`, for one that comes now: enough may wait already for the outcome of a probe. */
  deferralFor(now: number): number | undefined {
    return this.deferUntil(now) ?? (this.#isFullBesideProbe ? now + besideProbeMs : undefined);
  }

  /** What the webhook's configuration and destination allow; evenly spaced where there is a rate. */
  setLimits(pace: Limits): void {
    this.#gate = pace.limiter;
    this.#minGapMs = pace.perSecond === null ? 0 : 1000 / pace.perSecond;
    this.#ceiling = Math.min(this.#limits.maxInFlight, pace.maxInFlight ?? this.#limits.maxInFlight);
  }

  /**
   * Full when no more is left for all others than what waits here. So the first endpoint queue to fill gets half of the memory, the next
   * half of the rest, and there always is something for one that comes new (dynamic thresholds: Choudhury and Hahne, 1998).
   * `left` is how many more the process could take, this one not counted.
   */
  push(task: Task, left: number): void {
    this.#queue.push(task);
    if (this.#queue.size >= left) this.#fullAt = this.#queue.size;
  }

  drain(): Task[] {
    this.#fullAt = 0;
    return this.#queue.drain();
  }

  /** The next delivery to send now; a time to come back at; or undefined when only a finished request can change it. */
  next(now: number): Task | number | undefined {
    if (this.#queue.size === 0) return undefined;
    const earliest = this.#minGapMs === 0 ? this.#notBefore : Math.max(this.#notBefore, this.#nextTokenAt);
    if (earliest > now) return earliest;
    const gate = this.#gate;
    if (gate !== undefined && gate.notBefore > now) return gate.notBefore;
    if (gate?.isBusy === true) return now + gateLookMs;
    if (this.#mode === 'paused') this.#mode = 'probing';
    if (this.#inFlight >= (this.#mode === 'probing' ? 1 : Math.min(this.#cap, this.#ceiling)))
      return undefined;
    if (this.#minGapMs > 0) this.#nextTokenAt = Math.max(now, this.#nextTokenAt) + this.#minGapMs;
    this.#inFlight++;
    if (gate !== undefined) gate.isBusy = true;
    return this.#queue.shift();
  }

  succeeded(): void {
    this.ended();
    if (this.#mode === 'probing') this.#hasRecovered = true;
    this.#mode = 'active';
    this.#failedProbes = 0;
    if (this.#cap < this.#limits.maxInFlight) this.#cap++;
  }

  /** `paused`: the endpoint's health says that only probes should be sent. */
  failed(now: number, paused: boolean): void {
    this.ended();
    if (!paused || this.#mode === 'paused') return;
    if (this.#mode === 'probing') this.#failedProbes++;
    this.#mode = 'paused';
    this.pauseUntil(now + probeDelayMs(this.#failedProbes));
  }

  /** A request ended that says nothing about the endpoint (its webhook was deleted meanwhile). */
  ended(): void {
    this.#inFlight--;
    if (this.#gate !== undefined) this.#gate.isBusy = false;
  }

  slowDown(now: number, retryAfterMs: number | undefined): void {
    this.#cap = Math.max(1, Math.floor(this.#cap / 2));
    this.pauseUntil(now + (retryAfterMs ?? defaultPauseMs));
  }

  pauseUntil(time: number): void {
    this.#notBefore = Math.max(this.#notBefore, time);
  }

  /** The destination asked for a pause: every endpoint queue that leads there keeps it. */
  pauseDestinationUntil(time: number): void {
    if (this.#gate === undefined) this.pauseUntil(time);
    else this.#gate.notBefore = Math.max(this.#gate.notBefore, time);
  }
}
