import { randomUUID } from 'node:crypto';
import { ObjectId } from 'mongodb';
import { describe, expect, inject, it, vi } from 'vitest';
import type { ConfigChange, WorkNotice } from '../../server/src/domain/ports/notifications.ts';
import { MongoApiKeyStore } from '../../server/src/store/mongo/accounts/api-key-store.ts';
import { MongoAppDeletionStore } from '../../server/src/store/mongo/accounts/app-deletion-store.ts';
import { MongoAppStore } from '../../server/src/store/mongo/accounts/app-store.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoNotifications } from '../../server/src/store/mongo/notifications/notifications.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { aWebhook } from '../support/builders.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** 'anything' stands for a notification without details. */
type Heard = 'work' | 'owners' | 'anything' | ConfigChange;

async function open(database = `signals_${randomUUID()}`) {
  const connection = await Connection.open({ uri: inject('mongoUri'), database });
  const notifications = new MongoNotifications(connection.db, connection.collections, silent);
  const heard: Heard[] = [];
  notifications.subscribe({
    onWork: () => heard.push('work'),
    onConfigChange: (change) => heard.push(change ?? 'anything'),
    onOwnersChange: () => heard.push('owners'),
  });
  return {
    database,
    connection,
    notifications,
    heard,
    start: async () => {
      notifications.start();
      await vi.waitFor(() => expect(heard).toEqual(['anything']), { timeout: 20_000 });
    },
    [Symbol.asyncDispose]: async () => {
      await notifications.close();
      await connection.close();
    },
  };
}

/** The open notification cursors of this database. */
async function tailsOf({ connection, database }: Awaited<ReturnType<typeof open>>) {
  return await connection.client
    .db('admin')
    .aggregate<{ cursor: { cursorId: bigint } }>([
      { $currentOp: { idleCursors: true, localOps: true } },
      { $match: { ns: `${database}.signal_log`, 'cursor.tailable': true } },
    ])
    .toArray();
}

/** A notice of work in one partition. */
const work: WorkNotice = { entries: [{ entryId: 'evt_1', partitions: [7] }], webhookIds: [] };

const within = { timeout: 20_000, interval: 5 };

describe('notifications between processes', () => {
  it('announce work and each configuration change, in order and to all subscribers', async () => {
    await using one = await open();
    await using other = await open(one.database);
    await Promise.all([one.start(), other.start()]);
    const { collections } = one.connection;
    const webhooks = new MongoWebhookStore(collections);
    const apps = new MongoAppStore(collections);
    const deletions = new MongoAppDeletionStore(collections);
    const keys = new MongoApiKeyStore(collections);
    const webhook = aWebhook();
    const { id, appId } = webhook;

    await apps.insert({ id: appId, accountId: 'acc_1', name: 'A', createdAt: 1 });
    await webhooks.insert(webhook, 5);
    await webhooks.update(webhook, { enabled: false, updatedAt: 2 });
    await webhooks.update(webhook, { enabled: true, updatedAt: 3 });
    await webhooks.disable(id, 'gone', 4);
    await webhooks.update(webhook, { secret: 'another' });
    await webhooks.delete(id);
    await keys.insert({
      id: 'key_1',
      accountId: 'acc_1',
      appId: null,
      ancestorIds: [],
      name: 'K',
      scopes: [],
      hash: 'h',
      previous: null,
      prefix: 'p',
      createdAt: 1,
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    });
    await keys.revoke('key_1', 5);
    await deletions.start({ id: 'del_1', appId, createdAt: 6 }, 1);
    one.notifications.notifyWork(work);

    const app = { collection: 'apps', id: appId, appId };
    const ofWebhook = { collection: 'webhooks', id, appId };
    const key = { collection: 'keys', id: 'key_1', appId: undefined };
    const expected = ['anything', app, ...Array.from({ length: 6 }, () => ofWebhook), key, key, app, 'work'];
    for (const { heard } of [one, other]) await vi.waitFor(() => expect(heard).toEqual(expected), within);
  });

  it('gather the work of several calls, and tell every process which it is', async () => {
    await using one = await open();
    await using other = await open(one.database);
    const told: WorkNotice[] = [];
    other.notifications.subscribe({ onWork: (notice) => told.push(notice), onConfigChange: () => undefined });
    await Promise.all([one.start(), other.start()]);
    // The first call sends at once, and the others within the gap after it are gathered.
    const entries = [1, 2, 3].map((n) => ({ entryId: `evt_${n}`, partitions: [n, n + 1] }));
    for (const entry of entries) one.notifications.notifyWork({ entries: [entry], webhookIds: [] });
    for (const id of ['wh_1', 'wh_2', 'wh_1'])
      one.notifications.notifyWork({ entries: [], webhookIds: [id] });
    await vi.waitFor(() => expect(told.flatMap((notice) => notice.entries)).toEqual(entries), within);
    await vi.waitFor(
      () => expect(told.flatMap((notice) => notice.webhookIds)).toEqual(['wh_1', 'wh_2']),
      within,
    );
    expect(told).toHaveLength(1);
  });

  it('announce that partitions changed hands', async () => {
    await using one = await open();
    await using other = await open(one.database);
    await Promise.all([one.start(), other.start()]);
    one.notifications.notifyOwners();
    for (const { heard } of [one, other]) {
      await vi.waitFor(() => expect(heard).toEqual(['anything', 'owners']), within);
    }
  });

  it('are not sent for a call that changes nothing', async () => {
    await using one = await open();
    await one.start();
    const { collections } = one.connection;
    const webhooks = new MongoWebhookStore(collections);
    await webhooks.update(aWebhook({ id: 'wh_absent' }), { enabled: false });
    await webhooks.disable('wh_absent', 'gone', 1);
    await webhooks.delete('wh_absent');
    await new MongoApiKeyStore(collections).touch(new Map([['key_1', 1]]));
    const deletions = new MongoAppDeletionStore(collections);
    await deletions.start({ id: 'del_1', appId: 'app_absent', createdAt: 1 }, 1);
    one.notifications.notifyWork(work);
    await vi.waitFor(() => expect(one.heard).toEqual(['anything', 'work']), within);
  });

  it('skip what was sent before the subscription', async () => {
    await using one = await open();
    await one.start();
    one.notifications.notifyWork(work);
    await vi.waitFor(() => expect(one.heard).toEqual(['anything', 'work']), within);
    await using late = await open(one.database);
    await late.start();
    one.notifications.notifyWork(work);
    await vi.waitFor(() => expect(late.heard).toEqual(['anything', 'work']), within);
  });

  it('can be subscribed to where a change was made before any server ran', async () => {
    await using one = await open();
    const { collections } = one.connection;
    await new MongoAppStore(collections).insert({
      id: 'app_1',
      accountId: 'acc_1',
      name: 'A',
      createdAt: 1,
    });
    expect(await collections.notifications.isCapped()).toBe(false);
    await one.start();
    expect(await collections.notifications.isCapped()).toBe(true);
    one.notifications.notifyWork(work);
    await vi.waitFor(() => expect(one.heard).toEqual(['anything', 'work']), within);
  });

  it('continue after a lost cursor, and report that anything may have changed', async () => {
    await using one = await open();
    await one.start();
    // A failover or an overrun capped collection has the same effect.
    const [cursor] = await tailsOf(one);
    expect(cursor).toBeDefined();
    await one.connection.db.command({ killCursors: 'signal_log', cursors: [cursor?.cursor.cursorId] });
    await vi.waitFor(() => expect(one.heard.length).toBeGreaterThanOrEqual(3), { timeout: 20_000 });
    expect(new Set(one.heard)).toEqual(new Set(['anything']));
    one.notifications.notifyWork(work);
    await vi.waitFor(() => expect(one.heard.at(-1)).toBe('work'), within);
  });

  it('use at most 256 KiB, however many were sent', async () => {
    await using one = await open();
    await one.start();
    const { collections, db } = one.connection;
    const many = Array.from({ length: 10_000 }, () => ({ _id: new ObjectId(), kind: 'work' as const }));
    await collections.notifications.insertMany(many);
    const { size } = await db.command({ collStats: 'signal_log' });
    expect(size).toBeLessThanOrEqual(256 * 1024);
    // The reader either kept up or was overrun. In both cases it continues.
    await vi.waitFor(
      () => {
        one.notifications.notifyWork(work);
        expect(one.heard.at(-1)).toBe('work');
      },
      { timeout: 20_000, interval: 50 },
    );
  });

  it('stop once they are closed, and leave no cursor in mongod', async () => {
    await using one = await open();
    await using other = await open(one.database);
    await Promise.all([one.start(), other.start()]);
    await one.notifications.close();
    expect(await tailsOf(one)).toHaveLength(1);
    one.notifications.notifyWork(work);
    other.notifications.notifyWork(work);
    await vi.waitFor(() => expect(other.heard).toEqual(['anything', 'work']), within);
    expect(one.heard).toEqual(['anything']);
  });

  it('can be closed while the database accepts no writes', async () => {
    await using one = await open();
    await one.start();
    const admin = one.connection.client.db('admin');
    const data = { failCommands: ['insert'], namespace: `${one.database}.signal_log`, errorCode: 2 };
    await admin.command({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data });
    try {
      await one.notifications.close();
    } finally {
      await admin.command({ configureFailPoint: 'failCommand', mode: 'off' });
    }
    expect(one.heard).toEqual(['anything']);
  });
});
