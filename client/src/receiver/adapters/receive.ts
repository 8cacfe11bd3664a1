import type { WebhookEvent } from '../event.ts';
import type { VerifyOptions } from '../options.ts';
import type { WebhookRequest } from '../request.ts';
import { verify } from '../verify.ts';
import { isWebhookVerificationError, type VerificationErrorCode } from '../verification-error.ts';

/** Called with each proven event. When it throws, the sender is answered with an error and tries again later. */
export type WebhookHandler = (event: WebhookEvent) => void | Promise<void>;

/** What all adapters take: how to verify, and who hears of failures. */
export type ReceiverOptions = VerifyOptions & {
  /**
   * Larger bodies are refused with 413 before they are read in full.
   * @default 1_048_576, five times the largest event that the platform accepts
   */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Hears why a request was refused. The caller learns nothing of it. In development, this is the place for
   * `explainFailure(request, options)`; in production, for a log line with `error.code`.
   */
  readonly onFailure?: ((error: unknown, request: WebhookRequest) => void | Promise<void>) | undefined;
};

/** The answer to the sender. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

export const answerType = { 'content-type': 'application/json' } as const;

const defaultMaxBodyBytes = 1_048_576;

export function maxBodyBytesOf(options: ReceiverOptions): number {
  return options.maxBodyBytes ?? defaultMaxBodyBytes;
}

/** One request through verification and the handler. Rejects only with what the handler threw. */
export async function receive(
  request: WebhookRequest,
  options: ReceiverOptions,
  handler: WebhookHandler,
): Promise<Answer> {
  let event: WebhookEvent;
  try {
    event = await verify(request, options);
  } catch (error) {
    return refuse(error, request, options);
  }
  await handler(event);
  return { status: 200, body: '{"received":true}' };
}

/** Tells `onFailure` and makes the answer. A listener that fails cannot change the answer. */
export async function refuse(
  error: unknown,
  request: WebhookRequest,
  options: ReceiverOptions,
): Promise<Answer> {
  try {
    await options.onFailure?.(error, request);
  } catch {
    // Nobody is left to tell: the listener is where failures are told.
  }
  return isWebhookVerificationError(error) ? answers[kindOf[error.code]] : answers.broken;
}

/*
 * Four answers only. All that a stranger can provoke is `refused`, the same bytes for a wrong signature, an old time
 * and a missing header, so that the answer helps nobody to forge a request.
 */
const answers = {
  refused: { status: 401, body: '{"error":"not_verified"}' },
  tooLarge: { status: 413, body: '{"error":"payload_too_large"}' },
  /** The sender is proven; what it sent is not what was agreed. */
  unusable: { status: 400, body: '{"error":"bad_event"}' },
  /** Our own mistake: an answer that makes the sender try again once it is mended. */
  broken: { status: 500, body: '{"error":"receiver_failed"}' },
} as const satisfies Record<string, Answer>;

const kindOf: Record<VerificationErrorCode, keyof typeof answers> = {
  BODY_NOT_RAW: 'broken',
  BODY_UNREADABLE: 'refused',
  BODY_TOO_LARGE: 'tooLarge',
  HEADER_MISSING: 'refused',
  HEADER_INVALID: 'refused',
  SECRET_INVALID: 'broken',
  SIGNATURE_MISMATCH: 'refused',
  TIMESTAMP_TOO_OLD: 'refused',
  TIMESTAMP_TOO_NEW: 'refused',
  ENVELOPE_INVALID: 'unusable',
  PAYLOAD_INVALID: 'unusable',
  UNSUPPORTED: 'broken',
  UNEXPECTED: 'broken',
};
