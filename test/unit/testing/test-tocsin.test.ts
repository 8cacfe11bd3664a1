import { createTocsinClient } from '@tocsin/client';
import { fetchReceiver, verify } from '@tocsin/client/receiver';
import { createTestTocsin, type TestTocsin, type TestTocsinOptions } from '@tocsin/testing';
import { describe, expect, it } from 'vitest';
import { Receiver } from '../../support/receiver.ts';
import { acme } from '../../types/acme.ts';

const now = '2026-01-01T00:00:00.000Z';
const revoked = { data: { licenseKey: 'key-1', status: 'revoked' as const } };

async function startWithReceiver(options: TestTocsinOptions = {}) {
  const tocsin = await createTestTocsin({ now, ...options });
  const receiver = tocsin.receiver();
  const webhook = await tocsin.webhook({ to: receiver, events: ['license.*'], profile: 'standard' });
  return {
    tocsin,
    receiver,
    webhook,
    [Symbol.asyncDispose]: async () => await tocsin.close(),
  };
}

/** Seconds since the start of each request. */
function secondsOf(tocsin: Pick<TestTocsin, 'now'>, requests: readonly { readonly at: Date }[]): number[] {
  return requests.map(({ at }) => (at.getTime() - Date.parse(now)) / 1000);
}

async function onlyDelivery({ client, appId }: TestTocsin) {
  const { items } = await client.deliveries.list.query({ appId });
  expect(items).toHaveLength(1);
  return items[0];
}

describe('the test kit', () => {
  it('delivers an event at the time at which it is published', async () => {
    await using kit = await startWithReceiver();
    const published = await kit.tocsin.publish('license.revoked', revoked);
    expect(published.deliveries).toBe(1);
    expect(kit.receiver.requests).toHaveLength(1);
    const [request] = kit.receiver.requests;
    expect(request).toMatchObject({ answer: 200, at: new Date(now), event: { id: published.id } });
    expect(await request?.verify()).toMatchObject({ type: 'license.revoked', data: revoked.data });
    expect(await onlyDelivery(kit.tocsin)).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });

  it('retries by the schedule of the product, in virtual time', async () => {
    await using kit = await startWithReceiver();
    kit.receiver.otherwise(500);
    await kit.tocsin.publish('license.revoked', revoked);
    await kit.tocsin.advance('5d');
    const hours = [0, 5, 305, 2_105, 9_305, 27_305, 63_305, 113_705, 185_705, 272_105];
    expect(secondsOf(kit.tocsin, kit.receiver.requests)).toEqual(hours);
    expect(await onlyDelivery(kit.tocsin)).toMatchObject({ status: 'failed', reason: 'retries_exhausted' });
  });

  it('sends nothing before its time', async () => {
    await using kit = await startWithReceiver();
    kit.receiver.respond(503, 200);
    await kit.tocsin.publish('license.revoked', revoked);
    await kit.tocsin.advance(4_999);
    expect(kit.receiver.requests).toHaveLength(1);
    await kit.tocsin.advance(1);
    expect(kit.receiver.requests).toHaveLength(2);
  });

  it('ends a request without an answer at the delivery timeout', async () => {
    await using kit = await startWithReceiver({ deliveryTimeout: '3s' });
    kit.receiver.hang();
    await kit.tocsin.publish('license.revoked', revoked);
    expect(kit.receiver.requests[0]?.answer).toBe('pending');
    await kit.tocsin.advance('3s');
    expect(kit.receiver.requests[0]?.answer).toBe('timeout');
    await kit.tocsin.advance('5s');
    expect(secondsOf(kit.tocsin, kit.receiver.requests)).toEqual([0, 8]);
  });

  it('answers late, resets, and answers with headers and a body', async () => {
    await using kit = await startWithReceiver();
    kit.receiver
      .slow('8s', 500)
      .reset()
      .respond({ status: 429, headers: { 'Retry-After': '3600' }, body: 'later' });
    await kit.tocsin.publish('license.revoked', revoked);
    await kit.tocsin.advance('1d');
    expect(secondsOf(kit.tocsin, kit.receiver.requests)).toEqual([0, 13, 313, 3_913]);
    expect(kit.receiver.requests.map(({ answer }) => answer)).toEqual([500, 'reset', 429, 200]);
    const delivery = await onlyDelivery(kit.tocsin);
    const { attempts } = await kit.tocsin.client.deliveries.get.query({ id: delivery?.id ?? '' });
    expect(attempts.map(({ statusCode, reason, durationMs }) => [statusCode, reason, durationMs])).toEqual([
      [500, 'http_status', 8_000],
      [null, 'connection_reset', 0],
      [429, 'http_status', 0],
      [200, null, 0],
    ]);
  });

  it('delivers a request twice, with one id and one signature', async () => {
    await using kit = await startWithReceiver();
    kit.receiver.duplicate();
    await kit.tocsin.publish('license.revoked', revoked);
    const [first, second] = kit.receiver.requests;
    expect(kit.receiver.requests).toHaveLength(2);
    expect(second).toMatchObject({ isDuplicate: true, body: first?.body, headers: first?.headers });
    expect(await onlyDelivery(kit.tocsin)).toMatchObject({ attemptCount: 1 });
  });

  it('disables a webhook after 410', async () => {
    await using kit = await startWithReceiver();
    kit.receiver.respond(410);
    await kit.tocsin.publish('license.revoked', revoked);
    const webhook = await kit.tocsin.client.webhooks.get.query({ id: kit.webhook.id });
    expect(webhook).toMatchObject({ enabled: false, disabledReason: 'gone' });
  });

  it('calls a handler of the service under test, which verifies with the virtual time', async () => {
    await using kit = await startWithReceiver();
    const seen: string[] = [];
    const { secret } = kit.webhook;
    kit.receiver
      .respond(503)
      .otherwise(fetchReceiver({ secret, now: kit.tocsin.now }, (event) => void seen.push(event.type)));
    await kit.tocsin.publish('license.revoked', revoked);
    await kit.tocsin.advance('1h');
    expect(seen).toEqual(['license.revoked']);
    expect(kit.receiver.requests.map(({ answer }) => answer)).toEqual([503, 200]);
  });

  it('takes an error of a handler as the status 500', async () => {
    await using kit = await startWithReceiver();
    kit.receiver.otherwise(() => {
      throw new Error('broken');
    });
    await kit.tocsin.publish('license.revoked', revoked);
    expect(kit.receiver.requests[0]?.answer).toBe(500);
  });

  it('lets calls of the client happen when it settles', async () => {
    await using kit = await startWithReceiver();
    const calls = Array.from({ length: 20 }, async (_, index) => {
      const data = { licenseKey: `key-${index}`, status: 'revoked' as const };
      return await kit.tocsin.client.publish('license.revoked', { appId: kit.tocsin.appId, data });
    });
    await Promise.all(calls);
    await kit.tocsin.settle();
    expect(kit.receiver.requests).toHaveLength(20);
  });

  it('knows the events of a catalog, and pins versions of a webhook', async () => {
    await using tocsin = await createTestTocsin({ catalog: acme, now });
    const receiver = tocsin.receiver();
    const old = tocsin.receiver({ name: 'old' });
    await tocsin.webhook({ to: receiver, events: ['invoice.*'] });
    await tocsin.webhook({ to: old, events: ['invoice.paid'], eventVersions: { 'invoice.paid': 1 } });
    const data = { invoiceId: 'inv_1', amount: 4200, paidAt: now, lines: [] };
    await tocsin.publish('invoice.paid', { data });
    expect(await receiver.requests[0]?.verify()).toMatchObject({ data: { ...data, paidAt: new Date(now) } });
    expect(old.requests[0]?.event.data).toEqual({ id: 'inv_1', amount: 4200 });
  });

  it('rejects an event that the catalog does not have', async () => {
    await using tocsin = await createTestTocsin({ catalog: acme, now });
    // @ts-expect-error not in the catalog
    await expect(tocsin.publish('invoice.lost', { data: {} })).rejects.toMatchObject({
      code: 'UNKNOWN_EVENT',
    });
  });

  it('fails the attempts to a URL without a receiver', async () => {
    await using tocsin = await createTestTocsin({ now });
    await tocsin.webhook({ to: 'https://nowhere.test/hook', events: ['*'] });
    await tocsin.publish('license.revoked', revoked);
    const delivery = await onlyDelivery(tocsin);
    expect(delivery).toMatchObject({ status: 'pending', attemptCount: 1 });
  });

  it('runs equal for an equal start and seed', async () => {
    const run = async (): Promise<string> => {
      await using kit = await startWithReceiver();
      const other = kit.tocsin.receiver({ name: 'other' });
      await kit.tocsin.webhook({ to: other, events: ['*'] });
      kit.receiver.respond(503, 200, 500).hang().otherwise(500);
      for (let index = 0; index < 5; index++) {
        await kit.tocsin.publish('license.revoked', revoked);
        await kit.tocsin.advance('90s');
      }
      await kit.tocsin.advance('2d');
      return kit.tocsin.log();
    };
    const first = await run();
    expect(first.split('\n').length).toBeGreaterThan(20);
    expect(await run()).toBe(first);
  });

  it('replays deliveries', async () => {
    await using kit = await startWithReceiver({ retrySchedule: ['1s'] });
    kit.receiver.respond(500, 500);
    await kit.tocsin.publish('license.revoked', revoked);
    await kit.tocsin.advance('1m');
    await kit.tocsin.client.deliveries.replay.mutate({ webhookId: kit.webhook.id, since: now });
    await kit.tocsin.advance('1m');
    expect(await onlyDelivery(kit.tocsin)).toMatchObject({ status: 'delivered' });
  });

  it('serves the calls of a client on a port when asked', async () => {
    await using kit = await startWithReceiver();
    const client = createTocsinClient(await kit.tocsin.listen());
    const { deliveries } = await client.publish('license.revoked', { appId: kit.tocsin.appId, ...revoked });
    await kit.tocsin.settle();
    await client.close();
    expect([deliveries, kit.receiver.requests.length]).toEqual([1, 1]);
  });

  it('forwards requests to a receiver in another process, as they are', async () => {
    await using kit = await startWithReceiver();
    await using elsewhere = await Receiver.start({ answer: 201 });
    kit.receiver.otherwise((request) => fetch(elsewhere.url, request));
    await kit.tocsin.publish('license.revoked', revoked);
    const [request] = elsewhere.requests;
    expect(kit.receiver.requests[0]?.answer).toBe(201);
    expect(
      await verify(request ?? new Request(elsewhere.url), {
        secret: kit.webhook.secret,
        now: kit.tocsin.now,
      }),
    ).toMatchObject({
      type: 'license.revoked',
    });
  });

  it('waits for what the service under test publishes in the background', async () => {
    await using kit = await startWithReceiver();
    const { client, appId } = kit.tocsin;
    const later = setTimeout(() => void client.publish('license.revoked', { appId, ...revoked }), 30);
    const count = await kit.tocsin.waitFor(
      () => kit.receiver.requests.length > 0 && kit.receiver.requests.length,
    );
    expect(count).toBe(1);
    clearTimeout(later);
  });

  it('ends a wait with the reason', async () => {
    await using tocsin = await createTestTocsin();
    await expect(tocsin.waitFor(() => false, { timeout: '30ms' })).rejects.toThrow(
      'still false after 30ms of real time: () => false',
    );
    const check = () => expect(1).toBe(2);
    await expect(tocsin.waitFor(check, { timeout: '30ms' })).rejects.toThrow('expected 1 to be 2');
    await expect(tocsin.waitFor(() => true, { timeout: '1 s' as '1s' })).rejects.toThrow('not "1 s"');
  });

  it('fails the calls of clients during an outage, and goes on delivering', async () => {
    await using kit = await startWithReceiver();
    kit.receiver.respond(503);
    await kit.tocsin.publish('license.revoked', revoked);
    {
      using outage = kit.tocsin.startOutage();
      await expect(kit.tocsin.publish('license.revoked', revoked)).rejects.toMatchObject({ code: 'NETWORK' });
      await kit.tocsin.advance('5s');
      expect(kit.receiver.requests.map(({ answer }) => answer)).toEqual([503, 200]);
      const other = kit.tocsin.startOutage('unavailable');
      await expect(kit.tocsin.client.apps.list.query({})).rejects.toMatchObject({ httpStatus: 503 });
      other.end();
      outage.end();
      outage.end();
      await kit.tocsin.client.apps.list.query({});
    }
    expect(() => kit.tocsin.startOutage('down' as 'unreachable')).toThrow('not "down"');
  });

  it('fails the calls of a service in another process during an outage', async () => {
    await using kit = await startWithReceiver();
    const { url } = await kit.tocsin.listen();
    using _outage = kit.tocsin.startOutage();
    await expect(fetch(`${url}/trpc/apps.list`)).rejects.toThrow('fetch failed');
  });

  it('rejects wrong options, naming the value', async () => {
    await expect(createTestTocsin({ now: 'tomorrow' })).rejects.toThrow('now must be a time, not "tomorrow"');
    await using tocsin = await createTestTocsin();
    await expect(tocsin.advance('5 minutes' as '5m')).rejects.toThrow('not "5 minutes"');
    expect(() => tocsin.receiver().respond(700)).toThrow('status must be a whole number from 200 to 599');
  });
});
