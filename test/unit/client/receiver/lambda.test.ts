import { explainFailure, isWebhookVerificationError, lambdaReceiver } from '@tocsin/client/receiver';
import type { LambdaEvent } from '@tocsin/client/receiver';
import { signStandard } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const at = 1_775_835_000;
const now = () => at * 1000;
const body = JSON.stringify({
  type: 'user.ban',
  timestamp: '2026-04-10T15:30:00.000Z',
  data: { userId: 'u', username: 'Zoë 🚫', reason: 'r', bannedBy: 'b', appId: 'a' },
});
const bytes = Buffer.from(body);
const headers = {
  'Content-Type': 'application/json',
  'Webhook-Id': 'evt_1',
  'Webhook-Timestamp': String(at),
  'Webhook-Signature': await signStandard(secret, { id: 'evt_1', timestamp: at, body }),
};
const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
const lowerCase = Object.fromEntries(
  Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
);

async function invoke(event: LambdaEvent, more: object = {}) {
  const failures: unknown[] = [];
  const events: unknown[] = [];
  const onFailure = (error: unknown) => void failures.push(isWebhookVerificationError(error) && error.code);
  const handler = lambdaReceiver(
    { secret, now, onFailure, ...more },
    (received) => void events.push(received),
  );
  return { result: await handler(event, {}), failures, events };
}

const json = { 'content-type': 'application/json' };
const ok = { statusCode: 200, headers: json, body: '{"received":true}', isBase64Encoded: false };

describe('lambdaReceiver', () => {
  it.each<[source: string, event: LambdaEvent, result: object]>([
    ['an API Gateway, format 1.0', { headers, multiValueHeaders: lists, body, isBase64Encoded: false }, ok],
    ['an API Gateway, format 2.0', { headers: lowerCase, body, isBase64Encoded: false }, ok],
    [
      'a function URL, in base64',
      { headers: lowerCase, body: bytes.toString('base64'), isBase64Encoded: true },
      ok,
    ],
    ['a load balancer', { headers: lowerCase, body, isBase64Encoded: false }, ok],
    [
      'a load balancer with lists of values',
      { multiValueHeaders: lists, body: bytes.toString('base64'), isBase64Encoded: true },
      { ...ok, multiValueHeaders: { 'content-type': ['application/json'] } },
    ],
  ])('accepts an event of %s', async (_source, event, result) => {
    const invoked = await invoke(event);
    expect(invoked.result).toEqual(result);
    expect(invoked.events).toMatchObject([{ type: 'user.ban', id: 'evt_1', data: { username: 'Zoë 🚫' } }]);
    expect(invoked.failures).toEqual([]);
  });

  it.each<[what: string, event: LambdaEvent, code: string]>([
    [
      'a repeated header',
      { headers, multiValueHeaders: { ...lists, 'Webhook-Id': ['evt_1', 'evt_2'] }, body },
      'HEADER_INVALID',
    ],
    ['no headers', { body }, 'HEADER_MISSING'],
    ['null for all', { headers: null, multiValueHeaders: null, body: null }, 'HEADER_MISSING'],
    ['no body', { headers, body: null }, 'SIGNATURE_MISMATCH'],
    ['an empty body in base64', { headers, body: '', isBase64Encoded: true }, 'SIGNATURE_MISMATCH'],
    ['a body that is not base64', { headers, body, isBase64Encoded: true }, 'BODY_UNREADABLE'],
    ['base64 that is not marked', { headers, body: bytes.toString('base64') }, 'SIGNATURE_MISMATCH'],
  ])('rejects an event with %s', async (_what, event, code) => {
    const { result, failures, events } = await invoke(event);
    expect(result).toMatchObject({ statusCode: 401, body: '{"error":"not_verified"}' });
    expect(failures).toEqual([code]);
    expect(events).toEqual([]);
  });

  it.each([
    ['a text', body, false],
    ['base64', bytes.toString('base64'), true],
    ['far more base64', Buffer.alloc(bytes.length * 4).toString('base64'), true],
  ])('limits %s', async (_what, sent, isBase64Encoded) => {
    const event = { headers, body: sent, isBase64Encoded };
    const { result, failures } = await invoke(event, { maxBodyBytes: bytes.length - 1 });
    expect([result.statusCode, failures]).toEqual([413, ['BODY_TOO_LARGE']]);
    const exact = await invoke({ headers, body, isBase64Encoded: false }, { maxBodyBytes: bytes.length });
    expect(exact.result.statusCode).toBe(200);
  });

  it('calls the function of secret with the event and the context', async () => {
    const handler = lambdaReceiver(
      {
        now,
        secret: (event: LambdaEvent & { path: string }, context: { key: string }) =>
          event.path === '/a' ? context.key : null,
      },
      () => undefined,
    );
    const statuses = [];
    for (const path of ['/a', '/b']) {
      statuses.push((await handler({ headers, body, path } as LambdaEvent, { key: secret })).statusCode);
    }
    expect(statuses).toEqual([200, 401]);
  });

  it('rejects with the error of the handler', async () => {
    const handler = lambdaReceiver({ secret, now }, () => Promise.reject(new Error('database is away')));
    await expect(handler({ headers, body })).rejects.toThrow('database is away');
  });

  it('passes the decoded body to onFailure', async () => {
    const said: string[] = [];
    const onFailure = async (_error: unknown, request: unknown) => {
      said.push((await explainFailure(request, { secret, now })).code);
    };
    const spaced = Buffer.from(JSON.stringify(JSON.parse(body), null, 1)).toString('base64');
    await invoke({ headers, body: spaced, isBase64Encoded: true }, { onFailure });
    expect(said).toEqual(['BODY_RESERIALIZED']);
  });
});
