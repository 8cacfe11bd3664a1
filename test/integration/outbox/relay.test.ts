import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTocsinClient, type TocsinClient } from '../../../client/src/index.ts';
import {
  createOutbox,
  mongoOutboxStore,
  type Outbox,
  type OutboxRelay,
  type RelayOptions,
} from '../../../client/src/outbox/index.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { httpDouble, json } from '../client/http-double.ts';

let mongo: MongoClient;
let server: TestApp;
let appId: string;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  mongo = new MongoClient(inject('mongoUri'));
  server = await startTestApp();
  appId = await server.createApp();
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await mongo.close();
});

interface Scene {
  /** Commits events of the given numbers in one transaction. */
  commit(numbers: readonly number[], app?: string): Promise<void>;
  readonly outbox: ReturnType<typeof openOutbox>;
  relay(options?: RelayOptions): OutboxRelay;
}

function openOutbox(client: TocsinClient, database: string) {
  return createOutbox({
    client,
    store: mongoOutboxStore(mongo.db(database)),
    logger: { warn: () => undefined },
  });
}

function toData(number: number) {
  return { licenseKey: `key-${number}`, status: 'revoked' } as const;
}

function openScene(
  url: string = server.url,
  token: string | (() => string) = server.rootToken,
  database = `outbox_${randomBytes(6).toString('hex')}`,
): Scene {
  const client = createTocsinClient({ url, token, timeoutMs: 300, retry: { retries: 0 } });
  const outbox = openOutbox(client, database);
  closers.push(() => client.close());
  return {
    outbox,
    commit: async (numbers, app = appId) => {
      await mongo.withSession((session) =>
        session.withTransaction(async () => {
          for (const number of numbers) {
            await outbox.publish('license.revoked', { appId: app, data: toData(number) }, { session });
          }
        }),
      );
    },
    relay: (options) => {
      const relay = outbox.relay({ leaseMs: 500, searchMs: 200, ...options });
      closers.push(() => relay.close());
      return relay;
    },
  };
}

async function untilEmpty(outbox: Pick<Outbox<never, never>, 'stats'>): Promise<void> {
  await expect.poll(async () => (await outbox.stats()).pending).toBe(0);
}

/** The license keys of the app's events, in the order in which they were stored. */
async function listKeys(app: string): Promise<unknown[]> {
  const events = server.db.collection<{ appId: string; data: string }>('events');
  const stored = await events.find({ appId: app }).sort({ $natural: 1 }).toArray();
  return stored.map(({ data }) => (JSON.parse(data) as { licenseKey: string }).licenseKey);
}

describe('the relay of an outbox', () => {
  it('publishes what is committed, in order, and nothing else', async () => {
    const app = await server.createApp();
    const { outbox, commit, relay } = openScene();
    const aborted = mongo.withSession((session) =>
      session.withTransaction(async () => {
        await outbox.publish('license.revoked', { appId: app, data: toData(-1) }, { session });
        throw new Error('the change failed');
      }),
    );
    await expect(aborted).rejects.toThrow('the change failed');
    for (let number = 0; number < 120; number += 4) {
      await commit([number, number + 1, number + 2, number + 3], app);
    }
    const started = relay();
    await untilEmpty(outbox);
    await commit([120], app);
    await untilEmpty(outbox);
    expect(await listKeys(app)).toEqual(Array.from({ length: 121 }, (_, number) => `key-${number}`));
    expect(started.counts).toMatchObject({ state: 'active', published: 121, setAside: 0 });
  });

  it('gets no event whose data is wrong, because its transaction fails', async () => {
    const { outbox } = openScene();
    const event = { appId, data: { licenseKey: 'key-1' } };
    const written = mongo.withSession((session) =>
      session.withTransaction(() => outbox.publish('license.revoked', event as never, { session })),
    );
    await expect(written).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('license.revoked: data.status') as string,
    });
    expect((await outbox.stats()).pending).toBe(0);
  });

  it('tells the server when the event happened, not when it was published', async () => {
    const { outbox, commit, relay } = openScene();
    const before = Date.now();
    await commit([1]);
    const after = Date.now();
    relay();
    await untilEmpty(outbox);
    const [event] = (await server.call('events.list', { appId, limit: 1 })).items;
    expect(Date.parse(event?.timestamp ?? '')).toBeGreaterThanOrEqual(before);
    expect(Date.parse(event?.timestamp ?? '')).toBeLessThanOrEqual(after);
  });

  it('sets an event aside that the server refuses, with the reason, and goes on', async () => {
    const app = await server.createApp();
    const { outbox, commit, relay } = openScene();
    await commit([1], app);
    await mongo.withSession((session) =>
      session.withTransaction(async () => {
        // A service whose catalog is not the server's.
        const event = { appId: app, data: { amount: 1 } };
        await outbox.publish('invoice.paid' as never, event, { session });
      }),
    );
    await commit([3], app);
    relay();
    await untilEmpty(outbox);
    expect(await listKeys(app)).toEqual(['key-1', 'key-3']);
    const [aside] = await outbox.listSetAside();
    expect(aside).toMatchObject({ appId: app, type: 'invoice.paid', code: 'UNKNOWN_EVENT' });
    expect(aside?.reason).toContain('invoice.paid');
    expect(await outbox.stats()).toMatchObject({ pending: 0, setAside: 1 });
    expect(await outbox.discard(aside?.id ?? '')).toBe(true);
  });

  it('waits while the server cannot be reached or refuses the credential, and loses nothing', async () => {
    let token = 'tsk_wrong';
    const app = await server.createApp();
    const { outbox, commit, relay } = openScene(server.url, () => token);
    await commit([1, 2], app);
    const started = relay();
    await expect.poll(() => started.counts.lastError?.code).toBe('UNAUTHENTICATED');
    await expect.poll(() => started.counts.state).toBe('held');
    expect(await outbox.stats()).toMatchObject({ pending: 2, setAside: 0 });
    token = server.rootToken;
    await untilEmpty(outbox);
    expect(await listKeys(app)).toEqual(['key-1', 'key-2']);
  });

  it('lets an app wait without holding up others, and keeps its order', async () => {
    let isBusy = true;
    const accepted: string[] = [];
    await using double = await httpDouble((request, response) => {
      const { events, ordered = false } = JSON.parse(request.body) as {
        events: { appId: string; data: { licenseKey: string } }[];
        ordered?: boolean;
      };
      let isStopped = false;
      const data = events.map((event) => {
        const isRefused = event.appId === 'busy' && (isBusy || isStopped || Math.random() < 0.3);
        isStopped ||= isRefused && ordered;
        if (isRefused) return { ok: false, code: 'RATE_LIMITED', message: 'too many', retryable: true };
        accepted.push(`${event.appId} ${event.data.licenseKey}`);
        return { ok: true, id: 'evt_1', deliveries: 0 };
      });
      json(response, 200, { result: { data } });
    });
    const { outbox, commit, relay } = openScene(double.url, 'tsk_1');
    await commit([1, 2, 3], 'busy');
    await commit([1, 2, 3], 'calm');
    relay();
    await expect.poll(() => accepted.filter((text) => text.startsWith('calm'))).toHaveLength(3);
    await expect.poll(async () => (await outbox.stats()).pending).toBe(3);
    isBusy = false;
    await untilEmpty(outbox);
    const [busy, calm] = ['busy', 'calm'].map((app) => accepted.filter((text) => text.startsWith(app)));
    expect(busy).toEqual(['busy key-1', 'busy key-2', 'busy key-3']);
    expect(calm).toEqual(['calm key-1', 'calm key-2', 'calm key-3']);
  });

  it('sets events of a missing app aside only after a while', async () => {
    const { outbox, commit, relay } = openScene();
    await commit([1], 'app_missing');
    await commit([2]);
    relay({ giveUpAfterMs: 600 });
    await expect.poll(async () => (await outbox.stats()).relay?.failures).toBeGreaterThan(0);
    expect(await outbox.stats()).toMatchObject({ setAside: 0 });
    await untilEmpty(outbox);
    const [aside] = await outbox.listSetAside();
    expect(aside).toMatchObject({ appId: 'app_missing', code: 'FORBIDDEN' });
  });

  it('publishes in one process at a time, and another one takes over', async () => {
    const app = await server.createApp();
    const database = `outbox_${randomBytes(6).toString('hex')}`;
    const first = openScene(server.url, server.rootToken, database);
    const second = openScene(server.url, server.rootToken, database);
    const one = first.relay();
    await expect.poll(() => one.counts.state).toBe('active');
    const other = second.relay();
    await first.commit([1], app);
    await untilEmpty(first.outbox);
    expect([one.counts.published, other.counts]).toMatchObject([1, { state: 'standby', published: 0 }]);
    await one.close();
    await first.commit([2], app);
    await untilEmpty(first.outbox);
    expect([one.counts.state, other.counts]).toMatchObject(['closed', { state: 'active', published: 1 }]);
    expect(await listKeys(app)).toEqual(['key-1', 'key-2']);
  });

  it('reports events that wait for too long, and that they no longer do', async () => {
    let token = 'tsk_wrong';
    const { commit, relay } = openScene(server.url, () => token);
    const reports: boolean[] = [];
    await commit([1]);
    relay({ lagAlertMs: 1, onLag: ({ isLagging, pending }) => reports.push(isLagging && pending === 1) });
    await expect.poll(() => reports).toEqual([true]);
    token = server.rootToken;
    await expect.poll(() => reports).toEqual([true, false]);
  });

  it('has one relay for each outbox', () => {
    const { outbox, relay } = openScene();
    relay();
    expect(() => outbox.relay()).toThrow('already has a relay');
    expect(() => openScene().outbox.relay({ leaseMs: 0 })).toThrow('leaseMs must be between 50');
  });
});
