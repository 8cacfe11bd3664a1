import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { MongoAccountStore } from '../../server/src/store/mongo/accounts/account-store.ts';
import { MongoApiKeyStore } from '../../server/src/store/mongo/accounts/api-key-store.ts';
import { MongoAppDeletionStore } from '../../server/src/store/mongo/accounts/app-deletion-store.ts';
import { MongoAppStore } from '../../server/src/store/mongo/accounts/app-store.ts';
import { MongoSessionStore } from '../../server/src/store/mongo/accounts/session-store.ts';
import { MongoChangeLog } from '../../server/src/store/mongo/changes/change-log.ts';
import { counterId, withChange } from '../../server/src/store/mongo/changes/with-change.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { aKey, aWebhook } from '../support/builders.ts';

async function open() {
  const connection = await Connection.open({ uri: inject('mongoUri'), database: `changes_${randomUUID()}` });
  // Transactions that create a collection conflict, which these tests are not about.
  for (const name of ['changes', 'webhooks', 'webhook_counts']) await connection.db.createCollection(name);
  const { collections } = connection;
  return {
    collections,
    log: new MongoChangeLog(collections),
    webhooks: new MongoWebhookStore(collections),
    /** Adds changes of webhooks with these ids. */
    append: async (...ids: string[]) => {
      for (const id of ids) {
        const change = { collection: 'webhooks' as const, id, appId: 'app_1' };
        await withChange(collections, () => Promise.resolve({ result: undefined, change }));
      }
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

describe('the change log', () => {
  it('contains each kind of change that processes cache, and no call that changed nothing', async () => {
    await using h = await open();
    const { collections } = h;
    const apps = new MongoAppStore(collections);
    const deletions = new MongoAppDeletionStore(collections);
    const keys = new MongoApiKeyStore(collections);
    const sessions = new MongoSessionStore(collections);
    const webhook = aWebhook();
    const { id, appId } = webhook;
    const key = aKey();

    await apps.insert({ id: appId, accountId: 'acc_1', name: 'A', createdAt: 1 });
    expect(await apps.insert({ id: appId, accountId: 'acc_1', name: 'A', createdAt: 1 })).toBe('exists');
    await h.webhooks.insert(webhook, 1);
    expect(await h.webhooks.insert(aWebhook(), 1)).toBe('limit_reached');
    await h.webhooks.update(webhook, { description: 'new' });
    await h.webhooks.update(webhook, { enabled: true }, 3);
    await h.webhooks.update(aWebhook(), { description: 'absent' });
    await h.webhooks.disable(id, 'gone', 4);
    await h.webhooks.disable(id, 'gone', 5);
    await h.webhooks.delete(id);
    await h.webhooks.delete(id);
    await keys.insert(key);
    await keys.rotate(key, { hash: 'b'.repeat(64), prefix: 'tsk_111111', previous: null });
    await keys.revoke(key.id, 6);
    await keys.revoke(key.id, 7);
    await sessions.insert({ idHash: 's', kind: 'key', credential: 'c', createdAt: 1, expiresAt: 2 });
    await sessions.delete('s');
    await sessions.delete('s');
    await new MongoAccountStore(collections).setLimits('acc_1', { apps: 3 });
    await deletions.start({ id: 'del_1', appId, createdAt: 8 }, 1);
    await deletions.start({ id: 'del_2', appId, createdAt: 9 }, 1);

    const app = { collection: 'apps', id: appId, appId };
    const ofWebhook = { collection: 'webhooks', id, appId };
    const ofKey = { collection: 'keys', id: key.id, appId: undefined };
    const { seen, changes } = await h.log.read(0);
    expect(changes).toEqual([
      app,
      ofWebhook,
      { ...ofWebhook, resetsHealth: false },
      { ...ofWebhook, resetsHealth: true },
      ofWebhook,
      { ...ofWebhook, resetsHealth: true },
      ofKey,
      ofKey,
      ofKey,
      { collection: 'sessions', id: 's', appId: undefined },
      { collection: 'accounts', id: 'acc_1', appId: undefined },
      app,
    ]);
    expect(seen).toBe(12);
    expect(await h.log.read(12)).toEqual({ seen: 12, changes: [] });
  });

  it('has no gap after changes at the same time, some of which are undone', async () => {
    await using h = await open();
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        h.webhooks.insert(aWebhook({ appId: `app_${index % 2}` }), index < 10 ? 4 : 100),
      ),
    );
    const stored = results.filter((result) => result === 'inserted').length;
    const { seen, changes } = await h.log.read(0);
    expect({ seen, length: changes?.length }).toEqual({ seen: stored, length: stored });
    expect(await h.collections.webhooks.countDocuments()).toBe(stored);
  });

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
        // As in `withChange`, but the transaction stays open after it has taken its number.
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
    const before = await h.log.read(1);
    commit();
    await Promise.all([late, next]);
    const after = await h.log.read(before.seen);
    expect([before, after]).toEqual([
      { seen: 1, changes: [] },
      {
        seen: 3,
        changes: [expect.objectContaining({ id: 'wh_late' }), expect.objectContaining({ id: 'wh_next' })],
      },
    ]);
  });

  it('reports that anything may have changed to a reader whose changes are no longer kept', async () => {
    await using h = await open();
    await h.append('wh_1', 'wh_2', 'wh_3');
    await h.collections.changes.deleteOne({ _id: 2 });
    expect(await h.log.read(1)).toEqual({ seen: 3, changes: undefined });
    expect(await h.log.read(2)).toMatchObject({ seen: 3, changes: [{ id: 'wh_3' }] });
    await h.collections.changes.deleteOne({ _id: 3 });
    expect(await h.log.read(2)).toEqual({ seen: 3, changes: undefined });
  });

  it('reports the same after a restore from a backup, to a new reader, and for very many changes', async () => {
    await using h = await open();
    expect(await h.log.read(undefined)).toEqual({ seen: 0, changes: undefined });
    expect(await h.log.read(7)).toEqual({ seen: 0, changes: undefined });
    await h.append('wh_1');
    expect(await h.log.read(undefined)).toEqual({ seen: 1, changes: undefined });
    const { changes } = h.collections;
    const many = Array.from({ length: 1_001 }, (_, index) => ({
      _id: index + 2,
      kind: 'webhooks' as const,
      id: `wh_${index}`,
      at: new Date(),
    }));
    await changes.insertMany(many);
    await changes.updateOne({ _id: counterId }, { $set: { last: 1_002 } });
    expect(await h.log.read(1)).toEqual({ seen: 1_002, changes: undefined });
    expect((await h.log.read(2)).changes).toHaveLength(1_000);
  });
});

describe('a change', () => {
  const minute = 60_000;
  const process = { host: 'h', pidSpace: 'n', pid: 1, role: 'all', startedAt: new Date() };

  it.each([
    ['a live process that has not read it', { state: 'live', until: minute, changeSeen: 4 }, true],
    ['a live process that has read nothing', { state: 'live', until: minute }, true],
    ['a draining process, which still accepts events', { state: 'draining', until: minute }, true],
    ['a process that has applied it', { state: 'live', until: minute, changeSeen: 5 }, false],
    ['a process that has died', { state: 'live', until: -1 }, false],
    ['a fenced process', { state: 'fenced', until: minute }, false],
    ['a process of a release without leases', {}, false],
  ] as const)('waits for others: %s', async (_, { until, ...fields }: Lease, expected) => {
    await using h = await open();
    const lease = until === undefined ? {} : { until: new Date(Date.now() + until) };
    await h.collections.processes.insertOne({ _id: 'p_other', ...process, ...fields, ...lease });
    expect(await h.log.isUnseen(5, 'p_self')).toBe(expected);
  });

  it('does not wait for the process that made it', async () => {
    await using h = await open();
    const lease = { state: 'live' as const, until: new Date(Date.now() + minute) };
    await h.collections.processes.insertOne({ _id: 'p_self', ...process, ...lease });
    expect(await h.log.isUnseen(5, 'p_self')).toBe(false);
    expect(await h.log.isUnseen(5, 'p_other')).toBe(true);
    await h.collections.processes.updateOne({ _id: 'p_self' }, { $set: { changeSeen: 5 } });
    expect(await h.log.isUnseen(5, 'p_other')).toBe(false);
  });
});

interface Lease {
  readonly state?: 'live' | 'draining' | 'fenced';
  /** From now, ms. */
  readonly until?: number;
  readonly changeSeen?: number;
}
