import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { getEventDefinition, eventTypes, eventTypesFor, type EventType } from '@tocsin/shared';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import type { ReceivedRequest } from '../../support/receiver.ts';

/* Publishes each of the 15 events once to webhooks of both mounts and each profile. Checks the requests. */

let appId: string;

const reply = '{"received":true}';
const app = useTestApp();
const receiver = useReceiver({
  answer: { status: 200, headers: { 'content-type': 'application/json' }, body: reply },
});
const timestamp = '2026-04-10T15:30:00.000Z';

interface Subscription {
  readonly id: string;
  readonly secret: string;
}

const subscriptions = new Map<string, Subscription>();
const published = new Map<EventType, string>();

/** Every way to a webhook: the two mounts with their own events, and each profile over tRPC with all. */
const ways = [
  { name: 'the mount of Authon', path: '/mount-authon', profile: 'authon', types: eventTypesFor('authon') },
  {
    name: 'the mount of AuthForge',
    path: '/mount-authforge',
    profile: 'authforge',
    types: eventTypesFor('authforge'),
  },
  { name: 'the profile authon', path: '/authon', profile: 'authon', types: eventTypes },
  { name: 'the profile authforge', path: '/authforge', profile: 'authforge', types: eventTypes },
  { name: 'the profile standard', path: '/standard', profile: 'standard', types: eventTypes },
] as const;

beforeAll(async () => {
  appId = await app.createApp({ id: '550e8400-e29b-41d4-a716-446655440000' });
  for (const { path, profile, types } of ways) {
    const body = { url: receiver.origin + path, events: types };
    if (path === '/mount-authon') {
      const { json } = await app.rest('POST', `/v1/admin/apps/${appId}/webhooks`, body);
      subscriptions.set(path, (json as { data: Subscription }).data);
    } else if (path === '/mount-authforge') {
      const { json } = await app.rest('POST', `/v1/apps/${appId}/webhooks`, body);
      const { webhookId, secret } = json as { webhookId: string; secret: string };
      subscriptions.set(path, { id: webhookId, secret });
    } else {
      subscriptions.set(path, await app.call('webhooks.create', { appId, profile, ...body }));
    }
  }
  await Promise.all(
    eventTypes.map(async (event) => {
      const data = { ...getEventDefinition(event).example, appId };
      const { id } = await app.call('events.publish', { appId, event, data, timestamp });
      published.set(event, id);
    }),
  );
  await receiver.waitFor(ways.reduce((sum, { types }) => sum + types.length, 0));
  await app.whenIdle();
});

function subscriptionOf(path: string): Subscription {
  const found = subscriptions.get(path);
  if (found === undefined) throw new Error(`no webhook at ${path}`);
  return found;
}

/** The one request that brought an event to a webhook. */
function requestOf(path: string, type: EventType): ReceivedRequest {
  const matching = receiver.requests.filter(
    (request) => request.path === path && request.headers['webhook-id'] === published.get(type),
  );
  expect(matching).toHaveLength(1);
  const [request] = matching;
  if (request === undefined) throw new Error('unreachable');
  return request;
}

const rows = ways.flatMap(({ name, path, profile, types }) =>
  types.map((type) => ({ name, path, profile, type })),
);

const ofProfile = (profile: string) => rows.filter((row) => row.profile === profile);

describe.each(ofProfile('authon'))('$type through $name', ({ path, type }) => {
  it('has the body and the headers of the contract, with the secret', () => {
    const { secret } = subscriptionOf(path);
    const { headers, text, method } = requestOf(path, type);
    const data = { ...getEventDefinition(type).example, appId };
    expect(method).toBe('POST');
    expect(text).toBe(JSON.stringify({ event: type, timestamp, data }));
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-webhook-secret': secret,
      'x-webhook-event': type,
      'user-agent': 'Authon-Webhook/1.0',
    });
    expect(Object.keys(headers).filter((header) => header.startsWith('x-authforge'))).toEqual([]);
  });
});

describe.each(ofProfile('authforge'))('$type through $name', ({ path, type }) => {
  it('has the body and headers of the contract, and a signature made with the whole secret', () => {
    const { secret } = subscriptionOf(path);
    const { headers, rawHeaders, body, text } = requestOf(path, type);
    const data = { ...getEventDefinition(type).example, appId };
    expect(text).toBe(JSON.stringify({ event: type, timestamp, data }));
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-authforge-event': type,
      'x-authforge-timestamp': timestamp,
      'x-authforge-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    });
    expect(headers['x-webhook-secret']).toBeUndefined();
    expect(rawHeaders.join('\n') + text).not.toContain(secret.replace('whsec_', ''));
  });
});

describe.each(ofProfile('standard'))('$type through $name', ({ path, type }) => {
  it('is accepted by the reference implementation, and does not carry the secret', () => {
    const { secret } = subscriptionOf(path);
    const { headers, rawHeaders, body, text } = requestOf(path, type);
    const signed = {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    };
    const data = { ...getEventDefinition(type).example, appId };
    expect(new Webhook(secret).verify(body, signed)).toEqual({ type, timestamp, data });
    expect(text).toBe(JSON.stringify({ type, timestamp, data }));
    const tampered = Buffer.concat([body.subarray(0, -1), Buffer.from(' }')]);
    expect(() => new Webhook(secret).verify(tampered, signed)).toThrow(/signature/i);
    expect(headers['x-webhook-secret']).toBeUndefined();
    expect(rawHeaders.join('\n') + text).not.toContain(secret.replace('whsec_', ''));
  });
});

describe.each(eventTypes.map((type) => ({ type })))('$type', ({ type }) => {
  it('is seen in deliveries.get, one for each webhook, with its one attempt', async () => {
    const expected = rows.filter((row) => row.type === type).map(({ path }) => subscriptionOf(path).id);
    const eventId = published.get(type);
    const { items } = await app.call('deliveries.list', { appId, eventId });
    expect(items.map(({ webhookId }) => webhookId).sort()).toEqual([...expected].sort());
    for (const { id, webhookId } of items) {
      expect(await app.call('deliveries.get', { id })).toMatchObject({
        id,
        eventId,
        webhookId,
        appId,
        event: type,
        status: 'delivered',
        reason: null,
        attemptCount: 1,
        nextAttemptAt: null,
        attempts: [{ statusCode: 200, reason: null, reply }],
      });
    }
  });
});
