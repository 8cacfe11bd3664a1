import type { VerifyOptions } from '@tocsin/client/receiver';
import type { Duration } from '../time/duration.ts';
import type { TestAnswer, TestHandler } from './test-answer.ts';

/** The event of a request, with `data` as it is on the wire. `E` is the map of events. */
export type DeliveredEvent<E> = {
  [K in Extract<keyof E, string>]: {
    readonly type: K;
    /** The same on every attempt. */
    readonly id: string;
    /** When the event happened, ISO 8601. */
    readonly timestamp: string;
    readonly data: E[K] extends { readonly input: infer I } ? I : never;
  };
}[Extract<keyof E, string>];

/** How the receiver answered: a status, or what happened instead. `pending` until virtual time reaches it. */
export type SeenAnswer = number | 'timeout' | 'reset' | 'pending';

/** A request as a fake receiver got it. `E` is the map of events. */
export interface ReceivedRequest<E> {
  /** The URL of the webhook. */
  readonly url: string;
  readonly method: 'POST';
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The exact text that was signed. */
  readonly body: string;
  /** The virtual time at which it arrived. */
  readonly at: Date;
  /** Whether `duplicate()` sent it a second time. */
  readonly isDuplicate: boolean;
  readonly answer: SeenAnswer;
  /** The event, without verification. */
  readonly event: DeliveredEvent<E>;
  /**
   * Verifies the request with `verify` of `@tocsin/client/receiver` and returns its event, validated by the catalog.
   * Uses the secrets of its webhook at the time of the request, unless the options name others.
   *
   * @throws WebhookVerificationError
   */
  verify(options?: Partial<VerifyOptions>): Promise<DeliveredEvent<E>>;
  /** Returns the request for a handler of the service under test. */
  toRequest(): Request;
}

/**
 * A fake receiver with a script. Each call of a script method adds an answer for one request; without a script, it
 * answers 200. `E` is the map of events.
 *
 * @example
 * const receiver = tocsin.receiver();
 * receiver.respond(503, 503).hang().otherwise(410);
 */
export interface TestReceiver<E> {
  /** For failure messages. */
  readonly name: string;
  /** The URL for a webhook. */
  readonly url: string;
  /** In the order in which they arrived. */
  readonly requests: readonly ReceivedRequest<E>[];
  /** Answers the next requests, one answer each. */
  respond(...answers: readonly TestAnswer[]): this;
  /** Never answers the next request. The attempt ends at the delivery timeout, in virtual time. */
  hang(): this;
  /** Resets the connection of the next request. */
  reset(): this;
  /**
   * Answers the next request after some virtual time. If that is not before the delivery timeout, the attempt fails.
   *
   * @param answer by default 200
   */
  slow(after: Duration, answer?: TestAnswer): this;
  /** Delivers the next request twice, as at-least-once delivery may: same id, same body, same signature. */
  duplicate(): this;
  /** Answers all requests after the script. Without it, 200, or the handler of the receiver. */
  otherwise(answer: TestAnswer | TestHandler): this;
  /** Forgets the requests and the script. */
  clear(): this;
  /** Returns the requests of one event type. */
  requestsOf<K extends Extract<keyof E, string>>(type: K): readonly ReceivedRequest<Pick<E, K>>[];
  /** What the receiver saw, one line for each request. */
  log(): string;
  /** Why events did not arrive, one line each. Matchers show it. */
  explainMissing(type?: string): readonly string[];
}
