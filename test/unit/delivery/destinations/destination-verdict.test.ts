import { describe, expect, test } from 'vitest';
import { nextAllowedInMs } from '../../../../server/src/delivery/destinations/destination-pace.ts';
import { classifyDestinationResponse } from '../../../../server/src/delivery/destinations/destination-verdict.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';

const removed = { kind: 'final', reason: 'destination_removed', disable: 'destination_removed' };
const refused = {
  kind: 'failure',
  reason: 'destination_refused',
  retryAfterMs: undefined,
  slowsEndpoint: false,
};
const unanswered: SendResult = { kind: 'unanswered', reason: 'timeout', detail: '', durationMs: 10_000 };

function answered(
  statusCode: number,
  reply = '',
  headers: Readonly<Record<string, string>> = {},
  retryAfter?: string,
): SendResult {
  return { kind: 'answered', statusCode, reply, headers, retryAfter, durationMs: 5 };
}

describe('an answer of Discord', () => {
  test.for(['', '{"id":"1"}', 'not JSON', '{"id":"1","content":"cut of'])(
    'with 200 and %j is judged as HTTP',
    (reply) => {
      expect(classifyDestinationResponse('discord', answered(200, reply))).toBeUndefined();
    },
  );

  test('disables the webhook when Discord no longer knows it', () => {
    const reply = '{"message": "Unknown Webhook", "code": 10015}';
    expect(classifyDestinationResponse('discord', answered(404, reply))).toEqual(removed);
  });

  test.for([
    [404, '{"message": "404: Not Found", "code": 0}'],
    [404, '<html>'],
    [400, '{"code": 10015}'],
    [401, '{"message": "Invalid Webhook Token", "code": 50027}'],
    [500, ''],
  ] as const)('with %i and %j does not', ([status, reply]) => {
    expect(classifyDestinationResponse('discord', answered(status, reply))).toBeUndefined();
  });

  test.for([
    ['{"retry_after": 1.337}', undefined, 1337],
    ['{"retry_after": 0.5}', '1', 1000],
    ['{"retry_after": 64.57}', '65', 65_000],
    ['{"retry_after": 2}', 'Wed, 21 Oct 2026 07:28:00 GMT', 2000],
    ['<html>cloudflare</html>', '30', 30_000],
    ['{"retry_after": 1e12}', undefined, 86_400_000],
    ['{"retry_after": "0.25"}', undefined, 250],
  ] as const)(
    'with 429, the body %j and Retry-After %j slows the endpoint for %i ms',
    ([reply, header, waitMs]) => {
      expect(classifyDestinationResponse('discord', answered(429, reply, {}, header))).toEqual({
        kind: 'failure',
        reason: 'http_status',
        retryAfterMs: waitMs,
        slowsEndpoint: true,
      });
    },
  );

  test.for(['', '{"retry_after": -1}', '{"retry_after": null}', '{"retry_after": "soon"}', '[]'])(
    'with 429 and nothing to read in %j is judged as HTTP',
    (reply) => {
      expect(classifyDestinationResponse('discord', answered(429, reply))).toBeUndefined();
    },
  );
});

describe('an answer of Slack', () => {
  test.for(['ok', 'ok\n'])('succeeded when it says %j', (reply) => {
    expect(classifyDestinationResponse('slack', answered(200, reply))).toEqual({ kind: 'success' });
  });

  test.for([
    ['invalid_blocks', { 'content-type': 'text/plain; charset=utf-8' }],
    ['no_text', {}],
    ['', {}],
    ['{"ok":false,"error":"x"}', { 'content-type': 'application/json' }],
  ] as const)('with 200 and %j failed', ([reply, headers]) => {
    expect(classifyDestinationResponse('slack', answered(200, reply, headers))).toEqual(refused);
  });

  test('with 200 and no plain text is judged as HTTP: it is no Slack', () => {
    expect(
      classifyDestinationResponse('slack', answered(200, '{}', { 'content-type': 'application/json' })),
    ).toBeUndefined();
  });

  test.for([
    [404, 'no_service'],
    [410, 'channel_is_archived'],
    [410, ''],
    [403, 'invalid_token'],
    [404, '{"message": "Unknown Webhook", "code": 10015}'],
  ] as const)('with %i %s disables the webhook', ([status, reply]) => {
    expect(classifyDestinationResponse('slack', answered(status, reply))).toEqual(removed);
  });

  test.for([
    [400, 'invalid_payload'],
    [403, 'action_prohibited'],
    [404, 'channel_not_found'],
    [500, 'rollup_error'],
    [500, 'no_service'],
    [429, 'rate_limited'],
  ] as const)('with %i %s is judged as HTTP', ([status, reply]) => {
    expect(classifyDestinationResponse('slack', answered(status, reply))).toBeUndefined();
  });
});

describe('an answer of a Slack workflow', () => {
  test('failed when it says so with 200', () => {
    expect(classifyDestinationResponse('slack-workflow', answered(200, '{"ok":false,"error":"x"}'))).toEqual(
      refused,
    );
  });

  test.for(['', '{"ok":true}'])('with 200 and %j is judged as HTTP', (reply) => {
    expect(classifyDestinationResponse('slack-workflow', answered(200, reply))).toBeUndefined();
  });
});

describe('an answer of Teams', () => {
  test.for([200, 202])('with %i succeeded', (status) => {
    expect(classifyDestinationResponse('teams', answered(status))).toEqual({ kind: 'success' });
  });

  test.for([400, 404, 413, 429, 500])('with %i is judged as HTTP', (status) => {
    expect(classifyDestinationResponse('teams', answered(status))).toBeUndefined();
  });
});

test.for(['json', 'discord', 'slack', 'slack-workflow', 'teams'] as const)(
  'no answer of %s has no meaning of its own',
  (format) => {
    expect(classifyDestinationResponse(format, unanswered)).toBeUndefined();
  },
);

test('JSON receivers are never judged by a chat service’s words', () => {
  expect(classifyDestinationResponse('json', answered(404, '{"code": 10015}'))).toBeUndefined();
});

describe('the next message', () => {
  const spent = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '1.4701' };

  test('to Discord waits until its bucket is full again', () => {
    expect(nextAllowedInMs('discord', answered(200, '', spent))).toBe(1471);
  });

  test('to Discord goes at once while there is room', () => {
    expect(nextAllowedInMs('discord', answered(200, '', { ...spent, 'x-ratelimit-remaining': '3' }))).toBe(0);
    expect(nextAllowedInMs('discord', answered(200))).toBe(0);
    expect(nextAllowedInMs('discord', unanswered)).toBe(0);
  });

  test('to Discord waits out a global limit although its own bucket has room', () => {
    const headers = { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset-after': '0.2' };
    const reply = '{"retry_after": 7.5, "global": true}';
    expect(nextAllowedInMs('discord', answered(429, reply, headers, '8'))).toBe(8000);
  });

  test('to Discord does not wait for more than a day, or for nonsense', () => {
    expect(
      nextAllowedInMs('discord', answered(200, '', { ...spent, 'x-ratelimit-reset-after': '1e9' })),
    ).toBe(86_400_000);
    expect(
      nextAllowedInMs('discord', answered(200, '', { ...spent, 'x-ratelimit-reset-after': 'soon' })),
    ).toBe(0);
  });

  test('to Slack waits a second, whatever came of this one', () => {
    expect(nextAllowedInMs('slack', answered(200, 'ok'))).toBe(1000);
    expect(nextAllowedInMs('slack', unanswered)).toBe(1000);
    expect(nextAllowedInMs('slack-workflow', answered(200))).toBe(1000);
  });

  test('to a Discord URL that reads Slack’s bodies waits as Discord says', () => {
    expect(nextAllowedInMs('slack', answered(200, 'ok', spent))).toBe(1471);
  });

  test('to Teams waits a quarter of a second, to JSON receivers not at all', () => {
    expect(nextAllowedInMs('teams', answered(202))).toBe(250);
    expect(nextAllowedInMs('json', answered(200, '', spent))).toBe(0);
  });
});
