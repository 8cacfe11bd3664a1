import type { AttemptReason } from '@tocsin/shared';
import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { SendResult } from '../../domain/send-result.ts';
import type { Connection, ConnectionUser } from './connection.ts';
import { toSendFailure } from './failure.ts';
import { ResponseReader } from './response-reader.ts';

/**
 * How long to wait for the body once the status is known, ms. A handler may go on working with its response
 * open, and the body decides nothing.
 */
const maxBodyWaitMs = 1_000;

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
 *   begun      connecting, sending, or reading the response up to the end of its head
 *     | lost, not HTTP, over a limit, or an upgrade      -> finished: unanswered
 *     | the head of a final response is complete
 *     v
 *   answered   reading the body, which changes nothing in the outcome
 *     | the whole response was read                      -> finished: answered, the connection is reusable
 *     | enough was read                                  -> finished: answered
 *     | lost, malformed, or a second is over             -> finished: answered, incomplete
 *     v
 *   finished   the promise is resolved; the connection is destroyed unless it is reusable
 *
 *   waiting, begun --deadline--> finished: unanswered
 *   answered       --deadline--> finished: answered, incomplete
 *
 * The deadline is our own timer and depends on no event of the socket, so every exchange finishes.
 */
export class Exchange implements ConnectionUser {
  readonly request: OutgoingRequest;
  readonly #owner: ExchangeOwner;
  readonly #resolve: (result: SendResult) => void;
  readonly #startedAt: number;
  readonly #deadline: NodeJS.Timeout;
  readonly #reader = new ResponseReader();
  #bodyDeadline: NodeJS.Timeout | undefined;
  #connection: Connection | undefined;
  #isFinished = false;

  constructor(request: OutgoingRequest, owner: ExchangeOwner, resolve: (result: SendResult) => void) {
    this.request = request;
    this.#owner = owner;
    this.#resolve = resolve;
    this.#startedAt = performance.now();
    this.#deadline = setTimeout(expire, request.deadlineMs, this, request.deadlineMs);
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  begin(connection: Connection): void {
    this.#connection = connection;
    try {
      connection.send(this);
    } catch (error) {
      this.#fail(toSendFailure(error));
    }
  }

  /** The deadline, or the wait for the body, is over. */
  expire(afterMs: number): void {
    if (this.#isFinished) return;
    this.#reader.endOfStream(`no complete response within ${afterMs} ms`);
    this.#settle('timeout');
  }

  onBytes(bytes: Buffer): void {
    if (this.#isFinished) return;
    this.#reader.read(bytes);
    if (this.#reader.isFinished) this.#settle('bad_response');
    else if (this.#reader.hasHead) {
      this.#bodyDeadline ??= setTimeout(expire, maxBodyWaitMs, this, maxBodyWaitMs);
    }
  }

  onLost(error: Error | undefined): void {
    if (this.#isFinished) return;
    const failure = error === undefined ? undefined : toSendFailure(error);
    this.#reader.endOfStream(failure?.detail);
    this.#settle(failure?.reason ?? 'connection_reset');
  }

  /** Finishes with the response if its head is complete. `reason` is why it is not. */
  #settle(reason: AttemptReason): void {
    const reader = this.#reader;
    if (!reader.isAnswered) {
      const detail = reader.problem ?? '';
      this.#fail({ reason: reader.isUpgraded ? 'protocol_upgrade' : reason, detail });
      return;
    }
    const { statusCode, headers, allHeaders, reply, problem, isReusable } = reader;
    const result: SendResult = {
      kind: 'answered',
      statusCode,
      retryAfter: headers['retry-after'],
      headers,
      ...(allHeaders !== undefined && { allHeaders }),
      reply,
      ...(problem !== undefined && { incomplete: problem }),
      durationMs: this.#elapsedMs(),
    };
    this.#connection?.setKeepAlive(reader.keepAliveSeconds);
    this.#finish(result, isReusable && this.#connection?.hasSentAll === true);
  }

  #fail({ reason, detail }: { readonly reason: AttemptReason; readonly detail: string }): void {
    const { statusCode } = this.#reader;
    const status = statusCode === 0 ? {} : { statusCode };
    this.#finish({ kind: 'unanswered', reason, detail, ...status, durationMs: this.#elapsedMs() }, false);
  }

  #finish(result: SendResult, isReusable: boolean): void {
    this.#isFinished = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#bodyDeadline);
    const connection = this.#connection;
    this.#connection = undefined;
    this.#owner.onExchangeFinished(this, connection, isReusable);
    this.#resolve(result);
  }

  #elapsedMs(): number {
    return Math.round((performance.now() - this.#startedAt) * 100) / 100;
  }
}

/** Shared by all timers, because a closure per request would cost more than the timer. */
function expire(exchange: Exchange, afterMs: number): void {
  exchange.expire(afterMs);
}
