import { randomUUID } from 'node:crypto';
import { ObjectId } from 'mongodb';
import { describe, expect, inject, it, vi } from 'vitest';
import { MongoApiKeyStore } from '../../server/src/store/mongo/accounts/api-key-store.ts';
import { MongoAppDeletionStore } from '../../server/src/store/mongo/accounts/app-deletion-store.ts';
import { MongoAppStore } from '../../server/src/store/mongo/accounts/app-store.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoNotifications } from '../../server/src/store/mongo/notifications/notifications.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { silent } from '../support/silent-log.ts';
import { notificationsContract, toProcess, work } from './notifications-contract.ts';

async function open(database = `signals_${randomUUID()}`) {
  const connection = await Connection.open({ uri: inject('mongoUri'), database });
  const { collections } = connection;
  const notifications = new MongoNotifications(connection.db, collections, silent);
  return {
    database,
    connection,
    notifications,
    apps: new MongoAppStore(collections),
    appDeletions: new MongoAppDeletionStore(collections),
    keys: new MongoApiKeyStore(collections),
    webhooks: new MongoWebhookStore(collections),
    openAnother: () => open(database),
    [Symbol.asyncDispose]: async () => {
      await notifications.close();
      await connection.close();
    },
  };
}

async function openProcess(database?: string) {
  return toProcess(await open(database));
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

const within = { timeout: 20_000, interval: 5 };

notificationsContract('MongoDB', open);

describe('notifications in a capped collection', () => {
  it('can be subscribed to where a change was made before any server ran', async () => {
    await using one = await openProcess();
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
    await using one = await openProcess();
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
    await using one = await openProcess();
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
    await using one = await openProcess();
    await using other = await openProcess(one.database);
    await Promise.all([one.start(), other.start()]);
    await one.notifications.close();
    expect(await tailsOf(one)).toHaveLength(1);
    one.notifications.notifyWork(work);
    other.notifications.notifyWork(work);
    await vi.waitFor(() => expect(other.heard).toEqual(['anything', 'work']), within);
    expect(one.heard).toEqual(['anything']);
  });

  it('can be closed while the database accepts no writes', async () => {
    await using one = await openProcess();
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
