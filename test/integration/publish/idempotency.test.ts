import { describe, expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { loginData as data } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';

const app = useTestApp();

const publication = (appId: string, change: Record<string, unknown> = {}) => ({
  appId,
  event: 'user.login',
  data,
  idempotencyKey: 'order-1',
  ...change,
});

const eventsOf = async (appId: string) => await app.db.collection('events').countDocuments({ appId });

describe('publishing again with the same idempotency key', () => {
  it('returns the first event and sends nothing when the data is the same', async () => {
    await using receiver = await Receiver.start();
    const appId = await app.createApp();
    await app.call('webhooks.create', { appId, url: receiver.url, events: ['user.login'] });
    const first = await app.call('events.publish', publication(appId));
    expect(first.deliveries).toBe(1);
    // The order of keys and a filled-in appId make no other body.
    const again = publication(appId, {
      data: Object.fromEntries(Object.entries({ ...data, appId }).toReversed()),
    });
    expect(await app.call('events.publish', again)).toEqual(first);
    await app.whenIdle();
    expect(receiver.requests).toHaveLength(1);
    expect(await eventsOf(appId)).toBe(1);
  });

  it('returns the first delivery count even after webhooks were added', async () => {
    const appId = await app.createApp();
    const first = await app.call('events.publish', publication(appId));
    await app.call('webhooks.create', { appId, url: 'http://127.0.0.1:9/', events: ['user.login'] });
    expect(await app.call('events.publish', publication(appId))).toEqual(first);
    expect(first.deliveries).toBe(0);
  });

  it.each([
    ['other data', { data: { ...data, ip: '192.0.2.2' } }],
    ['one more unknown field in data', { data: { ...data, country: 'NZ' } }],
    [
      'another event',
      { event: 'user.ban', data: { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' } },
    ],
    ['a timestamp where there was none', { timestamp: '2026-01-01T00:00:00.000Z' }],
  ])('is a conflict with %s, and changes nothing', async (_name, change) => {
    const appId = await app.createApp();
    const first = await app.call('events.publish', publication(appId));
    const before = await app.fingerprint();
    const { status, error } = await app.trpc('events.publish', publication(appId, change));
    expect([status, error?.data.tocsin.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    expect(error?.message).toBe(
      `the idempotency key "order-1" was used for another user.login event (${first.id})`,
    );
    expect(await app.fingerprint()).toEqual(before);
  });

  it('compares timestamps as points in time', async () => {
    const appId = await app.createApp();
    const at = (timestamp: string) => publication(appId, { timestamp });
    const first = await app.call('events.publish', at('2026-01-01T12:00:00.000Z'));
    expect(await app.call('events.publish', at('2026-01-01T14:00:00+02:00'))).toEqual(first);
    const other = await app.trpc('events.publish', at('2026-01-01T12:00:00.001Z'));
    expect(other.error?.data.tocsin.code).toBe('IDEMPOTENCY_CONFLICT');
    const none = await app.trpc('events.publish', publication(appId));
    expect(none.error?.data.tocsin.code).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('creates one event from 20 concurrent calls, and returns its id to all', async () => {
    await using receiver = await Receiver.start();
    const appId = await app.createApp();
    await app.call('webhooks.create', { appId, url: receiver.url, events: ['user.login'] });
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => await app.call('events.publish', publication(appId))),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(new Set(answers.map(({ deliveries }) => deliveries))).toEqual(new Set([1]));
    await app.whenIdle();
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([answers[0]?.id]);
    expect(await eventsOf(appId)).toBe(1);
  });

  it('creates one event from 20 concurrent calls with different data, and rejects the others', async () => {
    const appId = await app.createApp();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const call = publication(appId, { data: { ...data, userId: `u${index}` } });
        return await app.trpc('events.publish', call);
      }),
    );
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
    expect(await eventsOf(appId)).toBe(1);
  });

  it('creates one event over two servers, and another one in another app', async () => {
    await using second = await startTestApp({
      database: app.database,
      env: { ROOT_TOKEN: 'root-of-the-second' },
    });
    const [appId, other] = [await app.createApp(), await app.createApp()];
    const first = await app.call('events.publish', publication(appId));
    expect((await app.call('events.publish', publication(other))).id).not.toBe(first.id);
    expect(await second.call('events.publish', publication(appId))).toEqual(first);
    const both = await Promise.all(
      [app, second, app, second].map(
        async (server) => await server.call('events.publish', publication(appId, { idempotencyKey: 'both' })),
      ),
    );
    expect(new Set(both.map(({ id }) => id)).size).toBe(1);
  });

  it('is the same over REST, and conflicts there too', async () => {
    const appId = await app.createApp();
    const { id } = await app.call('events.publish', publication(appId));
    const { appId: _, ...body } = publication(appId);
    const again = await app.rest('POST', `/v1/apps/${appId}/events`, body);
    expect([again.status, again.text]).toEqual([202, `{"eventId":"${id}","deliveries":0}`]);
    const other = await app.rest('POST', `/v1/apps/${appId}/events`, { ...body, data: { ...data, ip: 'x' } });
    expect(other.status).toBe(409);
    expect(other.json).toEqual({
      error: 'conflict',
      message: `the idempotency key "order-1" was used for another user.login event (${id})`,
    });
  });
});

it('without an idempotency key each call creates a new event', async () => {
  const appId = await app.createApp();
  const call = publication(appId, { idempotencyKey: undefined });
  const ids = await Promise.all(
    [call, call, call].map(async (one) => (await app.call('events.publish', one)).id),
  );
  expect(new Set(ids).size).toBe(3);
});

describe('publishing many events in one call', () => {
  it('returns each result in order: accepted, repeated, in conflict, invalid, of another account', async () => {
    const appId = await app.createApp();
    const { key } = await app.createKey();
    const foreign = await app.createApp({ accountId: await app.createAccount() });
    const events = [
      publication(appId, { idempotencyKey: 'a' }),
      publication(appId, { idempotencyKey: 'b' }),
      publication(appId, { idempotencyKey: 'a' }),
      publication(appId, { idempotencyKey: 'a', data: { ...data, ip: 'other' } }),
      publication(appId, { event: 'test' }),
      publication(appId, { data: { userId: 'u' } }),
      publication(foreign),
      'nonsense',
      publication(appId, { idempotencyKey: undefined }),
    ];
    const results = await app.call('events.publishMany', { events }, { token: key });
    expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual([
      'ok',
      'ok',
      'ok',
      'IDEMPOTENCY_CONFLICT',
      'UNKNOWN_EVENT',
      'INVALID_INPUT',
      'FORBIDDEN',
      'INVALID_INPUT',
      'ok',
    ]);
    expect(results[2]).toEqual(results[0]);
    expect(results[5]).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^data\.username: /) as unknown,
      retryable: false,
    });
    expect(await eventsOf(appId)).toBe(3);
    expect(await eventsOf(foreign)).toBe(0);
  });

  it('accepts 500 at once and sends every one', async () => {
    await using receiver = await Receiver.start();
    const appId = await app.createApp();
    await app.call('webhooks.create', { appId, url: receiver.url, events: ['user.login'] });
    const events = Array.from({ length: 500 }, (_, index) =>
      publication(appId, { idempotencyKey: `k${index}`, data: { ...data, userId: `u${index}` } }),
    );
    const results = await app.call('events.publishMany', { events });
    expect(results.filter(({ ok }) => ok)).toHaveLength(500);
    await receiver.waitFor(500, { timeoutMs: 20_000 });
    const users = receiver.requests.map(
      ({ text }) => (JSON.parse(text) as { data: { userId: string } }).data.userId,
    );
    expect(new Set(users).size).toBe(500);
  });
});
