import { expect, it } from 'vitest';
import { maskHeader, toSentRequest } from '../../../../server/src/delivery/request/sent-request.ts';

const request = {
  accountId: 'acc_a',
  origin: 'https://hooks.example.com',
  path: '/v1/abc?token=0123456789abcdef',
  headers: {
    'content-type': 'application/json',
    'webhook-id': 'evt_1',
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
      ['webhook-id', 'evt_1'],
      ['webhook-signature', 'v1,•••• v1a,••••'],
      ['x-webhook-secret', '••••'],
      ['x-authforge-signature', '••••'],
      ['authorization', '••••'],
      ['x-region', '••••'],
    ],
    bodyBytes: 13,
  });
});

it.each(['set-cookie', 'authorization', 'www-authenticate', 'x-api-key', 'x-csrf-token'])(
  'masks the response header %s',
  (name) => {
    expect(maskHeader([name, 'value'])).toEqual([name, '••••']);
  },
);

it('shows other response headers', () => {
  expect(maskHeader(['x-region', 'eu'])).toEqual(['x-region', 'eu']);
});
