import { fromBase64 } from '@tocsin/shared';
import type { WebhookHeaders } from '../request.ts';
import { WebhookVerificationError } from '../verification-error.ts';
import { getMaxBodyBytes, limitBody, tooLarge } from './body-limit.ts';
import { requireValidOptions } from './check-options.ts';
import {
  jsonHeaders,
  receive,
  toReceived,
  withArguments,
  type AnyReceiverOptions,
  type AnyWebhookHandler,
  type ReceiverAdapter,
  type ReceiverResponse,
} from './receive.ts';

/**
 * The parts of an HTTP event of AWS Lambda that the adapter uses: of an API Gateway (payload format 1.0 or 2.0), a
 * function URL, or a load balancer.
 */
export interface LambdaEvent {
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  /** All values of each header. A load balancer sends either these or `headers`. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | undefined;
}

/** The response of a function of AWS Lambda. */
export interface LambdaResult {
  statusCode: number;
  headers: Record<string, string>;
  /** Only in response to `multiValueHeaders`. */
  multiValueHeaders?: Record<string, string[]>;
  body: string;
  isBase64Encoded: boolean;
}

/** What Lambda calls a function with: the event and the context. */
export type LambdaArguments = [event: LambdaEvent, ...rest: unknown[]];

/**
 * Creates a handler for AWS Lambda behind an API Gateway, a function URL or a load balancer. Also fits platforms
 * with events of the same form. Rejects with the error of `handler`; Lambda then responds with 502, and the
 * sender retries.
 *
 * @param options the secret and the profile
 * @param handler called with each verified event
 * @throws TypeError if an option is invalid; the message names it
 * @example
 * export const handler = lambdaReceiver({ secret }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * });
 */
export const lambdaReceiver: ReceiverAdapter<
  (...args: LambdaArguments) => Promise<LambdaResult>,
  LambdaArguments
> = (options: AnyReceiverOptions<LambdaArguments>, handler: AnyWebhookHandler) => {
  requireValidOptions(options, handler);
  return async (...args: LambdaArguments) => {
    const [event] = args;
    const bound = withArguments(options, args);
    const received = toReceived(toHeaders(event), decodeBody(event, getMaxBodyBytes(bound)));
    return toResult(await receive(received, bound, handler), event);
  };
};

/** `headers` has one value of each header, so a repeated header shows only in `multiValueHeaders`. */
function toHeaders({ headers, multiValueHeaders }: LambdaEvent): WebhookHeaders {
  return { ...headers, ...multiValueHeaders };
}

function decodeBody(
  { body, isBase64Encoded }: LambdaEvent,
  limit: number,
): string | Uint8Array | WebhookVerificationError {
  if (typeof body !== 'string') return '';
  if (isBase64Encoded !== true || body === '') return limitBody(body, limit);
  // Four characters of base64 are three bytes. A body far above the limit is not decoded.
  if (body.length > (limit + 3) * 2) return tooLarge(limit);
  const bytes = fromBase64(body);
  return bytes === undefined
    ? new WebhookVerificationError(
        'BODY_UNREADABLE',
        'the body is not base64 although isBase64Encoded is set',
      )
    : limitBody(bytes, limit);
}

function toResult({ status, body }: ReceiverResponse, event: LambdaEvent): LambdaResult {
  const result = { statusCode: status, headers: { ...jsonHeaders }, body, isBase64Encoded: false };
  // A load balancer that sends lists of values ignores `headers` of the response.
  if (event.headers || !event.multiValueHeaders) return result;
  return { ...result, multiValueHeaders: { 'content-type': [jsonHeaders['content-type']] } };
}
