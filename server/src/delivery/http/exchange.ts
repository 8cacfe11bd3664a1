import type { AttemptReason } from '@tocsin/shared';
import type { Dispatcher } from 'undici';
import type { SendResult } from '../../domain/send-result.ts';
import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { Carried, Connection } from './connection.ts';
import { toSendFailure } from './failure.ts';
import { Reply } from './reply.ts';

/** More than 100, 102 and 103 in any sensible number; a flood of them would keep a connection busy for nothing. */
const maxInformational = 8;

type ResponseHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];
type ExposedHeaders = Readonly<Record<string, string | undefined>>;

const noHeaders: ExposedHeaders = Object.freeze({});

/** Gets a connection back, once, when an exchange is over. */
export interface ExchangeOwner {
  /** `connection` is undefined when the exchange ended while it waited for one. */
  finished(connection: Connection | undefined, isReusable: boolean): void;
}

/**
 * One request and its answer.
 *
 *   waiting    for a connection, in the queue of its origin
 *     | begin: is given a connection, which may still have to be made
 *     v
 *   begun      connecting, sending, or reading the answer
 *     | the whole answer was read            -> settled, the connection is reusable
 *     | enough of the body was read          -> settled, the connection is destroyed
 *     | an error, a bad answer               -> settled, the connection is destroyed
 *     v
 *   settled    the promise is resolved; whatever undici still reports is ignored
 *
 *   waiting, begun --the deadline passes--> settled, the connection is destroyed
 *
 * The deadline is a timer of our own and does not depend on any event of the socket, so an exchange always settles.
 */
export class Exchange implements Carried {
  readonly request: OutgoingRequest;
  readonly #owner: ExchangeOwner;
  readonly #resolve: (result: SendResult) => void;
  readonly #startedAt: number;
  readonly #deadline: NodeJS.Timeout;
  #connection: Connection | undefined;
  #isSettled = false;
  #informational = 0;
  /** 0 until the head of the answer is complete. */
  #statusCode = 0;
  #headers = noHeaders;
  #retryAfter: string | undefined;
  #reply: Reply | undefined;

  constructor(request: OutgoingRequest, owner: ExchangeOwner, resolve: (result: SendResult) => void) {
    this.request = request;
    this.#owner = owner;
    this.#resolve = resolve;
    this.#startedAt = performance.now();
    this.#deadline = setTimeout(expire, request.deadlineMs, this);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  get hasHead(): boolean {
    return this.#statusCode !== 0;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  begin(connection: Connection): void {
    this.#connection = connection;
    try {
      connection.send(this);
    } catch (error) {
      // undici reports to the handler; what it throws is a bug, and must not leave the delivery without an outcome.
      this.onResponseError(undefined, error);
    }
  }

  expire(): void {
    this.fail('timeout', `no full answer within ${this.request.deadlineMs} ms`);
  }

  fail(reason: AttemptReason, detail: string): void {
    if (this.#isSettled) return;
    this.#settle({ kind: 'unanswered', reason, detail, durationMs: this.#elapsedMs() }, false);
  }

  /** undici tells handlers of its current interface by this method. Nothing is to be done when the request is sent. */
  onRequestStart(): void {}

  onResponseStart(_controller: unknown, statusCode: number, headers: ResponseHeaders): void {
    if (this.#isSettled) return;
    if (statusCode >= 200) {
      this.#statusCode = statusCode;
      this.#expose(headers);
    } else if (statusCode === 101) {
      this.fail('protocol_upgrade', 'upgrade that was not asked for');
    } else if (++this.#informational > maxInformational) {
      this.fail('bad_response', 'too many informational responses');
    }
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#isSettled) return;
    this.#reply ??= new Reply();
    if (!this.#reply.add(chunk)) this.#answered(false);
  }

  onResponseEnd(): void {
    if (!this.#isSettled) this.#answered(true);
  }

  onResponseError(_controller: unknown, error: unknown): void {
    if (this.#isSettled) return;
    const { reason, detail } = toSendFailure(error, this.hasHead);
    this.fail(reason, detail);
  }

  #answered(isReusable: boolean): void {
    this.#settle(
      {
        kind: 'answered',
        statusCode: this.#statusCode,
        retryAfter: this.#retryAfter,
        headers: this.#headers,
        reply: this.#reply === undefined ? '' : this.#reply.text(),
        durationMs: this.#elapsedMs(),
      },
      isReusable,
    );
  }

  #settle(result: SendResult, isReusable: boolean): void {
    this.#isSettled = true;
    clearTimeout(this.#deadline);
    const connection = this.#connection;
    this.#connection = undefined;
    this.#reply = undefined;
    this.#owner.finished(connection, isReusable);
    this.#resolve(result);
  }

  #expose(headers: ResponseHeaders): void {
    let exposed: Record<string, string | undefined> | undefined;
    for (const name of Object.keys(headers)) {
      if (name !== 'content-type' && name !== 'retry-after' && !name.startsWith('x-ratelimit-')) continue;
      const value = headers[name];
      exposed ??= {};
      exposed[name] = Array.isArray(value) ? value.join(', ') : value;
    }
    if (exposed === undefined) return;
    this.#headers = exposed;
    this.#retryAfter = exposed['retry-after'];
  }

  #elapsedMs(): number {
    return Math.round((performance.now() - this.#startedAt) * 100) / 100;
  }
}

/** One function for all timers: a closure per request would cost more than the timer. */
function expire(exchange: Exchange): void {
  exchange.expire();
}
