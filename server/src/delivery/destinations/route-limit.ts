import { maxRetryAfterMs } from '../../domain/retry-policy.ts';
import type { ExceededLimit } from './destination.ts';
import { secondsToMs, type HttpResponse } from './read-response.ts';

/**
 * The limits of a service that responds 429 with `Retry-After` in seconds, and documents no limit of a sender's
 * address.
 */
export function findRouteLimits(
  { statusCode, retryAfter }: HttpResponse,
  now: number,
): readonly ExceededLimit[] {
  const waitMs = statusCode === 429 ? secondsToMs(retryAfter) : undefined;
  return waitMs === undefined ? [] : [{ scope: 'route', until: now + Math.min(waitMs, maxRetryAfterMs) }];
}
