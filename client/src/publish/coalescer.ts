import type { CallOptions } from '../call-options.ts';
import { abortedError, closedError, isTocsinClientError, TocsinClientError } from '../errors.ts';
import { onAbort } from '../http/on-abort.ts';
import { withRetries } from '../http/retry.ts';
import { startTimer } from '../http/timer.ts';
import type { ClientConfig } from '../options.ts';
import type { PublishTransport } from './transport.ts';
import type { PublishOutcome } from './types.ts';

/** The server gives requests the same time to finish when it stops. */
const defaultCloseTimeoutMs = 10_000;

/** Half the usual limit of a request in bytes, so that text with non-ASCII characters also fits. */
const maxRequestChars = 500_000;

/** One `publish` call, from its start to its outcome. */
interface Entry {
  /** The event as JSON. Every attempt sends the same text and thus the same idempotency key. */
  text: string;
  readonly traceparent: string | undefined;
  /**
   * In ms since 1970. All calls have the same time limit, so entries in order of arrival are in order of
   * expiry.
   */
  readonly expiresAt: number;
  readonly complete: (outcome: PublishOutcome) => void;
  batch: Batch | undefined;
  isCompleted: boolean;
  /** The retryable error of the last attempt, if any. */
  lastError: TocsinClientError | undefined;
}

/** The entries of one request and its retries. */
interface Batch {
  readonly abort: AbortController;
  /** Number of entries without an outcome. At 0 the request is aborted. */
  remaining: number;
}

/**
 * Combines concurrent `publish` calls into few requests and returns to each caller the outcome of its own
 * event.
 *
 * - Idle: no request is in flight. The calls of one turn of the event loop are sent together at its end.
 * - Busy: requests are in flight. Calls are queued until `maxEvents` of them are waiting, no request is in
 *   flight, or the oldest has waited `lingerMs`. They are then sent if fewer than `maxInFlight` requests are
 *   in flight.
 * - Full: the pending entries have `maxQueuedChars` characters. New calls fail with `QUEUE_FULL`
 *   (backpressure).
 * - Closing: new calls fail with `CLOSED`. Queued calls are sent without lingering.
 *
 * An entry is in `#pending` until it has an outcome, and in `#queue` until it is sent. A batch retries those
 * of its entries that may still succeed. It keeps its slot of `maxInFlight` meanwhile, so that an overloaded
 * server gets fewer requests.
 */
export class Coalescer {
  readonly #config: ClientConfig;
  readonly #transport: PublishTransport;
  readonly #pending = new Set<Entry>();
  #queue: Entry[] = [];
  #pendingChars = 0;
  #inFlight = 0;
  #isFlushDue = false;
  #stopLinger: (() => void) | undefined;
  #stopExpiry: (() => void) | undefined;
  #isClosing = false;
  #onDrained: (() => void)[] = [];

  constructor(config: ClientConfig, transport: PublishTransport) {
    this.#config = config;
    this.#transport = transport;
  }

  /** Publishes one event, given as JSON text. Never rejects. */
  add(text: string, { signal }: CallOptions = {}): Promise<PublishOutcome> {
    const rejection = this.#checkAcceptable(text, signal);
    if (rejection !== undefined) return Promise.resolve({ ok: false, error: rejection });
    return new Promise((resolve) => {
      const abort = () => this.#complete(entry, { ok: false, error: abortedError(signal?.reason) });
      const entry: Entry = {
        text,
        traceparent: this.#config.traceparent(),
        expiresAt: Date.now() + this.#config.timeoutMs,
        complete: (outcome) => {
          release?.();
          resolve(outcome);
        },
        batch: undefined,
        isCompleted: false,
        lastError: undefined,
      };
      const release = signal === undefined ? undefined : onAbort(signal, abort);
      this.#pending.add(entry);
      this.#queue.push(entry);
      this.#pendingChars += text.length;
      if (this.#stopExpiry === undefined) this.#scheduleExpiry();
      this.#schedule();
    });
  }

  /**
   * Rejects new events, sends the queued ones, and resolves when all have an outcome. Events without one
   * after `timeoutMs` fail with `CLOSED`.
   */
  async close(timeoutMs = defaultCloseTimeoutMs): Promise<void> {
    this.#isClosing = true;
    this.#schedule();
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => {
      const stopTimer = startTimer(() => {
        for (const entry of this.#pending) this.#complete(entry, { ok: false, error: closedError() });
      }, timeoutMs);
      this.#onDrained.push(() => {
        stopTimer();
        resolve();
      });
    });
  }

  /** Returns the error of an event that cannot be accepted now. */
  #checkAcceptable(text: string, signal: AbortSignal | undefined): TocsinClientError | undefined {
    if (this.#isClosing) return closedError();
    if (signal?.aborted === true) return abortedError(signal.reason);
    const { maxQueuedChars } = this.#config.coalesce;
    if (this.#pendingChars + text.length <= maxQueuedChars) return undefined;
    const message = `the pending events exceed coalesce.maxQueuedChars (${maxQueuedChars} characters)`;
    return new TocsinClientError('QUEUE_FULL', message, { retryable: true });
  }

  #schedule(): void {
    const { maxEvents, maxInFlight, lingerMs } = this.#config.coalesce;
    if (this.#queue.length === 0 || this.#inFlight >= maxInFlight) return;
    if (this.#inFlight === 0 || this.#queue.length >= maxEvents || this.#isClosing) {
      if (this.#isFlushDue) return;
      this.#isFlushDue = true;
      // At the end of this turn, so that all events published in it share a request.
      queueMicrotask(() => this.#flush());
    } else {
      this.#stopLinger ??= startTimer(() => this.#flush(), lingerMs);
    }
  }

  #flush(): void {
    this.#stopLinger?.();
    this.#stopLinger = undefined;
    this.#isFlushDue = false;
    const { maxEvents, maxInFlight } = this.#config.coalesce;
    // The first request takes what is queued. Further ones must be full; the rest keeps queueing.
    for (let first = true; this.#inFlight < maxInFlight; first = false) {
      if (this.#queue.length === 0 || (!first && this.#queue.length < maxEvents)) break;
      this.#startBatch(this.#takeBatch());
    }
    this.#schedule();
  }

  /** Takes the oldest entries that fit into one request and belong to the same trace. */
  #takeBatch(): Entry[] {
    const head = this.#queue[0];
    let count = 0;
    let chars = 0;
    for (const { text, traceparent } of this.#queue) {
      chars += text.length;
      const fits = count < this.#config.coalesce.maxEvents && chars <= maxRequestChars;
      if (count > 0 && (!fits || traceparent !== head?.traceparent)) break;
      count++;
    }
    return this.#queue.splice(0, count).filter((entry) => !entry.isCompleted);
  }

  #startBatch(entries: Entry[]): void {
    if (entries.length === 0) return;
    this.#inFlight++;
    void this.#runBatch(entries).finally(() => {
      this.#inFlight--;
      this.#schedule();
    });
  }

  /** Sends entries until all have an outcome. Never rejects: an error is the outcome. */
  async #runBatch(entries: readonly Entry[]): Promise<void> {
    const batch: Batch = { abort: new AbortController(), remaining: entries.length };
    for (const entry of entries) entry.batch = batch;
    try {
      await withRetries(
        this.#config,
        {
          call: 'events.publishMany',
          isRetryable: (error) => error.retryable,
          deadline: () => entries.findLast((entry) => !entry.isCompleted)?.expiresAt ?? 0,
          signal: batch.abort.signal,
        },
        () => this.#attempt(entries, batch),
      );
    } catch (cause) {
      await this.#handleFailure(entries, cause);
    }
  }

  async #attempt(entries: readonly Entry[], batch: Batch): Promise<void> {
    const unfinished = entries.filter((entry) => !entry.isCompleted);
    if (unfinished.length === 0) return;
    try {
      const outcomes = await this.#transport.publishMany(
        unfinished.map((entry) => entry.text),
        { signal: batch.abort.signal, traceparent: unfinished[0]?.traceparent },
      );
      unfinished.forEach((entry, index) => {
        const outcome = outcomes[index];
        if (outcome?.ok === false && outcome.error.retryable) entry.lastError = outcome.error;
        else if (outcome !== undefined) this.#complete(entry, outcome);
      });
    } catch (cause) {
      if (isTocsinClientError(cause)) for (const entry of unfinished) entry.lastError = cause;
      throw cause;
    }
    const retryable = unfinished.find((entry) => !entry.isCompleted);
    // Makes withRetries retry the entries without an outcome.
    if (retryable?.lastError !== undefined) throw retryable.lastError;
  }

  async #handleFailure(entries: readonly Entry[], cause: unknown): Promise<void> {
    const unfinished = entries.filter((entry) => !entry.isCompleted);
    if (isTocsinClientError(cause) && cause.code === 'PAYLOAD_TOO_LARGE' && unfinished.length > 1) {
      // The request is too large for this server. Halving finds the event that is too large by itself, if
      // any.
      const half = Math.ceil(unfinished.length / 2);
      await this.#runBatch(unfinished.slice(0, half));
      await this.#runBatch(unfinished.slice(half));
      return;
    }
    for (const entry of unfinished) {
      const error = entry.lastError ?? (isTocsinClientError(cause) ? cause : unexpectedError(cause));
      this.#complete(entry, { ok: false, error });
    }
  }

  #complete(entry: Entry, outcome: PublishOutcome): void {
    if (entry.isCompleted) return;
    entry.isCompleted = true;
    this.#pending.delete(entry);
    this.#pendingChars -= entry.text.length;
    // Frees the text, because the entry may stay in `#queue` for a while.
    entry.text = '';
    if (entry.batch !== undefined && --entry.batch.remaining === 0) entry.batch.abort.abort();
    entry.complete(outcome);
    if (this.#pending.size > 0) return;
    this.#stopExpiry?.();
    this.#stopExpiry = undefined;
    for (const onDrained of this.#onDrained.splice(0)) onDrained();
  }

  /** Sets the one timer for all entries to the expiry of the oldest one. */
  #scheduleExpiry(): void {
    const [oldest] = this.#pending;
    if (oldest === undefined) return;
    this.#stopExpiry = startTimer(
      () => {
        const now = Date.now();
        for (const entry of this.#pending) {
          if (entry.expiresAt > now) break;
          this.#complete(entry, { ok: false, error: expiryError(this.#config.timeoutMs, entry.lastError) });
        }
        this.#scheduleExpiry();
      },
      Math.max(0, oldest.expiresAt - Date.now()),
    );
  }
}

function expiryError(limitMs: number, cause: TocsinClientError | undefined): TocsinClientError {
  const message = `not published within ${limitMs} ms${cause === undefined ? '' : `; last error: ${cause.message}`}`;
  return new TocsinClientError('TIMEOUT', message, { retryable: true, requestId: cause?.requestId, cause });
}

function unexpectedError(cause: unknown): TocsinClientError {
  return new TocsinClientError('NETWORK', 'unexpected error while sending the request', {
    retryable: true,
    cause,
  });
}
