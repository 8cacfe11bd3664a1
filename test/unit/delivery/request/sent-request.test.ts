import { expect, it } from 'vitest';
import {
  maskHeader,
  toRecorded,
  toSentRequest,
} from '../../../../server/src/delivery/request/sent-request.ts';

const request = {
  accountId: 'acc_a',
  origin: 'https://hooks.example.com',
  path: '/v1/abc?token=0123456789abcdef',
  headers: {
    'content-type': 'application/json',
    'user-agent': 'Tocsin/1.0',
    traceparent: '00-1-2-01',
    'webhook-id': 'evt_1',
    'webhook-timestamp': '1767225600',
    'x-webhook-event': 'user.login',
    'x-authforge-event': 'user.login',
    'x-authforge-timestamp': '2026-01-01T00:00:00.000Z',
    'webhook-signature': 'v1,c2lnbmF0dXJl v1a,b3RoZXI=',
    'x-webhook-secret': 'whsec_secret',
    'x-authforge-signature': 'sha256=secret',
    authorization: 'Bearer secret',
    'x-region': 'secret',
  },
  body: '{"name":"é"}',
  deadlineMs: 1_000,
};

it('records a request without its credentials, and without the values of custom headers', () => {
  const sent = toSentRequest(request);
  expect(sent).toEqual({
    url: 'https://hooks.example.com/v1/abc?token=••••',
    headers: [
      ['content-type', 'application/json'],
      ['user-agent', 'Tocsin/1.0'],
      ['traceparent', '00-1-2-01'],
      ['webhook-id', 'evt_1'],
      ['webhook-timestamp', '1767225600'],
      ['x-webhook-event', 'user.login'],
      ['x-authforge-event', 'user.login'],
      ['x-authforge-timestamp', '2026-01-01T00:00:00.000Z'],
      ['webhook-signature', 'v1,•••• v1a,••••'],
      ['x-webhook-secret', '••••'],
      ['x-authforge-signature', '••••'],
      ['authorization', '••••'],
      ['x-region', '••••'],
    ],
    bodyBytes: 13,
  });
});

it.each([
  'set-cookie',
  'authorization',
  'www-authenticate',
  'x-api-key',
  'x-apikey',
  'x-csrf-token',
  'x-secret',
  'x-session-id',
  'x-hub-signature',
])('masks the response header %s', (name) => {
  expect(maskHeader([name, 'value'])).toEqual([name, '••••']);
});

it('shows other response headers', () => {
  expect(maskHeader(['x-region', 'eu'])).toEqual(['x-region', 'eu']);
});

it('records the response headers of an answer, and none without one', () => {
  const allHeaders = [
    ['set-cookie', 'a=b'],
    ['x-region', 'eu'],
  ] as const;
  const answered = {
    kind: 'answered',
    statusCode: 200,
    reply: '',
    headers: {},
    retryAfter: undefined,
    durationMs: 1,
  } as const;
  const sent = toSentRequest(request);
  expect(toRecorded(request, { ...answered, allHeaders })).toEqual({
    request: sent,
    responseHeaders: [
      ['set-cookie', '••••'],
      ['x-region', 'eu'],
    ],
  });
  expect(toRecorded(request, answered)).toEqual({ request: sent });
  const failed = { kind: 'unanswered', reason: 'timeout', detail: '', durationMs: 1 } as const;
  expect(toRecorded(request, failed)).toEqual({ request: sent });
});
