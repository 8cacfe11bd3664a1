import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classifyResponse,
  parseRetryAfterMs,
} from '../../../../server/src/delivery/attempt/classify-response.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';

const now = Date.parse('2026-11-24T12:00:00.000Z');
const response = (statusCode: number, retryAfter?: string): SendResult => ({
  kind: 'answered',
  statusCode,
  retryAfter,
  headers: {},
  reply: '',
  durationMs: 1,
});

describe('classifying a response', () => {
  it('counts every 2xx as a success, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), (status) => {
        const isSuccess = classifyResponse('json', response(status), now).kind === 'success';
        expect(isSuccess).toBe(status >= 200 && status < 300);
      }),
    );
  });

  it.each([
    [199, 'http_status'],
    [200, undefined],
    [204, undefined],
    [299, undefined],
    [300, 'redirect'],
    [304, 'redirect'],
    [399, 'redirect'],
    [400, 'http_status'],
    [500, 'http_status'],
    [599, 'http_status'],
  ])('gives %i the reason %s', (status, reason) => {
    const outcome = classifyResponse('json', response(status), now);
    expect(outcome.kind === 'success' ? undefined : outcome.reason).toBe(reason);
  });

  it('treats 410 as final and disables the webhook', () => {
    expect(classifyResponse('json', response(410), now)).toEqual({
      kind: 'final',
      reason: 'gone',
      disable: 'gone',
    });
  });

  it('reports a redirect and retries', () => {
    expect(classifyResponse('json', response(302), now)).toMatchObject({
      kind: 'failure',
      reason: 'redirect',
    });
  });

  it.each([429, 502, 503, 504])('slows the endpoint down after %i', (status) => {
    expect(classifyResponse('json', response(status, '7'), now)).toMatchObject({
      slowsEndpoint: true,
      retryAfterMs: 7_000,
    });
  });

  it.each([400, 401, 404, 500])('does not slow the endpoint down after %i', (status) => {
    expect(classifyResponse('json', response(status), now)).toMatchObject({ slowsEndpoint: false });
  });

  it.each(['json', 'slack', 'discord', 'teams'] as const)(
    'counts a 2xx whose body broke off as a success: %s',
    (format) => {
      const cut = { ...response(200), reply: 'no_ser', incomplete: 'closed during the body' };
      expect(classifyResponse(format, cut, now)).toEqual({ kind: 'success' });
    },
  );

  it('reads the body of an error, also of one that broke off', () => {
    const cut = { ...response(404), reply: 'no_service', incomplete: 'closed during the body' };
    expect(classifyResponse('slack', cut, now)).toMatchObject({
      kind: 'final',
      reason: 'destination_removed',
    });
    expect(classifyResponse('json', cut, now)).toMatchObject({ kind: 'failure', reason: 'http_status' });
  });

  it('takes no status from a response that broke off in its head', () => {
    const result: SendResult = {
      kind: 'unanswered',
      reason: 'bad_response',
      detail: '',
      statusCode: 200,
      durationMs: 1,
    };
    expect(classifyResponse('json', result, now)).toMatchObject({ kind: 'failure', reason: 'bad_response' });
  });

  it.each(['json', 'slack', 'slack-workflow', 'discord', 'teams'] as const)(
    'keeps the reason of a request without a response, which slows nothing down: %s',
    (format) => {
      const result: SendResult = { kind: 'unanswered', reason: 'timeout', detail: '', durationMs: 1 };
      expect(classifyResponse(format, result, now)).toEqual({
        kind: 'failure',
        reason: 'timeout',
        retryAfterMs: undefined,
        slowsEndpoint: false,
      });
    },
  );

  it('takes the error in a complete 200 of Slack, but not in one of another receiver', () => {
    const refused = { ...response(200), reply: 'invalid_payload' };
    expect(classifyResponse('slack', refused, now)).toMatchObject({ reason: 'destination_refused' });
    expect(classifyResponse('json', refused, now)).toEqual({ kind: 'success' });
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 5 ', 5_000],
    ['0', 0],
    ['Tue, 24 Nov 2026 12:00:30 GMT', 30_000],
    ['Tuesday, 24-Nov-26 12:00:30 GMT', 30_000],
    ['Tue Nov 24 12:00:30 2026', 30_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
    ['Tue, 24 Nov 2026 14:00:30 +0200', 30_000],
    ['Tue, 24 Nov 2026 10:00:30 -0200', 30_000],
    ['999999999999999999999999', 86_400_000],
    ['604800', 86_400_000],
  ])('parses %s as %i ms', (header, ms) => {
    expect(parseRetryAfterMs(header, now)).toBe(ms);
  });

  it.each([
    [undefined],
    [''],
    ['soon'],
    ['-1'],
    ['1.5'],
    ['Tue, nonsense'],
    ['after Tue, 24 Nov 2026 12:00:30 GMT'],
  ])('ignores %s', (header) => {
    expect(parseRetryAfterMs(header, now)).toBeUndefined();
  });

  it('is never negative, never beyond a day, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const ms = parseRetryAfterMs(header, now);
        expect(ms === undefined || (ms >= 0 && ms <= 86_400_000)).toBe(true);
      }),
    );
  });
});
