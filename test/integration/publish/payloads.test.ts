import { beforeAll, describe, expect, it } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData as data } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';

const app = useTestApp();
const receiver = useReceiver();
let appId: string;

beforeAll(async () => {
  appId = await app.createApp();
  await app.rest('POST', `/v1/admin/apps/${appId}/webhooks`, {
    url: receiver.url,
    events: ['user.login', 'license.activate'],
  });
});

/** Publishes an event. Returns what the receiver got for it. */
async function delivered(publication: Record<string, unknown>) {
  const { id } = await app.call('events.publish', { appId, event: 'user.login', ...publication });
  const [request] = await receiver.waitFor(1, { where: ({ headers }) => headers['webhook-id'] === id });
  if (request === undefined) throw new Error('unreachable');
  return { id, text: request.text };
}

const at = '2026-04-10T15:30:00.000Z';

describe('the data of an event', () => {
  it("is delivered compact, in the schema's order of keys, whatever order it came in", async () => {
    const { text } = await delivered({
      timestamp: at,
      data: { hwid: 'h', appId, ip: '192.0.2.1', username: 'n', userId: 'u' },
    });
    expect(text).toBe(
      `{"event":"user.login","timestamp":"${at}",` +
        `"data":{"userId":"u","username":"n","ip":"192.0.2.1","hwid":"h","appId":"${appId}"}}`,
    );
  });

  it('keeps fields that the catalog does not know, as they came, after the known ones', async () => {
    const extra = {
      country: 'NZ',
      tags: ['a', null, { deep: [1, 2.5, true] }],
      note: 'é — \u{1F512} </script>',
    };
    const { id, text } = await delivered({
      timestamp: at,
      data: { ...extra, ...data },
    });
    const known = { ...data, appId };
    expect(text).toBe(JSON.stringify({ event: 'user.login', timestamp: at, data: { ...known, ...extra } }));
    expect((await app.call('events.get', { id })).data).toEqual({ ...known, ...extra });
  });

  it('has the appId of the call when it gives none, or gives the same', async () => {
    for (const given of [data, { ...data, appId }]) {
      const { text } = await delivered({ data: given });
      expect((JSON.parse(text) as { data: unknown }).data).toEqual({ ...data, appId });
    }
  });

  it('is rejected with the appId of another app, also of the same account', async () => {
    const other = await app.createApp();
    // The events of the tests before leave the queue a little after they were received.
    await app.whenIdle();
    const before = await app.fingerprint();
    const { status, error } = await app.trpc('events.publish', {
      appId,
      event: 'user.login',
      data: { ...data, appId: other },
    });
    expect([status, error?.message]).toEqual([
      400,
      `data.appId: "${other}" does not match the app ${appId} of this call`,
    ]);
    expect(await app.fingerprint()).toEqual(before);
  });

  it('is taken up to 200 KiB and delivered whole', async () => {
    const note = 'x'.repeat(200 * 1024 - 200);
    const { text } = await delivered({
      data: { ...data, note },
    });
    expect(JSON.parse(text)).toMatchObject({ data: { note } });
  });
});

describe('the timestamp of an event', () => {
  it('is the given instant in UTC with milliseconds', async () => {
    const { id, text } = await delivered({ data, timestamp: '2026-04-10T17:30:00+02:00' });
    expect(text).toContain(`"timestamp":"${at}"`);
    expect((await app.call('events.get', { id })).timestamp).toBe(at);
  });

  it('is the time of the call when none is given', async () => {
    // A clock of the database can differ from that of this process by its last measurement.
    const toleranceMs = 1_000;
    const before = Date.now() - toleranceMs;
    const { text } = await delivered({ data });
    const after = Date.now() + toleranceMs;
    const { timestamp } = JSON.parse(text) as { timestamp: string };
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(timestamp)).toBeLessThanOrEqual(after);
  });
});

describe('an event', () => {
  it('goes to the webhooks that subscribed it, of this app alone', async () => {
    await using other = await Receiver.start();
    const foreign = await app.createApp();
    for (const [owner, events] of [
      [foreign, ['user.ban']],
      [appId, ['user.register']],
    ] as const) {
      await app.call('webhooks.create', { appId: owner, url: other.url, events });
    }
    const answer = await app.call('events.publish', {
      appId,
      event: 'user.ban',
      data: { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' },
    });
    expect(answer.deliveries).toBe(0);
    await app.whenIdle();
    expect(other.requests).toEqual([]);
  });

  it('returns 202 over REST with its id and the number of deliveries, in this order', async () => {
    const answer = await app.rest('POST', `/v1/apps/${appId}/events`, {
      event: 'user.login',
      data,
    });
    expect(answer.status).toBe(202);
    expect(answer.text).toMatch(/^\{"eventId":"evt_[0-9a-hjkmnp-tv-z]{26}","deliveries":1\}$/);
  });

  it('hands its trace context on to the receiver', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { id } = await app.call(
      'events.publish',
      { appId, event: 'user.login', data },
      { headers: { traceparent } },
    );
    const [request] = await receiver.waitFor(1, { where: ({ headers }) => headers['webhook-id'] === id });
    expect(request?.headers['traceparent']).toBe(traceparent);
  });

  it('hands the trace context of each event in a call on to the receiver, before that of the call', async () => {
    const traces = ['1', '2'].map((digit) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`);
    const header = `00-${'3'.repeat(32)}-${'3'.repeat(16)}-01`;
    const results = await app.call(
      'events.publishMany',
      {
        events: [...traces, undefined, 'not one'].map((traceparent) => ({
          appId,
          event: 'user.login',
          data,
          traceparent,
        })),
      },
      { headers: { traceparent: header } },
    );
    const ids = results.map((result) => (result.ok ? result.id : result.message));
    const seen = await receiver.waitFor(4, {
      where: ({ headers }) => ids.includes(String(headers['webhook-id'])),
    });
    const byId = new Map(seen.map(({ headers }) => [headers['webhook-id'], headers['traceparent']]));
    expect(ids.map((id) => byId.get(id))).toEqual([...traces, header, undefined]);
  });

  it('hands the trace context in the body over REST on to the receiver', async () => {
    const traceparent = `00-${'4'.repeat(32)}-${'4'.repeat(16)}-01`;
    const body = { event: 'user.login', data, traceparent };
    const { text } = await app.rest('POST', `/v1/apps/${appId}/events`, body);
    const { eventId } = JSON.parse(text) as { eventId: string };
    const [request] = await receiver.waitFor(1, {
      where: ({ headers }) => headers['webhook-id'] === eventId,
    });
    expect(request?.headers['traceparent']).toBe(traceparent);
  });

  it.each([
    'not one',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    `01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-${'x'.repeat(100)}`,
  ])('sends on nothing of a trace context that is not valid: %s', async (traceparent) => {
    const { id } = await app.call(
      'events.publish',
      { appId, event: 'user.login', data },
      { headers: { traceparent } },
    );
    const [request] = await receiver.waitFor(1, { where: ({ headers }) => headers['webhook-id'] === id });
    expect(request?.headers['traceparent']).toBeUndefined();
  });

  it('is returned as it was published, and listed newest first', async () => {
    const mine = await app.createApp();
    const ids: string[] = [];
    for (const idempotencyKey of ['k1', 'k2', 'k3']) {
      const call = { appId: mine, event: 'user.login', data, timestamp: at, idempotencyKey };
      ids.push((await app.call('events.publish', call)).id);
    }
    const event = await app.call('events.get', { id: ids[1] });
    expect(event).toEqual({
      id: ids[1],
      appId: mine,
      event: 'user.login',
      timestamp: at,
      data: { ...data, appId: mine },
      idempotencyKey: 'k2',
      createdAt: expect.stringMatching(/Z$/) as unknown,
      deliveries: 0,
    });
    const first = await app.call('events.list', { appId: mine, limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    const rest = await app.call('events.list', { appId: mine, limit: 2, cursor: first.nextCursor });
    expect(rest.items.map(({ id }) => id)).toEqual([ids[0]]);
    expect(rest.nextCursor).toBeNull();
  });
});
