import type { CallOptions } from '../call-options.ts';
import { abortedError, closedError, TocsinClientError } from '../errors.ts';
import { onAbort } from '../http/on-abort.ts';
import { startTimer } from '../http/timer.ts';
import type { ClientConfig } from '../options.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Entry } from './entry.ts';
import { PublishList, type EventText, type ReadEvent } from './publish-list.ts';
import { QueueBudget } from './queue-budget.ts';
import { byteLength } from './request-size.ts';
import type { PublishTransport } from './transport.ts';
import type { PublishOutcome } from './types.ts';

/** The server gives requests the same time to finish when it stops. */
const defaultCloseTimeoutMs = 10_000;

/**
 * Combines concurrent `publish` calls into few requests and returns to each caller the outcome of its own
 * event.
 *
 * - Open: events are accepted while they fit into `maxQueuedBytes`. Further ones fail with `QUEUE_FULL`, those
 *   of a list wait for room (backpressure).
 * - Closing: new calls fail with `CLOSED`. Pending events are sent without lingering, and so is the rest of each
 *   list.
 * - Closed: every call fails with `CLOSED`.
 *
 * An entry is in `#pending` until it has an outcome. The dispatcher sends it.
 */
export class Coalescer {
  readonly #config: ClientConfig;
  readonly #dispatcher: Dispatcher;
  readonly #budget: QueueBudget;
  readonly #pending = new Set<Entry>();
  #sequence = 0;
  /** Number of lists that are not finished. */
  #lists = 0;
  #stopExpiry: (() => void) | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #onDrained: (() => void)[] = [];

  constructor(config: ClientConfig, transport: PublishTransport) {
    this.#config = config;
    this.#budget = new QueueBudget(config.coalesce.maxQueuedBytes);
    this.#dispatcher = new Dispatcher({
      config,
      transport,
      complete: (entry, outcome) => this.#complete(entry, outcome),
      countApps: () => this.#budget.apps,
    });
  }

  /** Publishes one event, given as JSON text. Never rejects. */
  add(text: string, { appId = '', signal }: CallOptions & { appId?: string } = {}): Promise<PublishOutcome> {
    return this.#add({ text, appId }, { signal });
  }

  /** Publishes many events, as far as there is room for them. Never rejects. */
  async addList(count: number, read: ReadEvent, { signal }: CallOptions = {}): Promise<PublishOutcome[]> {
    const { maxEvents, maxInFlight } = this.#config.coalesce;
    const caller = {};
    this.#lists++;
    const list = new PublishList({
      // Enough for two requests in each place, so that none waits for the next events.
      maxPending: maxEvents * maxInFlight * 2,
      timeoutMs: this.#config.timeoutMs,
      hasRoom: ({ appId, text }) => this.#budget.canTake(appId, byteLength(text)) || this.#budget.isEmpty,
      room: ({ appId, text }) => this.#budget.room(appId, byteLength(text), signal),
      add: (event) => this.#add(event, { signal, caller }),
    });
    const outcomes = await list.publish(count, read);
    this.#lists--;
    this.#checkDrained();
    return outcomes;
  }

  /** Resolves when half of the queue is free. Rejects if the client closes or the signal aborts. */
  async ready({ signal }: CallOptions = {}): Promise<void> {
    if (this.#state === 'open') await this.#budget.half(signal);
    if (this.#state !== 'open') throw closedError();
  }

  /**
   * Rejects new events, sends the queued ones, and resolves when all have an outcome. Events without one
   * after `timeoutMs` fail with `CLOSED`.
   */
  async close(timeoutMs = defaultCloseTimeoutMs): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing';
    this.#dispatcher.hurry();
    if (this.#isDrained()) return this.#end();
    await new Promise<void>((resolve) => {
      const stopTimer = startTimer(() => this.#end(), timeoutMs);
      this.#onDrained.push(() => {
        stopTimer();
        resolve();
      });
    });
  }

  #end(): void {
    this.#state = 'closed';
    for (const entry of this.#pending) this.#complete(entry, { ok: false, error: closedError() });
  }

  #add(
    { text, appId }: EventText,
    { signal, caller }: { readonly signal?: AbortSignal | undefined; readonly caller?: object },
  ): Promise<PublishOutcome> {
    const bytes = byteLength(text);
    const rejection = this.#findRejection(appId, bytes, { signal, caller });
    if (rejection !== undefined) return Promise.resolve({ ok: false, error: rejection });
    return new Promise((resolve) => {
      const abort = () => this.#complete(entry, { ok: false, error: abortedError(signal?.reason) });
      const entry: Entry = {
        text,
        bytes,
        appId,
        sequence: ++this.#sequence,
        caller,
        expiresAt: Date.now() + this.#config.timeoutMs,
        complete: (outcome) => {
          release?.();
          resolve(outcome);
        },
        isCompleted: false,
        isQueued: false,
        request: undefined,
        lastError: undefined,
        failures: 0,
        isLastTry: false,
        successesBefore: undefined,
      };
      const release = signal === undefined ? undefined : onAbort(signal, abort);
      this.#pending.add(entry);
      this.#budget.take(appId, bytes);
      if (this.#stopExpiry === undefined) this.#scheduleExpiry();
      this.#dispatcher.add(entry);
    });
  }

  /** Returns the error of an event that cannot be accepted now. */
  #findRejection(
    appId: string,
    bytes: number,
    { signal, caller }: { readonly signal: AbortSignal | undefined; readonly caller: object | undefined },
  ): TocsinClientError | undefined {
    // A list that was accepted before `close` is finished.
    if (this.#state === 'closed' || (this.#state === 'closing' && caller === undefined)) return closedError();
    if (signal?.aborted === true) return abortedError(signal.reason);
    if (this.#budget.canTake(appId, bytes)) return undefined;
    const { maxQueuedBytes } = this.#config.coalesce;
    const message = `the pending events exceed coalesce.maxQueuedBytes (${maxQueuedBytes} bytes)`;
    return new TocsinClientError('QUEUE_FULL', message, { retryable: true });
  }

  #complete(entry: Entry, outcome: PublishOutcome): void {
    if (entry.isCompleted) return;
    entry.isCompleted = true;
    this.#pending.delete(entry);
    // Frees the text, because the entry may stay in a queue for a while.
    entry.text = '';
    this.#dispatcher.release(entry);
    entry.complete(outcome);
    this.#budget.release(entry.appId, entry.bytes);
    if (this.#pending.size > 0) return;
    this.#stopExpiry?.();
    this.#stopExpiry = undefined;
    this.#dispatcher.rest();
    this.#checkDrained();
  }

  #isDrained(): boolean {
    return this.#pending.size === 0 && this.#lists === 0;
  }

  #checkDrained(): void {
    if (!this.#isDrained() || this.#onDrained.length === 0) return;
    this.#state = 'closed';
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
