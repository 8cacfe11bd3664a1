import { describe, expect, test } from 'vitest';
import { classifyResponse } from '../../../../server/src/delivery/attempt/classify-response.ts';
import type { DestinationName } from '../../../../server/src/delivery/destinations/destination.ts';
import type { HttpResponse } from '../../../../server/src/delivery/destinations/read-response.ts';
import { destinations } from '../../../../server/src/delivery/destinations/registry.ts';
import type { AttemptOutcome } from '../../../../server/src/domain/retry-policy.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';

const removed = { kind: 'final', reason: 'destination_removed', disable: 'destination_removed' };
const refused = {
  kind: 'failure',
  reason: 'destination_refused',
  retryAfterMs: undefined,
  slowsEndpoint: false,
};
const noResponse: SendResult = { kind: 'unanswered', reason: 'timeout', detail: '', durationMs: 10_000 };

function responded(
  statusCode: number,
  reply = '',
  headers: Readonly<Record<string, string>> = {},
  retryAfter?: string,
): HttpResponse {
  return { kind: 'answered', statusCode, reply, headers, retryAfter, durationMs: 5 };
}

function classify(name: DestinationName, response: HttpResponse): AttemptOutcome | undefined {
  return destinations[name].classify(response);
}

function cooldownMs(name: DestinationName, result: SendResult): number {
  return destinations[name].cooldownMs(result);
}

describe('a response of Discord', () => {
  test.for(['', '{"id":"1"}', 'not JSON', '{"id":"1","content":"cut of'])(
    'with 200 and %j is left to the HTTP rules',
    (reply) => {
      expect(classify('discord', responded(200, reply))).toBeUndefined();
    },
  );

  test.for([
    [404, '{"message": "Unknown Webhook", "code": 10015}'],
    [404, '{"message": "Unknown Channel", "code": 10003}'],
    [404, '{"message": "404: Not Found", "code": 0}'],
    [401, '{"message": "Invalid Webhook Token", "code": 50027}'],
  ] as const)('with %i and %j disables the webhook, whose URL never works again', ([status, reply]) => {
    expect(classify('discord', responded(status, reply))).toEqual(removed);
    expect(classify('slack', responded(status, reply))).toEqual(removed);
  });

  test.for([
    [404, '<html>'],
    [404, '{}'],
    [404, '{"code": 50027}'],
    [400, '{"code": 10015}'],
    [401, '{"code": 10015}'],
    [401, '{"message": "401: Unauthorized", "code": 0}'],
    [403, '{"message": "Missing Permissions", "code": 50013}'],
    [500, ''],
  ] as const)('with %i and %j does not disable the webhook', ([status, reply]) => {
    expect(classify('discord', responded(status, reply))).toBeUndefined();
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
      expect(classify('discord', responded(429, reply, {}, header))).toEqual({
        kind: 'failure',
        reason: 'http_status',
        retryAfterMs: waitMs,
        slowsEndpoint: true,
      });
    },
  );

  test.for(['', '{"retry_after": -1}', '{"retry_after": null}', '{"retry_after": "soon"}', '[]'])(
    'with 429 and no wait in the body %j is left to the HTTP rules',
    (reply) => {
      expect(classify('discord', responded(429, reply))).toBeUndefined();
    },
  );
});

describe('a response of Slack', () => {
  test.for(['ok', 'ok\n'])('with 200 and %j is a success', (reply) => {
    expect(classify('slack', responded(200, reply))).toEqual({ kind: 'success' });
  });

  test.for([
    ['invalid_blocks', { 'content-type': 'text/plain; charset=utf-8' }],
    ['no_text', {}],
    ['', {}],
    ['{"ok":false,"error":"x"}', { 'content-type': 'application/json' }],
  ] as const)('with 200 and %j is a failure', ([reply, headers]) => {
    expect(classify('slack', responded(200, reply, headers))).toEqual(refused);
  });

  test('with 200 and another content type is left to the HTTP rules, since it is not from Slack', () => {
    expect(classify('slack', responded(200, '{}', { 'content-type': 'application/json' }))).toBeUndefined();
  });

  test.for([
    [404, 'no_service'],
    [404, 'no_service_id'],
    [404, 'no_active_hooks'],
    [404, 'no_team'],
    [403, 'team_disabled'],
    [410, 'channel_is_archived'],
    [410, ''],
    [403, 'invalid_token'],
    [404, '{"message": "Unknown Webhook", "code": 10015}'],
  ] as const)('with %i %s disables the webhook', ([status, reply]) => {
    expect(classify('slack', responded(status, reply))).toEqual(removed);
  });

  test.for([
    [400, 'invalid_payload'],
    [403, 'action_prohibited'],
    [404, 'channel_not_found'],
    [500, 'rollup_error'],
    [500, 'no_service'],
    [429, 'rate_limited'],
  ] as const)('with %i %s is left to the HTTP rules', ([status, reply]) => {
    expect(classify('slack', responded(status, reply))).toBeUndefined();
  });
});

describe('a response of a Slack workflow', () => {
  test('with 200 and `"ok": false` is a failure', () => {
    expect(classify('slack-workflow', responded(200, '{"ok":false,"error":"x"}'))).toEqual(refused);
  });

  test.for(['', '{"ok":true}'])('with 200 and %j is left to the HTTP rules', (reply) => {
    expect(classify('slack-workflow', responded(200, reply))).toBeUndefined();
  });
});

describe('a response of Teams', () => {
  test.for([200, 202])('with %i is a success', (status) => {
    expect(classify('teams', responded(status))).toEqual({ kind: 'success' });
  });

  test.for([400, 404, 413, 429, 500])('with %i is left to the HTTP rules', (status) => {
    expect(classify('teams', responded(status))).toBeUndefined();
  });

  const toError = (code: string, message = '') => JSON.stringify({ error: { code, message } });
  const notEnabled = (state: string) =>
    toError(
      'WorkflowTriggerIsNotEnabled',
      `Could not execute workflow trigger 'manual' with state '${state}'.`,
    );

  test.for([
    [404, toError('WorkflowNotFound')],
    [401, toError('DirectApiAuthorizationRequired')],
    [400, notEnabled('Deleted')],
  ] as const)('with %i and %s disables the webhook', ([status, reply]) => {
    expect(classify('teams', responded(status, reply))).toEqual(removed);
  });

  test.for([
    [400, notEnabled('Disabled')],
    [404, notEnabled('Deleted')],
    [400, toError('InvalidRequestContent', "'Deleted'")],
    [400, toError('WorkflowNotFound')],
    [404, toError('DirectApiAuthorizationRequired')],
    [401, toError('WorkflowNotFound')],
    [404, '{"error": "WorkflowNotFound"}'],
    [404, '{"error": null}'],
    [404, '<html>'],
  ] as const)('with %i and %s is left to the HTTP rules', ([status, reply]) => {
    expect(classify('teams', responded(status, reply))).toBeUndefined();
  });

  test('with 200 and the error of a connector is a failure', () => {
    const reply =
      'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId';
    expect(classify('teams', responded(200, reply))).toEqual(refused);
    expect(classify('teams', responded(200, '1'))).toEqual({ kind: 'success' });
  });
});

test.for(['json', 'discord', 'slack', 'slack-workflow', 'teams'] as const)(
  'without a response, %s follows the HTTP rules',
  (format) => {
    expect(classifyResponse(format, noResponse, 0)).toMatchObject({ kind: 'failure', reason: 'timeout' });
  },
);

test('the rules of a chat service never apply to a JSON receiver', () => {
  expect(classifyResponse('json', responded(404, '{"code": 10015}'), 0)).toMatchObject({ kind: 'failure' });
});

describe('the next message', () => {
  const spent = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '1.4701' };

  test('to Discord waits until its rate limit resets', () => {
    expect(cooldownMs('discord', responded(200, '', spent))).toBe(1471);
  });

  test('to Discord does not wait while requests are left', () => {
    expect(cooldownMs('discord', responded(200, '', { ...spent, 'x-ratelimit-remaining': '3' }))).toBe(0);
    expect(cooldownMs('discord', responded(200))).toBe(0);
    expect(cooldownMs('discord', noResponse)).toBe(0);
  });

  test('to Discord waits out a global limit while its own limit has requests left', () => {
    const headers = { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset-after': '0.2' };
    const reply = '{"retry_after": 7.5, "global": true}';
    expect(cooldownMs('discord', responded(429, reply, headers, '8'))).toBe(8000);
  });

  test('to Discord waits at most a day, and ignores an invalid time', () => {
    expect(cooldownMs('discord', responded(200, '', { ...spent, 'x-ratelimit-reset-after': '1e9' }))).toBe(
      86_400_000,
    );
    expect(cooldownMs('discord', responded(200, '', { ...spent, 'x-ratelimit-reset-after': 'soon' }))).toBe(
      0,
    );
  });

  test('to Slack waits a second, whatever the result', () => {
    expect(cooldownMs('slack', responded(200, 'ok'))).toBe(1000);
    expect(cooldownMs('slack', noResponse)).toBe(1000);
    expect(cooldownMs('slack-workflow', responded(200))).toBe(1000);
  });

  test('to a Discord URL that ends in /slack waits as Discord asks', () => {
    expect(cooldownMs('slack', responded(200, 'ok', spent))).toBe(1471);
  });

  test('to Teams waits a quarter of a second', () => {
    expect(cooldownMs('teams', responded(202))).toBe(250);
  });
});
