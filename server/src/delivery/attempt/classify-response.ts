import type { ResolvedFormat } from '../destinations/destination.ts';
import { findDestination } from '../destinations/registry.ts';
import type { SendResult } from '../../domain/send-result.ts';
import { maxRetryAfterMs, type AttemptOutcome } from '../../domain/retry-policy.ts';

/**
 * What a receiver's answer means. 2xx is delivered; everything else is a failure and is tried again, 4xx too (a receiver
 * may answer 401 or 404 for an hour because of a bad deploy) and 3xx too (never followed: the target was vetted, where
 * it points was not). Only 410 is final: the receiver asks to be left alone (Standard Webhooks 1.0).
 */
export function classifyResponse(format: ResolvedFormat, result: SendResult, now: number): AttemptOutcome {
  // Chat services signal some failures in the body rather than the status.
  const outcome = result.kind === 'answered' ? findDestination(format)?.classify(result) : undefined;
  return outcome ?? classifyHttpResponse(result, now);
}

function classifyHttpResponse(result: SendResult, now: number): AttemptOutcome {
  if (result.kind === 'unanswered') {
    return { kind: 'failure', reason: result.reason, retryAfterMs: undefined, slowsEndpoint: false };
  }
  const { statusCode } = result;
  if (statusCode >= 200 && statusCode < 300) return { kind: 'success' };
  if (statusCode === 410) return { kind: 'final', reason: 'gone', disable: 'gone' };
  return {
    kind: 'failure',
    reason: statusCode >= 300 && statusCode < 400 ? 'redirect' : 'http_status',
    retryAfterMs: retryAfterMs(result.retryAfter, now),
    slowsEndpoint: statusCode === 429 || statusCode === 502 || statusCode === 503 || statusCode === 504,
  };
}

/** `Retry-After` as seconds (RFC 9110 10.2.3) or as an HTTP date, in ms from now, cut to 24 h. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : httpDateMs(text, now);
  if (ms === undefined || !Number.isFinite(ms)) return ms === undefined ? undefined : maxRetryAfterMs;
  return Math.min(Math.max(0, ms), maxRetryAfterMs);
}

/** IMF-fixdate and its two obsolete forms all begin with a day's name; a bare year or "-1" is not a date to wait for. */
function httpDateMs(text: string, now: number): number | undefined {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  // asctime carries no zone and means GMT; Date.parse would read it as local time.
  const time = Date.parse(/GMT$|UTC$|[+-]\d{4}$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : time - now;
}
