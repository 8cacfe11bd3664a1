import { randomBytes } from 'node:crypto';
import { MongoClient, type Db } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { bindCredentials } from '../../../server/src/store/mongo/schema/migrations/0003-bind-credentials.ts';
import { startTestApp } from '../../support/app.ts';
import { Receiver } from '../../support/receiver.ts';

/*
 * The migration that seals URLs and headers, and binds secrets to their webhooks. The secrets below were
 * sealed by older releases under this key.
 */
const key = Buffer.alloc(32, 7);
const old = {
  v1: 'v1.4bb06f8e.EbKROEvME7Sev4ITiBQ5VZH9kN4sDWWEn1OqBD6Hx4n7-Vjx6ovb3u5DLSym',
  v2: 'v2.4bb06f8e.VD2RSjVCppbhm2hFCr-kGSKWQm6QFEaAgsyxCkVG56jKXeCXkC5rLO8c7_CIZ0xd3vZ_9ERXYnkzf24M.Ghv0eLyDG76V9joTN_RbpotlAnTYCTIQzrmq40nWUUitO4_XgtY0Av8',
};

interface StoredWebhook {
  _id: string;
  secret: string;
  previousSecrets: { sealed: string; until: Date }[];
  url: string;
  headers: unknown;
}

const ids = { v1: 'wh_00000000000a', v2: 'wh_00000000000b', lost: 'wh_00000000000c' };
const start = (database: string, encryptionKey = key) =>
  startTestApp({ database, env: { ENCRYPTION_KEY: encryptionKey.toString('base64') } });

/** A database as the release before the migration left it. */
async function createOldDatabase(url: string) {
  const database = `bind_${randomBytes(6).toString('hex')}`;
  let sample: StoredWebhook | null;
  {
    await using app = await start(database);
    const appId = await app.createApp({ id: 'app_old' });
    await app.call('webhooks.create', { appId, url, events: ['user.login'], profile: 'authon' });
    sample = await app.db.collection<StoredWebhook>('webhooks').findOne();
  }
  if (sample === null) throw new Error('one webhook was stored');
  const client = new MongoClient(inject('mongoUri'));
  const db = client.db(database);
  const clear = { ...sample, url, headers: { 'x-auth': 'in-clear' } };
  await db.collection<StoredWebhook>('webhooks').insertMany([
    {
      ...clear,
      _id: ids.v1,
      secret: old.v1,
      previousSecrets: [{ sealed: old.v2, until: new Date(Date.now() + 3_600_000) }],
    },
    { ...clear, _id: ids.v2, secret: old.v2 },
    { ...clear, _id: ids.lost, secret: 'v2.00000000.AAAA.AAAA' },
  ]);
  await setVersion(db, bindCredentials.version - 1);
  return { database, db, [Symbol.asyncDispose]: () => client.close() };
}

const setVersion = (db: Db, version: number) =>
  db.collection<{ _id: string }>('schema').updateOne({ _id: 'schema' }, { $set: { version } });

const stored = (db: Db) => db.collection<StoredWebhook>('webhooks').find().sort({ _id: 1 }).toArray();

it('seals what was in clear, binds secrets, and keeps every webhook working', async () => {
  await using receiver = await Receiver.start();
  await using before = await createOldDatabase(receiver.url);
  await using app = await start(before.database);
  const text = JSON.stringify(await stored(before.db));
  expect(text).not.toContain('in-clear');
  expect(text).not.toContain(receiver.url);
  for (const [id, secret] of [
    [ids.v1, 'whsec_unbound'],
    [ids.v2, 'whsec_unbound'],
  ] as const) {
    const at = receiver.requests.length;
    expect(await app.call('webhooks.test', { id })).toMatchObject({ delivered: true });
    // During an overlap, the contract's single header has the older secret.
    expect(receiver.requests[at]?.headers).toMatchObject({
      'x-webhook-secret': secret,
      'x-auth': 'in-clear',
    });
  }
  const lost = await app.call('webhooks.get', { id: ids.lost });
  expect(lost).toMatchObject({ url: receiver.url, headers: { 'x-auth': 'in-clear' } });
});

it('changes nothing the second time, and completes an interrupted run', async () => {
  await using before = await createOldDatabase('http://127.0.0.1:9/old');
  await (await start(before.database)).stop();
  const first = await stored(before.db);
  // One webhook is as it was before the run.
  await before.db
    .collection<StoredWebhook>('webhooks')
    .updateOne({ _id: ids.v2 }, { $set: { secret: old.v2, url: 'http://127.0.0.1:9/old', headers: {} } });
  await setVersion(before.db, bindCredentials.version - 1);
  await (await start(before.database)).stop();
  const second = await stored(before.db);
  const changed = second.filter((webhook, index) => JSON.stringify(webhook) !== JSON.stringify(first[index]));
  expect(changed.map(({ _id }) => _id)).toEqual([ids.v2]);
  expect(changed[0]?.url).toMatch(/^v3\./);
});

it('rejects an old form that is planted afterwards', async () => {
  await using receiver = await Receiver.start();
  await using before = await createOldDatabase(receiver.url);
  await using app = await start(before.database);
  await before.db
    .collection<StoredWebhook>('webhooks')
    .updateOne({ _id: ids.v2 }, { $set: { secret: old.v1 } });
  expect(await app.call('webhooks.test', { id: ids.v2 })).toMatchObject({ reason: 'internal_error' });
  expect(receiver.requests).toEqual([]);
});

it('rejects a key that opens no secret, and changes nothing', async () => {
  await using before = await createOldDatabase('http://127.0.0.1:9/old');
  const known = await stored(before.db);
  await expect(start(before.database, randomBytes(32))).rejects.toThrow('ENCRYPTION_KEY opens no stored');
  expect(await stored(before.db)).toEqual(known);
});
