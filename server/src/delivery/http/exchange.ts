import type { AttemptReason } from '@tocsin/shared';
import type { Dispatcher } from 'undici';
import type { SendResult } from '../../domain/send-result.ts';
import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { RequestHandler, Connection } from './connection.ts';
import { toSendFailure } from './failure.ts';
import { Reply } from './reply.ts';

/** Enough for every legitimate 100, 102 and 103. A flood of them would keep a connection busy. */
const maxInformational = 8;

type ResponseHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];
type KeptHeaders = Readonly<Record<string, string | undefined>>;

const noHeaders: KeptHeaders = Object.freeze({});

/** Takes the connection back, once, when an exchange has finished. */
export interface ExchangeOwner {
  /** `connection` is undefined if the exchange finished while it waited for one. */
  onExchangeFinished(exchange: Exchange, connection: Connection | undefined, isReusable: boolean): void;
}

/**
 * One request and its response.
 *
 *   waiting    in the queue of its origin, for a connection
 *     | begin: gets a connection, which may not be open yet
 *     v
 *   begun      connecting, sending, or reading the response
 *     | the whole response was read          -> finished, the connection is reusable
 *     | enough of the body was read          -> finished, the connection is destroyed
 *     | an error or an invalid response      -> finished, the connection is destroyed
 *     v
 *   finished   the promise is resolved; later events of undici are ignored
 *
 *   waiting, begun --deadline--> finished, the connection is destroyed
 *
 * The deadline is our own timer and depends on no event of the socket, so every exchange finishes.
 */
export class Exchange implements RequestHandler {
  readonly request: OutgoingRequest;
  readonly #owner: ExchangeOwner;
  readonly #resolve: (result: SendResult) => void;
  readonly #startedAt: number;
  readonly #deadline: NodeJS.Timeout;
  #connection: Connection | undefined;
  #isFinished = false;
  #informational = 0;
  /** 0 until the head of the response is complete. */
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

  get isFinished(): boolean {
    return this.#isFinished;
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
      // undici reports errors to the handler and should never throw. If it does, finish the exchange.
      this.onResponseError(undefined, error);
    }
  }

  expire(): void {
    this.fail('timeout', `no complete response within ${this.request.deadlineMs} ms`);
  }

  fail(reason: AttemptReason, detail: string): void {
    if (this.#isFinished) return;
    this.#finish({ kind: 'unanswered', reason, detail, durationMs: this.#elapsedMs() }, false);
  }

  /** Empty, but undici detects its current handler interface by this method. */
  onRequestStart(): void {}

  onResponseStart(_controller: unknown, statusCode: number, headers: ResponseHeaders): void {
    if (this.#isFinished) return;
    if (statusCode >= 200) {
      this.#statusCode = statusCode;
      this.#keepHeaders(headers);
    } else if (statusCode === 101) {
      this.fail('protocol_upgrade', 'unexpected upgrade');
    } else if (++this.#informational > maxInformational) {
      this.fail('bad_response', 'too many informational responses');
    }
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#isFinished) return;
    this.#reply ??= new Reply();
    if (!this.#reply.add(chunk)) this.#finishWithResponse(false);
  }

  onResponseEnd(): void {
    if (!this.#isFinished) this.#finishWithResponse(true);
  }

  onResponseError(_controller: unknown, error: unknown): void {
    if (this.#isFinished) return;
    const { reason, detail } = toSendFailure(error, this.hasHead);
    this.fail(reason, detail);
  }

  #finishWithResponse(isReusable: boolean): void {
    this.#finish(
      {
        kind: 'answered',
        statusCode: this.#statusCode,
        retryAfter: this.#retryAfter,
        headers: this.#headers,
        reply: this.#reply === undefined ? '' : this.#reply.toText(),
        durationMs: this.#elapsedMs(),
      },
      isReusable,
    );
  }

  #finish(result: SendResult, isReusable: boolean): void {
    this.#isFinished = true;
    clearTimeout(this.#deadline);
    const connection = this.#connection;
    this.#connection = undefined;
    this.#reply = undefined;
    this.#owner.onExchangeFinished(this, connection, isReusable);
    this.#resolve(result);
  }

  /** Keeps the few headers that are needed: the content type and those about rate limits. */
  #keepHeaders(headers: ResponseHeaders): void {
    let kept: Record<string, string | undefined> | undefined;
    for (const name of Object.keys(headers)) {
      if (name !== 'content-type' && name !== 'retry-after' && !name.startsWith('x-ratelimit-')) continue;
      const value = headers[name];
      kept ??= {};
      kept[name] = Array.isArray(value) ? value.join(', ') : value;
    }
    if (kept === undefined) return;
    this.#headers = kept;
    this.#retryAfter = kept['retry-after'];
  }

  #elapsedMs(): number {
    return Math.round((performance.now() - this.#startedAt) * 100) / 100;
  }
}

/** Shared by all timers, because a closure per request would cost more than the timer. */
function expire(exchange: Exchange): void {
  exchange.expire();
}
