import { describe, expect, test } from 'vitest';
import type {
  DestinationName,
  ExceededLimit,
} from '../../../../server/src/delivery/destinations/destination.ts';
import type { HttpResponse } from '../../../../server/src/delivery/destinations/read-response.ts';
import { destinations } from '../../../../server/src/delivery/destinations/registry.ts';

const now = 1_000_000;

interface Sent {
  readonly reply?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly retryAfter?: string | undefined;
}

function toResponse(statusCode: number, { reply = '', headers = {}, retryAfter }: Sent = {}): HttpResponse {
  return { kind: 'answered', statusCode, reply, headers, retryAfter, durationMs: 5 };
}

/** What a response pauses, and for how long, ms. */
function findLimits(name: DestinationName, statusCode: number, sent?: Sent): string {
  const toText = ({ scope, until }: ExceededLimit) => `${scope} ${until - now}`;
  return destinations[name].limits(toResponse(statusCode, sent), now).map(toText).join();
}

const rateLimit = { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '0' };
const cloudflarePage =
  '<!DOCTYPE html><title>Access denied | discord.com used Cloudflare</title><span class="cf-error-code">1015</span>';
const blockedMessage =
  'You are being blocked from accessing our API temporarily due to exceeding global rate limits.';

describe('a response of Discord limits our address', () => {
  test.for<[string, number, Sent, number]>([
    [
      'the header X-RateLimit-Global',
      429,
      { headers: { 'x-ratelimit-global': 'true' }, retryAfter: '65' },
      65_000,
    ],
    ['that header in capitals', 429, { headers: { 'x-ratelimit-global': ' True ' }, retryAfter: '1' }, 1_000],
    ['the scope global', 429, { headers: { 'x-ratelimit-scope': 'Global ' }, retryAfter: '2' }, 2_000],
    [
      'global in the body',
      429,
      { reply: '{"retry_after": 64.57, "global": true}', retryAfter: '65' },
      65_000,
    ],
    ['a fraction in the body alone', 429, { reply: '{"retry_after": 0.33, "global": true}' }, 330],
    ['no time', 429, { reply: '{"global": true}' }, 60_000],
    ['a very long time', 429, { reply: '{"retry_after": 3601, "global": true}' }, 3_600_000],
    ['the page of Cloudflare', 429, { reply: cloudflarePage, retryAfter: '900' }, 900_000],
    ['that page without a time', 429, { reply: cloudflarePage }, 60_000],
    ['the text of Cloudflare', 429, { reply: 'error code: 1015' }, 60_000],
    ['that text without a space', 429, { reply: 'error code:1015' }, 60_000],
    ['a ban of our address', 403, { reply: 'error code: 1006' }, 60_000],
    ['a second kind of ban', 403, { reply: 'Error code 1007' }, 60_000],
    ['a third kind of ban', 403, { reply: '<span class="cf-error-code">1008</span>' }, 60_000],
    [
      'a page with its error on a line of its own',
      403,
      { reply: '<b class="cf-error-code">\n1008</b>' },
      60_000,
    ],
    ['a ban of our address as 503', 503, { reply: 'error code: 1015' }, 60_000],
    ['the block of Discord itself', 429, { reply: `{"message": "${blockedMessage}", "code": 0}` }, 60_000],
    ['an unknown page', 429, { reply: '<html>', retryAfter: '30' }, 30_000],
    ['nothing', 429, {}, 60_000],
  ])('with %s', ([, status, sent, ms]) => {
    expect(findLimits('discord', status, sent)).toBe(`address ${ms}`);
  });
});

describe('a response of Discord limits its webhook alone', () => {
  test.for<[string, Sent, number]>([
    ['its own limit', { reply: '{"retry_after": 1.5, "global": false}', headers: rateLimit }, 1_500],
    ['the body alone', { reply: '{"retry_after": 1.5}' }, 1_500],
    ['the headers alone', { headers: rateLimit, retryAfter: '3' }, 3_000],
    ['the limit of its channel', { headers: { 'x-ratelimit-scope': 'shared' }, retryAfter: '4' }, 4_000],
    ['global as a text', { reply: '{"retry_after": 1, "global": "true"}' }, 1_000],
    ['no global limit', { headers: { 'x-ratelimit-global': 'false' }, retryAfter: '1' }, 1_000],
    ['no time', { headers: rateLimit }, 0],
    ['a time of days', { headers: rateLimit, retryAfter: '86401' }, 86_400_000],
  ])('with 429 and %s', ([, sent, ms]) => {
    expect(findLimits('discord', 429, sent)).toBe(`route ${ms}`);
  });
});

test.for<[number, Sent]>([
  [200, { headers: rateLimit }],
  [200, { reply: 'error code: 1015' }],
  [400, { reply: '{"content": "error code: 1015"}' }],
  [403, { reply: 'error code: 1010' }],
  [403, { reply: 'error code: 10150' }],
  [401, { reply: '{"code": 50027}' }],
  [503, { retryAfter: '30' }],
  [428, { reply: '{"global": true}', retryAfter: '30' }],
])('a response of Discord with %i and %j limits nothing', ([status, sent]) => {
  expect(findLimits('discord', status, sent)).toBe('');
});

describe('a response to a Slack message', () => {
  test('limits its webhook with 429 and Retry-After', () => {
    expect(findLimits('slack', 429, { reply: 'rate_limited', retryAfter: '30' })).toBe('route 30000');
    expect(findLimits('slack', 429, { reply: '<html>', retryAfter: '86401' })).toBe('route 86400000');
  });

  test.for<[string, Sent, string]>([
    ['a global limit', { reply: '{"global": true}', retryAfter: '5' }, 'address 5000'],
    ['a block', { reply: cloudflarePage, retryAfter: '5' }, 'address 5000'],
    ['the block of Discord itself', { reply: '{"code": 0}' }, 'address 60000'],
    ['a limit of the webhook', { headers: rateLimit, retryAfter: '5' }, 'route 5000'],
  ])('that comes from Discord limits what %s of Discord does', ([, sent, limits]) => {
    expect(findLimits('slack', 429, sent)).toBe(limits);
  });

  test.for([200, 403, 503])('limits nothing with %i', (status) => {
    expect(findLimits('slack', status, { retryAfter: '30' })).toBe('');
  });

  test('limits nothing without a time', () => {
    expect(findLimits('slack', 429, { reply: 'rate_limited' })).toBe('');
  });
});

test.for(['slack-workflow', 'teams'] as const)('a response of %s limits its webhook alone', (name) => {
  expect(findLimits(name, 429, { reply: cloudflarePage, retryAfter: '30' })).toBe('route 30000');
  expect(findLimits(name, 429, { reply: '{"global": true}' })).toBe('');
  expect(findLimits(name, 503, { retryAfter: '30' })).toBe('');
});

describe('an invalid request', () => {
  const isInvalid = (name: DestinationName, statusCode: number, sent?: Sent) =>
    destinations[name].isInvalidRequest(toResponse(statusCode, sent));

  test.for([401, 403, 404, 429])('of Discord has the status %i', (status) => {
    expect(isInvalid('discord', status)).toBe(true);
  });

  test.for([200, 204, 400, 402, 405, 410, 428, 500, 503])('of Discord has not the status %i', (status) => {
    expect(isInvalid('discord', status)).toBe(false);
  });

  test('of Discord is not the limit of a channel', () => {
    expect(isInvalid('discord', 429, { headers: { 'x-ratelimit-scope': 'shared' } })).toBe(false);
    expect(isInvalid('discord', 429, { headers: { 'x-ratelimit-scope': 'user' } })).toBe(true);
    expect(isInvalid('discord', 404, { headers: { 'x-ratelimit-scope': 'shared' } })).toBe(true);
  });

  test('of a Slack message is one only at Discord', () => {
    expect(isInvalid('slack', 404, { reply: 'no_service' })).toBe(false);
    expect(isInvalid('slack', 429, { reply: 'rate_limited' })).toBe(false);
    expect(isInvalid('slack', 404, { reply: '{"code": 10015}' })).toBe(true);
    expect(isInvalid('slack', 400, { reply: '{"code": 50006}' })).toBe(false);
  });

  test.for(['slack-workflow', 'teams'] as const)('is unknown to %s', (name) => {
    expect(isInvalid(name, 401, { reply: '{"code": 0}' })).toBe(false);
  });
});
