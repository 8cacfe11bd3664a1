import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { MongoAccountStore } from '../../server/src/store/mongo/accounts/account-store.ts';
import { MongoApiKeyStore } from '../../server/src/store/mongo/accounts/api-key-store.ts';
import { MongoAppDeletionStore } from '../../server/src/store/mongo/accounts/app-deletion-store.ts';
import { MongoAppStore } from '../../server/src/store/mongo/accounts/app-store.ts';
import { MongoSessionStore } from '../../server/src/store/mongo/accounts/session-store.ts';
import { MongoChangeLog } from '../../server/src/store/mongo/changes/change-log.ts';
import { ConfigChanges, counterId } from '../../server/src/store/mongo/changes/config-changes.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoProcessStore } from '../../server/src/store/mongo/ownership/process-store.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { changeLogContract } from './change-log-contract.ts';

async function open() {
  const connection = await Connection.open({ uri: inject('mongoUri'), database: `changes_${randomUUID()}` });
  // Transactions that create a collection conflict, which these tests are not about.
  for (const name of ['changes', 'webhooks', 'webhook_counts']) await connection.db.createCollection(name);
  const { collections } = connection;
  const changes = new ConfigChanges(collections);
  return {
    collections,
    changes,
    changeLog: new MongoChangeLog(collections),
    accounts: new MongoAccountStore(collections, changes),
    apps: new MongoAppStore(collections, changes),
    appDeletions: new MongoAppDeletionStore(collections, changes),
    keys: new MongoApiKeyStore(collections, changes),
    sessions: new MongoSessionStore(collections, changes),
    webhooks: new MongoWebhookStore(collections, changes),
    processes: new MongoProcessStore(collections),
    append: async (...ids: string[]) => {
      for (const id of ids) {
        const change = { collection: 'webhooks' as const, id, appId: 'app_1' };
        await changes.run(() => Promise.resolve({ result: undefined, change }));
      }
    },
    appendMany: async (ids: readonly string[]) => {
      const at = new Date();
      const docs = ids.map((id, index) => ({ _id: index + 2, kind: 'webhooks' as const, id, at }));
      await collections.changes.insertMany(docs);
      await collections.changes.updateOne({ _id: counterId }, { $set: { last: ids.length + 1 } });
    },
    expireChanges: async () => void (await collections.changes.deleteMany({ _id: { $gt: counterId } })),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

changeLogContract('MongoDB', open);

describe('the change log in a collection', () => {
  it('shows a reader no number beyond a change that is not committed yet', async () => {
    await using h = await open();
    await h.append('wh_1');
    let commit = () => {};
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    let started = () => {};
    const hasStarted = new Promise<void>((resolve) => (started = resolve));
    const { db } = h.collections.changes;
    const late = db.client.withSession((session) =>
      session.withTransaction(async () => {
        // As in `ConfigChanges`, but the transaction stays open after it has taken its number.
        const counter = await h.collections.changes.findOneAndUpdate(
          { _id: counterId },
          { $inc: { last: 1 } },
          { returnDocument: 'after', session },
        );
        if (counter?.kind !== 'counter') throw new Error('there is no counter');
        const change = { kind: 'webhooks' as const, id: 'wh_late', appId: 'app_1', at: new Date() };
        await h.collections.changes.insertOne({ _id: counter.last, ...change }, { session });
        started();
        await mayCommit;
      }),
    );
    await hasStarted;
    const next = h.append('wh_next');
    const before = await h.changeLog.read(1);
    commit();
    await Promise.all([late, next]);
    const after = await h.changeLog.read(before.seen);
    expect([before, after]).toEqual([
      { seen: 1, changes: [] },
      {
        seen: 3,
        changes: [expect.objectContaining({ id: 'wh_late' }), expect.objectContaining({ id: 'wh_next' })],
      },
    ]);
  });

  it('runs each of many changes at the same time once: they take turns in a process', async () => {
    await using h = await open();
    let runs = 0;
    const change = { collection: 'webhooks' as const, id: 'wh_1', appId: 'app_1' };
    const run = () => Promise.resolve({ result: (runs += 1), change });
    await Promise.all(Array.from({ length: 50 }, async () => await h.changes.run(run)));
    expect([runs, (await h.changeLog.read(0)).seen]).toEqual([50, 50]);
  });

  it('reports that anything may have changed to a reader that would miss one in the middle', async () => {
    await using h = await open();
    await h.append('wh_1', 'wh_2', 'wh_3');
    await h.collections.changes.deleteOne({ _id: 2 });
    expect(await h.changeLog.read(1)).toEqual({ seen: 3, changes: undefined });
    expect(await h.changeLog.read(2)).toMatchObject({ seen: 3, changes: [{ id: 'wh_3' }] });
    await h.collections.changes.deleteOne({ _id: 3 });
    expect(await h.changeLog.read(2)).toEqual({ seen: 3, changes: undefined });
  });
});

describe('a change', () => {
  const process = { host: 'h', pidSpace: 'n', pid: 1, role: 'all', startedAt: new Date() };

  it.each([
    ['a live process that has read nothing', { state: 'live' as const, until: new Date(8.64e15) }, true],
    ['a process of a release without leases', {}, false],
  ])('waits for others: %s', async (_, fields, expected) => {
    await using h = await open();
    await h.collections.processes.insertOne({ _id: 'p_other', ...process, ...fields });
    expect(await h.changeLog.isUnseen(5, 'p_self')).toBe(expected);
  });
});
