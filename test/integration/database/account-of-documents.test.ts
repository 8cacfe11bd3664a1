import { randomBytes, randomUUID } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { createOldFormSealer } from '../../../server/src/services/webhooks/secret-box.ts';
import { Connection } from '../../../server/src/store/mongo/connection.ts';
import {
  accountOfEachDocument,
  unknownAccountId,
} from '../../../server/src/store/mongo/schema/migrations/0002-account-of-each-document.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function open() {
  const connection = await Connection.open({ uri: inject('mongoUri'), database: `owned_${randomUUID()}` });
  const { db, collections } = connection;
  const insert = async (
    name: string,
    docs: readonly { _id: string; appId: string; accountId?: string }[],
  ) => {
    await db.collection<(typeof docs)[number]>(name).insertMany([...docs]);
  };
  return {
    collections,
    insert,
    run: async (signal = new AbortController().signal) => {
      const oldForms = createOldFormSealer(randomBytes(32));
      await accountOfEachDocument.run({ db, collections, log: silent, oldForms, signal });
    },
    /** Number of documents of a collection by account; those without one count as `none`. */
    countByAccount: async (name: string) => {
      const docs = await db.collection<{ accountId?: string }>(name).find().toArray();
      const counts: Record<string, number> = {};
      for (const { accountId = 'none' } of docs) counts[accountId] = (counts[accountId] ?? 0) + 1;
      return counts;
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

const owned = ['webhooks', 'replays', 'activity', 'events', 'deliveries'];

it('stores the account with each document, also with those of apps that do not exist', async () => {
  await using h = await open();
  await h.collections.apps.insertMany(
    ['a', 'b'].map((n) => ({ _id: `app_${n}`, accountId: `acc_${n}`, name: n, createdAt: new Date() })),
  );
  for (const name of owned) {
    await h.insert(
      name,
      ['app_a', 'app_b', 'app_a', 'app_gone'].map((appId, n) => ({ _id: `${name}_${n}`, appId })),
    );
  }
  await h.run();
  for (const name of owned) {
    expect(await h.countByAccount(name)).toEqual({ acc_a: 2, acc_b: 1, [unknownAccountId]: 1 });
  }
});

it('continues where a run that was stopped left off', async () => {
  await using h = await open();
  await h.collections.apps.insertOne({ _id: 'app_a', accountId: 'acc_a', name: 'A', createdAt: new Date() });
  // More than one batch.
  await h.insert(
    'events',
    Array.from({ length: 10_001 }, (_, n) => ({
      _id: `evt_${String(n).padStart(6, '0')}`,
      appId: 'app_a',
      ...(n === 0 ? { accountId: 'acc_a' } : {}),
    })),
  );
  const stopped = AbortSignal.abort();
  await h.run(stopped);
  expect(await h.countByAccount('events')).toEqual({ acc_a: 1, none: 10_000 });
  await h.run();
  expect(await h.countByAccount('events')).toEqual({ acc_a: 10_001 });
});
