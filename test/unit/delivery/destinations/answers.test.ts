import { describe, expect, test } from 'vitest';
import type { ResolvedFormat } from '../../../../server/src/delivery/destinations/destination.ts';
import { destinations, findDestination } from '../../../../server/src/delivery/destinations/registry.ts';
import {
  toJsonFields,
  secondsToMs,
  type HttpResponse,
} from '../../../../server/src/delivery/destinations/read-response.ts';

function answered(
  statusCode: number,
  reply = '',
  headers: Readonly<Record<string, string>> = {},
  retryAfter?: string,
): HttpResponse {
  return { kind: 'answered', statusCode, reply, headers, retryAfter, durationMs: 5 };
}

/** What the endpoint's format makes of an answer, in one word. */
function meaningOf(format: ResolvedFormat, answer: HttpResponse): string {
  const verdict = findDestination(format)?.classify(answer);
  return verdict === undefined ? 'http' : verdict.kind === 'success' ? 'success' : verdict.reason;
}

describe('an answer of Slack', () => {
  const words = [
    'no_service',
    'no_service_id',
    'no_active_hooks',
    'no_team',
    'team_disabled',
    'channel_is_archived',
  ];

  test.for([400, 403, 404, 499].flatMap((status) => words.map((word) => [status, word] as const)))(
    'with %i and %s disables the webhook, whose app or channel is gone',
    ([status, word]) => {
      expect(meaningOf('slack', answered(status, word))).toBe('destination_removed');
      expect(meaningOf('slack', answered(status, `${word}\n`))).toBe('destination_removed');
    },
  );

  test.for([300, 302, 399, 500, 503].flatMap((status) => words.map((word) => [status, word] as const)))(
    'with %i and %s is read as HTTP, since no client error says it',
    ([status, word]) => {
      expect(meaningOf('slack', answered(status, word))).toBe('http');
    },
  );

  test.for([
    [403, 'invalid_token', 'destination_removed'],
    [401, 'invalid_token', 'http'],
    [404, 'invalid_token', 'http'],
    [403, 'no_service_today', 'http'],
    [403, 'posting_to_general_channel_denied', 'http'],
    [403, '', 'http'],
    [410, 'whatever', 'destination_removed'],
    [201, 'ok', 'http'],
    [202, 'no_text', 'http'],
    [200, 'OK', 'destination_refused'],
    [200, 'okay', 'destination_refused'],
  ] as const)('with %i and %j means %s', ([status, reply, meaning]) => {
    expect(meaningOf('slack', answered(status, reply))).toBe(meaning);
  });

  test.for([
    ['text/plain', 'destination_refused'],
    ['Text/Plain; charset=utf-8', 'destination_refused'],
    ['text/html', 'http'],
    ['application/json', 'http'],
    ['application/text/plain', 'http'],
  ] as const)('with 200, an unknown word and the content type %s means %s', ([type, meaning]) => {
    expect(meaningOf('slack', answered(200, 'no_text', { 'content-type': type }))).toBe(meaning);
  });

  test('that says ok succeeds whatever its content type', () => {
    expect(meaningOf('slack', answered(200, 'ok', { 'content-type': 'text/html' }))).toBe('success');
  });

  test('with 200 and {"ok": false} is a failure also when it is JSON; {"ok": true} is read as HTTP', () => {
    const type = { 'content-type': 'application/json' };
    expect(meaningOf('slack', answered(200, '{"ok":false}', type))).toBe('destination_refused');
    expect(meaningOf('slack', answered(200, '{"ok":true}', type))).toBe('http');
    expect(meaningOf('slack', answered(200, '{"ok":0}', type))).toBe('http');
  });
});

describe('an answer of a Slack workflow', () => {
  test.for([
    [200, '{"ok":false}', 'destination_refused'],
    [200, '{"ok":0}', 'http'],
    [200, 'no_service', 'http'],
    [400, '{"ok":false}', 'http'],
    [410, '', 'http'],
  ] as const)('with %i and %j means %s', ([status, reply, meaning]) => {
    expect(meaningOf('slack-workflow', answered(status, reply))).toBe(meaning);
  });
});

describe('an answer of Discord', () => {
  test.for([
    [404, '{"code": 10015}', 'destination_removed'],
    [404, '{"code": 10014}', 'http'],
    [404, '{"code": "10015"}', 'http'],
    [401, '{"code": 50027}', 'destination_removed'],
    [401, '{"code": "50027"}', 'http'],
    [403, '{"code": 50027}', 'http'],
    [410, '{"code": 10015}', 'http'],
    [403, '{"code": 10015}', 'http'],
    [428, '{"retry_after": 1}', 'http'],
    [430, '{"retry_after": 1}', 'http'],
  ] as const)('with %i and %j means %s', ([status, reply, meaning]) => {
    expect(meaningOf('discord', answered(status, reply))).toBe(meaning);
  });

  test('that names two waits slows the endpoint for the longer, and for a day at most', () => {
    const waitOf = (reply: string, header: string) => {
      const verdict = destinations.discord.classify(answered(429, reply, {}, header));
      return verdict?.kind === 'failure' ? verdict.retryAfterMs : undefined;
    };
    expect(waitOf('{"retry_after": 5}', '3')).toBe(5_000);
    expect(waitOf('{"retry_after": 3}', '5')).toBe(5_000);
    expect(waitOf('{"retry_after": 0}', '0')).toBe(0);
    expect(waitOf('{"retry_after": 86400}', '1')).toBe(86_400_000);
    expect(waitOf('{"retry_after": 86401}', '1')).toBe(86_400_000);
  });
});

describe('an answer of Teams', () => {
  test.for([199, 201, 203, 204])('with %i is read as HTTP', (status) => {
    expect(meaningOf('teams', answered(status))).toBe('http');
  });
});

test.for(['json', 'discord', 'slack-workflow', 'teams'] as const)(
  '%s does not take Slack’s words for its own',
  (format) => {
    expect(meaningOf(format, answered(404, 'no_service'))).toBe('http');
    expect(meaningOf(format, answered(410, ''))).toBe('http');
  },
);

describe('the wait before the next message', () => {
  const resetAfter = (remaining: string, seconds: string) => ({
    'x-ratelimit-remaining': remaining,
    'x-ratelimit-reset-after': seconds,
  });

  test.for([
    ['0', '1.5', 1_500],
    [' 0 ', '1.5', 1_500],
    ['1', '1.5', 0],
    ['00', '1.5', 0],
    ['', '1.5', 0],
    ['0', '', 0],
    ['0', '-1', 0],
    ['0', '86400', 86_400_000],
    ['0', '86401', 86_400_000],
  ] as const)(
    'with %j requests left and a reset in %j s is %i ms for Discord',
    ([remaining, seconds, ms]) => {
      expect(destinations.discord.cooldownMs(answered(200, '', resetAfter(remaining, seconds)))).toBe(ms);
    },
  );

  test.for([
    [429, '{"retry_after": 2}', undefined, 2_000],
    [429, '', '3', 3_000],
    [429, '{"retry_after": 4}', '3', 4_000],
    [429, '{"retry_after": 3}', '4', 4_000],
    [429, '', undefined, 0],
    [428, '{"retry_after": 2}', '3', 0],
    [200, '{"retry_after": 2}', '3', 0],
    [429, '{"retry_after": 1e9}', undefined, 86_400_000],
  ] as const)('after %i, %j and Retry-After %j is %i ms for Discord', ([status, reply, header, ms]) => {
    expect(destinations.discord.cooldownMs(answered(status, reply, {}, header))).toBe(ms);
  });

  test('is the longer of the bucket’s reset and what a 429 asks for', () => {
    const body = '{"retry_after": 2}';
    expect(destinations.discord.cooldownMs(answered(429, body, resetAfter('0', '5')))).toBe(5_000);
    expect(destinations.discord.cooldownMs(answered(429, body, resetAfter('0', '1')))).toBe(2_000);
  });

  test('is at least a second for Slack, also where a Discord URL reads Slack’s bodies', () => {
    expect(destinations.slack.cooldownMs(answered(200, 'ok', resetAfter('0', '0.2')))).toBe(1_000);
    expect(destinations.slack.cooldownMs(answered(429, '{"retry_after": 2}'))).toBe(2_000);
  });
});

describe('the fields of a reply', () => {
  test.for(['', 'null', '7', '"text"', '{"cut": ', '<html>'])('of %j are none', (reply) => {
    expect(toJsonFields(answered(200, reply))).toEqual({});
  });

  test('of an object are its own', () => {
    expect(toJsonFields(answered(200, '{"a":1,"b":null}'))).toEqual({ a: 1, b: null });
  });
});

describe('seconds as a destination writes them', () => {
  test.for([
    [0, 0],
    [1, 1_000],
    ['1', 1_000],
    [' 1 ', 1_000],
    [0.0001, 1],
    [1.4701, 1_471],
    ['0', 0],
    [-0.001, undefined],
    ['', undefined],
    [' ', undefined],
    ['soon', undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['Infinity', undefined],
    [null, undefined],
    [true, undefined],
    [[1], undefined],
  ] as const)('%j are %j ms', ([value, ms]) => {
    expect(secondsToMs(value)).toBe(ms);
  });
});
