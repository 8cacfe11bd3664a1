import type { ReceivedBuiltInEvents } from '@tocsin/shared';
import type { UnparsedWebhookEvent, WebhookEvent } from '../event.ts';
import type {
  CatalogOption,
  KnownTypesOptions,
  SecretFunction,
  TypesOption,
  VerifyOptions,
} from '../options.ts';
import type { WebhookHeaders, WebhookRequest } from '../request.ts';
import type { ParsedEvent } from '../parse-event.ts';
import { verifyAny } from '../verify.ts';
import {
  isWebhookVerificationError,
  type VerificationErrorCode,
  type WebhookVerificationError,
} from '../verification-error.ts';

/** Handles a verified event. If it throws, the sender gets an error response and retries later. */
export type WebhookHandler<TEvent = WebhookEvent> = (event: TEvent) => void | Promise<void>;

/**
 * Options of all adapters. `TArgs` is what a function gets as `secret`: the arguments of the handler that the
 * adapter returns.
 */
export type ReceiverOptions<TArgs extends readonly unknown[] = []> = VerifyOptions<TArgs> & {
  /**
   * Maximum size of a body, in bytes. Larger ones are rejected with 413. The default is five times the size
   * of the largest event that the server accepts.
   * @default 1_048_576
   */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Called once with the error of each rejected request. The sender does not see the error. Log `error.code`
   * here; in development, call `explainFailure(request, options)`.
   */
  readonly onFailure?: ((error: unknown, request: WebhookRequest) => void | Promise<void>) | undefined;
};

/** The options of an adapter, of any catalog. */
export type AnyReceiverOptions<TArgs extends readonly unknown[] = []> = ReceiverOptions<TArgs> &
  KnownTypesOptions;

/** A handler of any catalog's events. */
export type AnyWebhookHandler = WebhookHandler<never>;

/**
 * An adapter: takes the options of `verify` and a handler, and returns what the framework calls. The handler
 * gets the events of `catalog`, or those of the type argument.
 */
export interface ReceiverAdapter<TResult, TArgs extends readonly unknown[] = [], TOptions = unknown> {
  <C>(
    options: ReceiverOptions<TArgs> & TOptions & CatalogOption<C>,
    handler: WebhookHandler<WebhookEvent<C>>,
  ): TResult;
  <C = ReceivedBuiltInEvents>(
    options: ReceiverOptions<TArgs> & TOptions & TypesOption<C>,
    handler: WebhookHandler<UnparsedWebhookEvent<C>>,
  ): TResult;
}

/** The response to the sender. */
export interface ReceiverResponse {
  readonly status: number;
  readonly body: string;
}

export const jsonHeaders = { 'content-type': 'application/json' } as const;

/** Returns the options of one request, whose function of `secret` needs no arguments. */
export function withArguments<TArgs extends readonly unknown[]>(
  options: AnyReceiverOptions<TArgs>,
  args: TArgs,
): AnyReceiverOptions {
  const { secret, secrets } = options;
  if (secrets !== undefined) return { ...options, secret: undefined, secrets };
  const bound: string | SecretFunction<[]> = typeof secret === 'string' ? secret : () => secret(...args);
  return { ...options, secret: bound, secrets: undefined };
}

/** What an adapter received: a request with its body, or why there is none. */
export interface ReceivedRequest {
  readonly request: WebhookRequest;
  readonly error?: WebhookVerificationError | undefined;
}

/** Creates the request of an adapter from the result of reading its body. */
export function toReceived(
  headers: WebhookHeaders,
  body: string | Uint8Array | WebhookVerificationError,
): ReceivedRequest {
  return isWebhookVerificationError(body)
    ? { request: { headers, body: '' }, error: body }
    : { request: { headers, body } };
}

/** Verifies a request and calls the handler. Rejects only with the error of the handler. */
export async function receive(
  { request, error: unread }: ReceivedRequest,
  options: AnyReceiverOptions,
  handler: AnyWebhookHandler,
): Promise<ReceiverResponse> {
  if (unread !== undefined) return reject(unread, request, options);
  let event: ParsedEvent;
  try {
    event = await verifyAny(request, options);
  } catch (error) {
    return reject(error, request, options);
  }
  // The type of the adapter gives the handler the events of these options.
  await handler(event as never);
  return { status: 200, body: '{"received":true}' };
}

/** Calls `onFailure` and returns the response for an error. Errors of `onFailure` are ignored. */
export async function reject(
  error: unknown,
  request: WebhookRequest,
  options: ReceiverOptions,
): Promise<ReceiverResponse> {
  try {
    await options.onFailure?.(error, request);
  } catch {
    // `onFailure` is the only place to report errors to.
  }
  return isWebhookVerificationError(error) ? responses[responseKinds[error.code]] : responses.failed;
}

/*
 * Unverified requests all get the same response, whether the signature, the time or a header is wrong, so
 * that it does not help an attacker to forge a request.
 */
const responses = {
  unverified: { status: 401, body: '{"error":"not_verified"}' },
  tooLarge: { status: 413, body: '{"error":"payload_too_large"}' },
  /** The sender is verified, but the event is invalid. */
  invalid: { status: 400, body: '{"error":"bad_event"}' },
  /** An error of the receiver. The sender retries, so the event arrives after the error is fixed. */
  failed: { status: 500, body: '{"error":"receiver_failed"}' },
} as const satisfies Record<string, ReceiverResponse>;

const responseKinds: Record<VerificationErrorCode, keyof typeof responses> = {
  BODY_NOT_RAW: 'failed',
  BODY_UNREADABLE: 'unverified',
  BODY_TOO_LARGE: 'tooLarge',
  HEADER_MISSING: 'unverified',
  HEADER_INVALID: 'unverified',
  SECRET_INVALID: 'failed',
  SECRET_UNAVAILABLE: 'failed',
  SIGNATURE_MISMATCH: 'unverified',
  TIMESTAMP_TOO_OLD: 'unverified',
  TIMESTAMP_TOO_NEW: 'unverified',
  ENVELOPE_INVALID: 'invalid',
  PAYLOAD_INVALID: 'invalid',
  UNSUPPORTED: 'failed',
  UNEXPECTED: 'failed',
};
