import type { ResolvedFormat } from '../destinations/destination.ts';
import type { HttpResponse } from '../destinations/read-response.ts';
import { findDestination } from '../destinations/registry.ts';
import type { SendResult } from '../../domain/send-result.ts';
import { maxRetryAfterMs, type AttemptOutcome } from '../../domain/retry-policy.ts';

/**
 * Classifies a response. 2xx is a success, even if its body broke off; everything else is a failure and is
 * retried:
 *
 * - 4xx too, because a receiver may return 401 or 404 for a while after a bad deploy.
 * - 3xx too. Redirects are never followed, because the SSRF guard checked the URL and not the redirect's
 *   target.
 * - 410 is final: the receiver unsubscribes (Standard Webhooks 1.0).
 */
export function classifyResponse(format: ResolvedFormat, result: SendResult, now: number): AttemptOutcome {
  // Chat services signal some failures in the body rather than the status.
  const outcome = hasBody(result) ? findDestination(format)?.classify(result) : undefined;
  return outcome ?? classifyHttpResponse(result, now);
}

/** Half a body says nothing against a 2xx: the message was posted, and another one would be a duplicate. */
function hasBody(result: SendResult): result is HttpResponse {
  return result.kind === 'answered' && (result.incomplete === undefined || !isSuccess(result.statusCode));
}

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function classifyHttpResponse(result: SendResult, now: number): AttemptOutcome {
  if (result.kind === 'unanswered') {
    return { kind: 'failure', reason: result.reason, retryAfterMs: undefined, slowsEndpoint: false };
  }
  const { statusCode } = result;
  if (isSuccess(statusCode)) return { kind: 'success' };
  if (statusCode === 410) return { kind: 'final', reason: 'gone', disable: 'gone' };
  return {
    kind: 'failure',
    reason: statusCode >= 300 && statusCode < 400 ? 'redirect' : 'http_status',
    retryAfterMs: parseRetryAfterMs(result.retryAfter, now),
    slowsEndpoint: statusCode === 429 || statusCode === 502 || statusCode === 503 || statusCode === 504,
  };
}

/**
 * Parses `Retry-After`, seconds or an HTTP date (RFC 9110, 10.2.3), into ms from now. At most
 * `maxRetryAfterMs`.
 */
export function parseRetryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : httpDateMs(text, now);
  if (ms === undefined || !Number.isFinite(ms)) return ms === undefined ? undefined : maxRetryAfterMs;
  return Math.min(Math.max(0, ms), maxRetryAfterMs);
}

/**
 * All three HTTP date formats begin with the name of a day. `Date.parse` alone would accept a bare year or
 * "-1".
 */
function httpDateMs(text: string, now: number): number | undefined {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  // asctime has no zone and means GMT; Date.parse would read it as local time.
  const time = Date.parse(/GMT$|UTC$|[+-]\d{4}$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : time - now;
}
