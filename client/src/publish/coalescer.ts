import type { CallOptions } from '../call-options.ts';
import { abortedError, closedError, isTocsinClientError, TocsinClientError } from '../errors.ts';
import { withRetries } from '../http/retry.ts';
import type { ClientConfig } from '../options.ts';
import type { PublishTransport } from './transport.ts';
import type { PublishOutcome } from './types.ts';

/** Half of what a server with common limits takes, so that text beyond ASCII also fits. */
const maxRequestChars = 500_000;

/** One call of publish, from being queued to its answer. */
interface Entry {
  /** The event as JSON, written once: every attempt sends the same text and with it the same idempotency key. */
  text: string;
  readonly traceparent: string | undefined;
  /** Epoch ms. All calls have the same time limit, so the order of calls is the order of their deadlines. */
  readonly expiresAt: number;
  readonly settle: (outcome: PublishOutcome) => void;
  batch: Batch | undefined;
  isSettled: boolean;
  /** What the last attempt said, when it said that another may succeed. */
  lastError: TocsinClientError | undefined;
}

interface Batch {
  readonly abort: AbortController;
  /** How many of its callers still wait. At none, the request is given up. */
  waitingCallers: number;
}

/**
 * Puts concurrent calls of publish together into few requests, and gives each caller its own answer.
 *
 * - idle: nothing is under way. A call leaves in the same turn of the event loop, with all others of that turn.
 * - busy: requests are under way. Calls gather until there are `maxEvents` of them, the last request has returned, or
 *   the oldest has waited `lingerMs`; then they leave if fewer than `maxInFlight` requests are under way.
 * - full: `maxQueuedChars` are waiting or under way. Calls are refused with QUEUE_FULL.
 * - closing: new calls are refused with CLOSED, those gathered leave without lingering. Closed when none is left.
 *
 * An entry is in `#open` from its call to its answer, and also in `#gathered` until its request is made. A batch
 * repeats itself with those of its entries that may still succeed, and holds its place in `maxInFlight` meanwhile: a
 * server that cannot keep up is asked less, not more.
 */
export class Coalescer {
  readonly #config: ClientConfig;
  readonly #transport: PublishTransport;
  readonly #open = new Set<Entry>();
  #gathered: Entry[] = [];
  #queuedChars = 0;
  #inFlight = 0;
  #isFlushDue = false;
  #lingerTimer: ReturnType<typeof setTimeout> | undefined;
  #expiryTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosing = false;
  #onDrained: (() => void)[] = [];

  constructor(config: ClientConfig, transport: PublishTransport) {
    this.#config = config;
    this.#transport = transport;
  }

  /** Queues one event, given as JSON text. Never rejects. */
  add(text: string, { signal }: CallOptions = {}): Promise<PublishOutcome> {
    const refusal = this.#refusal(text, signal);
    if (refusal !== undefined) return Promise.resolve({ ok: false, error: refusal });
    return new Promise((resolve) => {
      const onAbort = () => this.#settle(entry, { ok: false, error: abortedError(signal?.reason) });
      const entry: Entry = {
        text,
        traceparent: this.#config.traceparent(),
        expiresAt: Date.now() + this.#config.timeoutMs,
        settle: (outcome) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(outcome);
        },
        batch: undefined,
        isSettled: false,
        lastError: undefined,
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#open.add(entry);
      this.#gathered.push(entry);
      this.#queuedChars += text.length;
      if (this.#expiryTimer === undefined) this.#watchExpiry();
      this.#schedule();
    });
  }

  /**
   * Refuses new events, sends those that wait, and resolves when all are answered. What is not answered after
   * `timeoutMs` ends with CLOSED.
   */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    this.#schedule();
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        for (const entry of this.#open) this.#settle(entry, { ok: false, error: closedError() });
      }, timeoutMs);
      this.#onDrained.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #refusal(text: string, signal: AbortSignal | undefined): TocsinClientError | undefined {
    if (this.#isClosing) return closedError();
    if (signal?.aborted === true) return abortedError(signal.reason);
    const { maxQueuedChars } = this.#config.coalesce;
    if (this.#queuedChars + text.length <= maxQueuedChars) return undefined;
    const message = `more than ${maxQueuedChars} characters of events are waiting`;
    return new TocsinClientError('QUEUE_FULL', message, { retryable: true });
  }

  #schedule(): void {
    const { maxEvents, maxInFlight, lingerMs } = this.#config.coalesce;
    if (this.#gathered.length === 0 || this.#inFlight >= maxInFlight) return;
    if (this.#inFlight === 0 || this.#gathered.length >= maxEvents || this.#isClosing) {
      if (this.#isFlushDue) return;
      this.#isFlushDue = true;
      // At the end of this turn: everything published in the same turn goes out together, and nothing waits.
      queueMicrotask(() => this.#flush());
    } else {
      this.#lingerTimer ??= setTimeout(() => this.#flush(), lingerMs);
    }
  }

  #flush(): void {
    clearTimeout(this.#lingerTimer);
    this.#lingerTimer = undefined;
    this.#isFlushDue = false;
    const { maxEvents, maxInFlight } = this.#config.coalesce;
    // The first request takes what there is, those after it only whole loads: the rest gathers meanwhile.
    for (let first = true; this.#inFlight < maxInFlight; first = false) {
      if (this.#gathered.length === 0 || (!first && this.#gathered.length < maxEvents)) break;
      this.#launch(this.#take());
    }
    this.#schedule();
  }

  /** The oldest entries that fit into one request and belong to one trace. */
  #take(): Entry[] {
    const head = this.#gathered[0];
    let count = 0;
    let chars = 0;
    for (const { text, traceparent } of this.#gathered) {
      chars += text.length;
      const fits = count < this.#config.coalesce.maxEvents && chars <= maxRequestChars;
      if (count > 0 && (!fits || traceparent !== head?.traceparent)) break;
      count++;
    }
    return this.#gathered.splice(0, count).filter((entry) => !entry.isSettled);
  }

  #launch(entries: Entry[]): void {
    if (entries.length === 0) return;
    this.#inFlight++;
    void this.#run(entries).finally(() => {
      this.#inFlight--;
      this.#schedule();
    });
  }

  /** Takes entries to their answers. Never rejects: whatever goes wrong is the answer. */
  async #run(entries: readonly Entry[]): Promise<void> {
    const batch: Batch = { abort: new AbortController(), waitingCallers: entries.length };
    for (const entry of entries) entry.batch = batch;
    try {
      await withRetries(
        this.#config,
        {
          what: 'events.publishMany',
          isRetryable: (error) => error.retryable,
          deadline: () => entries.findLast((entry) => !entry.isSettled)?.expiresAt ?? 0,
          signal: batch.abort.signal,
        },
        () => this.#attempt(entries, batch),
      );
    } catch (cause) {
      await this.#giveUp(entries, cause);
    }
  }

  async #attempt(entries: readonly Entry[], batch: Batch): Promise<void> {
    const pending = entries.filter((entry) => !entry.isSettled);
    if (pending.length === 0) return;
    try {
      const outcomes = await this.#transport.publishMany(
        pending.map((entry) => entry.text),
        { signal: batch.abort.signal, traceparent: pending[0]?.traceparent },
      );
      pending.forEach((entry, index) => {
        const outcome = outcomes[index];
        if (outcome?.ok === false && outcome.error.retryable) entry.lastError = outcome.error;
        else if (outcome !== undefined) this.#settle(entry, outcome);
      });
    } catch (cause) {
      if (isTocsinClientError(cause)) for (const entry of pending) entry.lastError = cause;
      throw cause;
    }
    const refused = pending.find((entry) => !entry.isSettled);
    // Thrown to be tried again with those alone that were not accepted.
    if (refused?.lastError !== undefined) throw refused.lastError;
  }

  async #giveUp(entries: readonly Entry[], cause: unknown): Promise<void> {
    const pending = entries.filter((entry) => !entry.isSettled);
    if (isTocsinClientError(cause) && cause.code === 'PAYLOAD_TOO_LARGE' && pending.length > 1) {
      // Together they are too large for this server: halves find the one that is too large by itself, if any.
      const half = Math.ceil(pending.length / 2);
      await this.#run(pending.slice(0, half));
      await this.#run(pending.slice(half));
      return;
    }
    for (const entry of pending) {
      const error = entry.lastError ?? (isTocsinClientError(cause) ? cause : unexpected(cause));
      this.#settle(entry, { ok: false, error });
    }
  }

  #settle(entry: Entry, outcome: PublishOutcome): void {
    if (entry.isSettled) return;
    entry.isSettled = true;
    this.#open.delete(entry);
    this.#queuedChars -= entry.text.length;
    // It may stand in `#gathered` for a while yet; its text need not.
    entry.text = '';
    if (entry.batch !== undefined && --entry.batch.waitingCallers === 0) entry.batch.abort.abort();
    entry.settle(outcome);
    if (this.#open.size > 0) return;
    clearTimeout(this.#expiryTimer);
    this.#expiryTimer = undefined;
    for (const onDrained of this.#onDrained.splice(0)) onDrained();
  }

  /** One timer for all calls: it stands at the oldest one's deadline. */
  #watchExpiry(): void {
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    this.#expiryTimer = setTimeout(
      () => {
        const now = Date.now();
        for (const entry of this.#open) {
          if (entry.expiresAt > now) break;
          this.#settle(entry, { ok: false, error: expired(this.#config.timeoutMs, entry.lastError) });
        }
        this.#watchExpiry();
      },
      Math.max(0, oldest.expiresAt - Date.now()),
    );
  }
}

function expired(limitMs: number, cause: TocsinClientError | undefined): TocsinClientError {
  const message = `not published within ${limitMs} ms${cause === undefined ? '' : `; last: ${cause.message}`}`;
  return new TocsinClientError('TIMEOUT', message, { retryable: true, requestId: cause?.requestId, cause });
}

function unexpected(cause: unknown): TocsinClientError {
  return new TocsinClientError('NETWORK', 'the request could not be made', { retryable: true, cause });
}
