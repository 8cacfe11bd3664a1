import { toCallError } from '../errors.ts';
import { lastWaitMs, retryDelayMs } from '../http/retry-delay.ts';
import { startTimer } from '../http/timer.ts';
import type { ClientConfig } from '../options.ts';
import type { Entry, EntryRequest } from './entry.ts';
import { isRepeatable, toFailureKind } from './failure-kind.ts';
import { FairQueue } from './fair-queue.ts';
import { Pace } from './pace.ts';
import { RequestSize } from './request-size.ts';
import type { PublishTransport } from './transport.ts';
import type { PublishOutcome } from './types.ts';

/** Failures of requests in a row after which the server is broken, and not one of the events. */
const maxFailedParts = 32;

/** How often an event fails by itself, while others succeed, before it is given up. */
const maxFailuresAlone = 5;

/** How often an event fails in requests, while others succeed, before its requests are split. */
const maxFailuresTogether = 3;

export interface DispatcherDeps {
  readonly config: ClientConfig;
  readonly transport: PublishTransport;
  /** Gives an entry its outcome. */
  readonly complete: (entry: Entry, outcome: PublishOutcome) => void;
  /** Returns the number of apps with pending events. */
  readonly countApps: () => number;
}

/**
 * Sends entries in few requests, and repeats what may succeed later.
 *
 *     queued ──> in flight ──> outcome
 *       ^         │  │  │
 *       │         │  │  └─ 413, or an error that one of the events may have caused: two parts, each in a
 *       │         │  │     request of its own, before all queued entries; an event alone gets the error
 *       │         │  └─ retryable error of the request: wait, backoff or Retry-After; `Pace` slows down
 *       └─────────┴─ retryable error of one event: wait, backoff or its own Retry-After
 *
 * A waiting entry has no place among the requests in flight, so it does not delay the others.
 *
 * - Idle: no request is in flight. The entries of one turn of the event loop are sent together at its end.
 * - Busy: requests are in flight. Entries are queued until `maxEvents` of them are waiting, no request is in
 *   flight, or the oldest has waited `lingerMs`. They are then sent if the pace allows another request.
 */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #queue = new FairQueue();
  readonly #size = new RequestSize();
  readonly #pace: Pace;
  /** Entries that need requests of their own, the next one last. */
  readonly #parts: Entry[][] = [];
  /** Functions that stop the timers of waiting entries. */
  readonly #waits = new Set<() => void>();
  #stopTimer: (() => void) | undefined;
  #inFlight = 0;
  #isFlushDue = false;
  #isHurried = false;
  /** Failures in a row that led to a split. */
  #failedParts = 0;
  /** Number of requests that succeeded. */
  #successes = 0;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
    this.#pace = new Pace(deps.config);
  }

  add(entry: Entry): void {
    this.#queue.push(entry);
    this.#schedule();
  }

  /** Takes note of an outcome. */
  release(entry: Entry): void {
    if (entry.isQueued) this.#queue.drop(entry);
    const { request } = entry;
    if (request !== undefined && --request.remaining === 0) request.abort.abort();
  }

  /** Sends without lingering from now on. */
  hurry(): void {
    this.#isHurried = true;
    this.#schedule();
  }

  /** Clears the timers. Called when no entry is pending. */
  rest(): void {
    for (const stop of this.#waits) stop();
    this.#waits.clear();
    this.#parts.length = 0;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #schedule(): void {
    const hasParts = this.#parts.length > 0;
    if ((this.#queue.size === 0 && !hasParts) || !this.#pace.hasRoom(this.#inFlight)) return;
    const { maxEvents, lingerMs } = this.#deps.config.coalesce;
    const pauseMs = this.#pace.pauseMs(Date.now());
    if (pauseMs > 0) this.#flushIn(pauseMs);
    else if (this.#inFlight === 0 || hasParts || this.#queue.size >= maxEvents || this.#isHurried) {
      if (this.#isFlushDue) return;
      this.#isFlushDue = true;
      // At the end of this turn, so that all events published in it share a request.
      queueMicrotask(() => this.#flush());
    } else this.#flushIn(lingerMs);
  }

  #flushIn(ms: number): void {
    this.#stopTimer ??= startTimer(() => this.#flush(), ms);
  }

  #flush(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#isFlushDue = false;
    for (let first = true; this.#pace.hasRoom(this.#inFlight); first = false) {
      if (this.#pace.pauseMs(Date.now()) > 0) break;
      const entries = this.#takePart() ?? this.#takeBatch(first);
      if (entries.length === 0) break;
      void this.#send(entries);
    }
    this.#schedule();
  }

  #takePart(): Entry[] | undefined {
    for (;;) {
      const part = this.#parts.pop()?.filter((entry) => !entry.isCompleted);
      if (part === undefined) return undefined;
      // Another request may have learned a smaller limit meanwhile.
      if (part.length > 1 && sumBytes(part) > this.#size.limit(Date.now())) this.#split(part);
      else if (part.length > 0) return part;
    }
  }

  /** The first request takes what is queued. Further ones must be full; the rest keeps queueing. */
  #takeBatch(first: boolean): Entry[] {
    const { maxEvents } = this.#deps.config.coalesce;
    if (!first && this.#queue.size < maxEvents) return [];
    const limit = this.#size.limit(Date.now());
    let count = 0;
    let bytes = 0;
    return this.#queue.take((entry) => {
      bytes += entry.bytes;
      count++;
      return count === 1 || (count <= maxEvents && bytes <= limit);
    });
  }

  /** Sends entries once. Never rejects. */
  async #send(entries: readonly Entry[]): Promise<void> {
    const request: EntryRequest = { abort: new AbortController(), remaining: entries.length };
    const startedAt = Date.now();
    for (const entry of entries) entry.request = request;
    this.#inFlight++;
    try {
      const texts = entries.map((entry) => entry.text);
      const bytes = sumBytes(entries);
      const { signal } = request.abort;
      // The server stops work that no caller waits for.
      const expiresAt = entries.reduce((latest, entry) => Math.max(latest, entry.expiresAt), 0);
      const outcomes = await this.#deps.transport.publishMany(texts, { signal, expiresAt });
      this.#size.recordAccepted(bytes);
      this.#applyOutcomes(entries, outcomes, startedAt);
    } catch (cause) {
      const unfinished = entries.filter((entry) => !entry.isCompleted);
      if (unfinished.length > 0) this.#handleFailure(unfinished, cause, startedAt);
    } finally {
      for (const entry of entries) if (entry.request === request) entry.request = undefined;
      this.#inFlight--;
      this.#schedule();
    }
  }

  #applyOutcomes(entries: readonly Entry[], outcomes: readonly PublishOutcome[], startedAt: number): void {
    const refused: Entry[] = [];
    entries.forEach((entry, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined || entry.isCompleted) return;
      if (outcome.ok || !outcome.error.retryable) return this.#deps.complete(entry, outcome);
      entry.lastError = outcome.error;
      refused.push(entry);
    });
    this.#failedParts = 0;
    this.#successes++;
    // Refusals of one app say nothing about the others.
    const isOverloaded =
      refused.length === entries.length &&
      (this.#deps.countApps() === 1 || refused.some(({ appId }) => appId !== refused[0]?.appId));
    if (isOverloaded) this.#pace.recordFailure(startedAt, undefined);
    else this.#pace.recordSuccess();
    if (refused.length > 0) this.#postpone(refused, (due) => this.#putBack(due));
  }

  #handleFailure(entries: readonly Entry[], cause: unknown, startedAt: number): void {
    const error = toCallError(cause);
    const kind = toFailureKind(error);
    for (const entry of entries) {
      entry.lastError = error;
      entry.successesBefore ??= this.#successes;
    }
    if (kind === 'too large') this.#size.recordTooLarge(sumBytes(entries), Date.now());
    if (kind === 'too large' || (kind !== 'final' && this.#isOfOneEvent(entries, kind === 'of an event'))) {
      if (entries.length > 1) return this.#split(entries);
    }
    const [only] = entries;
    const isPoisoned =
      kind === 'of an event' &&
      entries.length === 1 &&
      only !== undefined &&
      only.failures + 1 >= maxFailuresAlone &&
      this.#successes > (only.successesBefore ?? 0);
    if (kind === 'too large' || isPoisoned || !isRepeatable(error, kind)) {
      for (const entry of entries) this.#deps.complete(entry, { ok: false, error });
      return;
    }
    const isBroken = kind === 'later' || this.#failedParts > maxFailedParts;
    if (isBroken) this.#pace.recordFailure(startedAt, error.retryAfterMs);
    const isApart = kind === 'of an event';
    this.#postpone(entries, (due) => {
      if (isApart) this.#parts.push(due);
      else this.#putBack(due);
    });
  }

  /** Whether a failed request has to be split, because one of its events may be the cause. */
  #isOfOneEvent(entries: readonly Entry[], isLikely: boolean): boolean {
    if (isLikely) return ++this.#failedParts <= maxFailedParts;
    return entries.some(
      ({ failures, successesBefore = 0 }) =>
        failures >= maxFailuresTogether && this.#successes > successesBefore,
    );
  }

  #split(entries: readonly Entry[]): void {
    const half = Math.ceil(entries.length / 2);
    this.#parts.push(entries.slice(half), entries.slice(0, half));
  }

  #putBack(entries: readonly Entry[]): void {
    for (const entry of entries) this.#queue.putBack(entry);
  }

  /** Lets each entry wait for its own time. Fails those that have none left. */
  #postpone(entries: readonly Entry[], resume: (due: Entry[]) => void): void {
    const random = Math.random();
    const byWait = new Map<number, Entry[]>();
    for (const entry of entries) {
      const waitMs = this.#toWaitMs(entry, random);
      const error = entry.lastError;
      if (waitMs === undefined && error !== undefined) this.#deps.complete(entry, { ok: false, error });
      if (waitMs === undefined) continue;
      const group = byWait.get(waitMs);
      if (group === undefined) byWait.set(waitMs, [entry]);
      else group.push(entry);
    }
    for (const [waitMs, group] of byWait) {
      const [first] = group;
      this.#deps.config.log.warn(
        {
          call: 'events.publishMany',
          code: first?.lastError?.code,
          events: group.length,
          attempt: first?.failures,
          waitMs,
        },
        'call failed; retrying',
      );
      const stop = startTimer(() => {
        this.#waits.delete(stop);
        const due = group.filter((entry) => !entry.isCompleted);
        if (due.length > 0) resume(due);
        this.#schedule();
      }, waitMs);
      this.#waits.add(stop);
    }
  }

  /** Returns the wait before the next attempt in whole ms. Undefined if there is none. */
  #toWaitMs(entry: Entry, random: number): number | undefined {
    const { retry, attemptTimeoutMs } = this.#deps.config;
    entry.failures++;
    if (entry.failures > retry.retries) return undefined;
    const { failures, lastError } = entry;
    const waitMs = retryDelayMs({ ...retry, failures, retryAfterMs: lastError?.retryAfterMs, random });
    const leftMs = entry.expiresAt - Date.now();
    if (waitMs < leftMs) return Math.ceil(waitMs);
    if (entry.isLastTry) return undefined;
    entry.isLastTry = true;
    return Math.floor(lastWaitMs(leftMs, attemptTimeoutMs));
  }
}

function sumBytes(entries: readonly Entry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}
