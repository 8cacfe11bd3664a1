import { maxRetryAfterMs } from '../../domain/retry-policy.ts';
import type { ExceededLimit } from './destination.ts';
import { secondsToMs, toJsonFields, type HttpResponse } from './read-response.ts';

/** The pause of an address when a response names none. The next requests show whether it is over. */
const defaultAddressPauseMs = 60_000;

/** Longest pause of an address. A longer one is most likely a mistake, and it would stop all webhooks. */
const maxAddressPauseMs = 60 * 60 * 1000;

/**
 * Cloudflare, which Discord is behind, blocks an address with a page or a text of its own: error 1015 for too many
 * requests, 1006 to 1008 for a ban
 * (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/).
 */
const cloudflareBlockStatuses: readonly number[] = [403, 429, 503];
const cloudflareBlock = /(?:error code:?\s*|cf-error-code">\s*)(?:1006|1007|1008|1015)\b/i;

/**
 * The limits of Discord (https://discord.com/developers/docs/topics/rate-limits). Requests without a login, such as
 * those to webhooks, count for the address of the sender:
 *
 * - A 429 with `X-RateLimit-Global: true`, `X-RateLimit-Scope: global` or `"global": true` covers the address.
 * - A 429 without any sign of Discord's API comes from Cloudflare, or from Discord's own block of an address that
 *   exceeded its limits often, and covers the address.
 * - Any other 429 covers the webhook. Its scope is `user`, or `shared` for a limit of the channel.
 */
export function findDiscordLimits(response: HttpResponse, now: number): readonly ExceededLimit[] {
  const isLimited = response.statusCode === 429;
  if (isCloudflareBlock(response) || (isLimited && (isGlobal(response) || !isFromApi(response)))) {
    const waits = readDiscordWaitsMs(response);
    const waitMs = waits.length === 0 ? defaultAddressPauseMs : Math.max(...waits);
    return [{ scope: 'address', until: now + Math.min(waitMs, maxAddressPauseMs) }];
  }
  if (!isLimited) return [];
  const waitMs = Math.max(0, ...readDiscordWaitsMs(response));
  return [{ scope: 'route', until: now + Math.min(waitMs, maxRetryAfterMs) }];
}

/**
 * Discord blocks an address after 10,000 responses with 401, 403 or 429 in ten minutes, except for 429 with the scope
 * `shared`. It also restricts senders that keep calling webhooks after 404.
 */
export function isInvalidDiscordRequest(response: HttpResponse): boolean {
  const { statusCode } = response;
  if (statusCode === 429) return readScope(response) !== 'shared';
  return statusCode === 401 || statusCode === 403 || statusCode === 404;
}

/** The waits that a response asks for, in ms: `retry_after` of the body and the header Retry-After. */
export function readDiscordWaitsMs(response: HttpResponse): number[] {
  return [secondsToMs(toJsonFields(response)['retry_after']), secondsToMs(response.retryAfter)].filter(
    (wait) => wait !== undefined,
  );
}

function isCloudflareBlock({ statusCode, reply }: HttpResponse): boolean {
  return cloudflareBlockStatuses.includes(statusCode) && cloudflareBlock.test(reply);
}

function isGlobal(response: HttpResponse): boolean {
  return (
    response.headers['x-ratelimit-global']?.trim().toLowerCase() === 'true' ||
    readScope(response) === 'global' ||
    toJsonFields(response)['global'] === true
  );
}

function readScope({ headers }: HttpResponse): string | undefined {
  return headers['x-ratelimit-scope']?.trim().toLowerCase();
}

/** Discord's API puts `retry_after` into the body of a 429, and its rate limit into the headers. */
function isFromApi(response: HttpResponse): boolean {
  return secondsToMs(toJsonFields(response)['retry_after']) !== undefined || hasRateLimitHeaders(response);
}

function hasRateLimitHeaders({ headers }: HttpResponse): boolean {
  return Object.keys(headers).some((name) => name.startsWith('x-ratelimit-'));
}

/** Whether a response to a Slack message comes from Discord, which accepts them at URLs that end in `/slack`. */
export function isFromDiscord(response: HttpResponse): boolean {
  const fields = toJsonFields(response);
  return (
    'code' in fields || 'global' in fields || hasRateLimitHeaders(response) || isCloudflareBlock(response)
  );
}
