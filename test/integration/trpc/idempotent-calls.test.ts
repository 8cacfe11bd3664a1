import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProcedurePath } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';

/* Calls with an idempotency key. */

const minute = 60_000;
/** The time of a TTL index is the real one. */
const clock = new FakeClock(Date.now());
const shared = {
  database: `test_${randomBytes(8).toString('hex')}`,
  env: { ROOT_TOKEN: 'root_token_of_both_processes', ENCRYPTION_KEY: randomBytes(32).toString('base64') },
  clock,
};
const app = useTestApp(shared);
const receiver = useReceiver({ answer: 500 });
let appId: string;
let keys = 0;

beforeEach(async () => {
  appId = await app.createApp();
});

const newKey = () => `call-${++keys}`;
const webhook = (change: object = {}) => ({
  appId,
  url: 'http://127.0.0.1:9/',
  events: ['user.login'],
  ...change,
});

/** Entries that a call makes, without those of the platform, which come at any time. */
const ofCalls = { action: { $nin: ['app.erased', 'webhook.disabled'] } };
const countAudit = () => app.db.collection('audit_log').countDocuments(ofCalls);
const listAudit = async () => {
  const entries = await app.db.collection('audit_log').find(ofCalls).sort({ _id: 1 }).toArray();
  return entries.map(({ _id, action, targetId }) => [String(_id), action as unknown, targetId as unknown]);
};
const findCall = async (targetId: string) =>
  await app.db.collection('idempotent_calls').findOne({ targetId });

async function expectError(path: ProcedurePath, input: object, code: string, message: RegExp) {
  const { status, error, headers, text } = await app.trpc(path, input);
  expect(error?.data.tocsin.code).toBe(code);
  expect(error?.message).toMatch(message);
  expect(text).not.toContain('whsec_');
  return { status, headers };
}

/** A call of each operation that makes or changes something. */
const operations = {
  'accounts.create': () => Promise.resolve({ name: 'a' }),
  'apps.create': () => Promise.resolve({ name: 'a', id: `chosen_${++keys}` }),
  'keys.create': () => Promise.resolve({ name: 'k', scopes: ['*'] }),
  'keys.rotate': async () => ({ id: (await app.createKey()).id }),
  'webhooks.create': () => Promise.resolve(webhook({ signing: 'ed25519' })),
  'webhooks.rotateSecret': async () => ({ id: (await app.call('webhooks.create', webhook())).id }),
  'deliveries.replay': async () => ({ webhookId: await failPing(), since: '2026-01-01T00:00:00Z' }),
  'deliveries.cancel': async () => ({ webhookId: await failPing() }),
  'deliveries.retry': async () => {
    const { items } = await app.call('deliveries.list', { webhookId: await failPing() });
    return { id: items[0]?.id };
  },
  'eventTypes.register': () =>
    Promise.resolve({
      eventTypes: [{ type: `own.type${++keys}`, description: 'd', schema: { type: 'object' }, example: {} }],
    }),
} satisfies { readonly [P in ProcedurePath]?: () => Promise<object> };

const names = Object.keys(operations) as (keyof typeof operations)[];

/** A webhook with a failed delivery. */
async function failPing(): Promise<string> {
  const { id } = await app.call('webhooks.create', webhook({ url: receiver.url }));
  await app.call('webhooks.test', { id });
  clock.advance(1_000);
  return id;
}

describe('a repeated call', () => {
  test.each(names)('of %s has the result of the first one, and is recorded once', async (path) => {
    const input = { ...(await operations[path]()), idempotencyKey: newKey() };
    const before = await countAudit();
    const first = await app.call(path, input);
    const after = await countAudit();
    expect(after - before).toBe(path === 'deliveries.cancel' ? 0 : 1);
    expect(await app.call(path, input)).toEqual(first);
    expect(await countAudit()).toBe(after);
    await expectError(
      path,
      { ...input, idempotencyKey: 'with space' },
      'INVALID_INPUT',
      /^idempotencyKey: must be/,
    );
  });

  test('has the secret and the revision of the first one, also after a change', async () => {
    const input = webhook({ idempotencyKey: newKey(), headers: { 'x-a': '1', 'x-b': '2' } });
    const first = await app.call('webhooks.create', input);
    await app.call('webhooks.update', { id: first.id, description: 'changed' });
    const reordered = { ...input, headers: { 'x-b': '2', 'x-a': '1' }, enabled: true };
    expect(await app.call('webhooks.create', reordered)).toEqual(first);
    expect(first).toMatchObject({ revision: 1, secret: expect.stringMatching(/^whsec_/) as string });
  });

  test('with another input is a conflict', async () => {
    const input = webhook({ idempotencyKey: newKey() });
    await app.call('webhooks.create', input);
    const another = { ...input, events: ['user.ban'] };
    const { status } = await expectError(
      'webhooks.create',
      another,
      'IDEMPOTENCY_CONFLICT',
      /had another input/,
    );
    expect(status).toBe(409);
  });

  test('after a failure of the caller may be corrected', async () => {
    const idempotencyKey = newKey();
    const wrong = webhook({ idempotencyKey, url: 'http://127.0.0.1:9/', events: ['no.such'] });
    await expectError('webhooks.create', wrong, 'UNKNOWN_EVENT', /no\.such/);
    await app.call('webhooks.create', webhook({ idempotencyKey }));
  });

  test('of an app that is deleted is another call, and its response is gone', async () => {
    const input = { name: 'a', idempotencyKey: newKey() };
    const { id } = await app.call('apps.create', input);
    await app.call('webhooks.create', webhook({ appId: id, idempotencyKey: newKey() }));
    await app.call('apps.delete', { id });
    expect(await app.db.collection('idempotent_calls').countDocuments({ appId: id })).toBe(0);
    expect((await app.call('apps.create', input)).id).not.toBe(id);
  });

  test('without a key, and after a dry run, is another call', async () => {
    const ids = [await app.call('webhooks.create', webhook()), await app.call('webhooks.create', webhook())];
    expect(ids[0]?.id).not.toBe(ids[1]?.id);
    const replay = { webhookId: await failPing(), since: '2026-01-01T00:00:00Z', idempotencyKey: newKey() };
    expect((await app.call('deliveries.replay', { ...replay, dryRun: true })).jobId).toBeNull();
    expect((await app.call('deliveries.replay', replay)).jobId).toMatch(/^rpl_/);
  });
});

describe('an idempotency key belongs to its credential', () => {
  let accountId: string;
  const create = async (token: string, input: object) => await app.trpc('webhooks.create', input, { token });

  beforeAll(async () => {
    accountId = await app.createAccount();
  });

  test('so that no other key of the account gets the secret', async () => {
    appId = await app.createApp({ accountId });
    const input = webhook({ idempotencyKey: newKey() });
    const [owner, equal, reader] = await Promise.all([
      app.createKey({ accountId }),
      app.createKey({ accountId }),
      app.createKey({ accountId, scopes: ['webhooks:read'] }),
    ]);
    const { data: first } = await create(owner.key, input);
    const second = await create(equal.key, input);
    expect(second.data?.id).not.toBe(first?.id);
    const third = await create(reader.key, input);
    expect([third.status, third.error?.data.tocsin.code]).toEqual([403, 'SCOPE_MISSING']);
    for (const { text } of [second, third]) expect(text).not.toContain(first?.secret);
    // A rotated key is the same credential.
    const { key } = await app.call('keys.rotate', { id: owner.id });
    expect((await create(key, input)).data).toEqual(first);
    const foreign = await app.createKey({ accountId: await app.createAccount() });
    expect((await create(foreign.key, input)).status).toBe(403);
  });
});

describe('the response of a call', () => {
  test('is kept for 15 minutes, and its key for 24 hours', async () => {
    const input = webhook({ idempotencyKey: newKey() });
    const first = await app.call('webhooks.create', input);
    clock.advance(15 * minute - 1);
    expect(await app.call('webhooks.create', input)).toEqual(first);
    clock.advance(1);
    const expectExpired = async () =>
      await expectError(
        'webhooks.create',
        input,
        'RESPONSE_EXPIRED',
        new RegExp(`has made or changed ${first.id},`),
      );
    expect((await expectExpired()).status).toBe(409);
    clock.advance(24 * 60 * minute - 15 * minute - 1);
    await expectExpired();
    expect((await app.call('webhooks.list', { appId })).items).toHaveLength(1);
    clock.advance(1);
    expect((await app.call('webhooks.create', input)).id).not.toBe(first.id);
  });

  test('is stored sealed, and so is what the input is compared by', async () => {
    const idempotencyKey = newKey();
    const input = webhook({ idempotencyKey, headers: { authorization: 'Bearer planted' } });
    const { id, secret } = await app.call('webhooks.create', input);
    const text = JSON.stringify(await findCall(id));
    expect(text).toContain('v3.');
    for (const hidden of [secret, 'planted', idempotencyKey]) expect(text).not.toContain(hidden);
  });
});

describe('in two processes on one database', () => {
  const other = useTestApp(shared);
  const leaseMs = 20_000;

  /** Rejects writes of a collection, like a database that is lost at this moment. */
  const rejectWrites = async (collection: string, validator: object) => {
    await app.db.command({ collMod: collection, validator });
    return {
      [Symbol.asyncDispose]: async () => void (await app.db.command({ collMod: collection, validator: {} })),
    };
  };

  test('one of many calls at once makes the webhook, and all get it', async () => {
    const input = webhook({ idempotencyKey: newKey() });
    const before = await countAudit();
    const all = await Promise.all(
      [app, other, app, other, app].map((at) => at.call('webhooks.create', input)),
    );
    expect(new Set(all.map(({ id, secret }) => `${id} ${secret}`)).size).toBe(1);
    expect((await app.call('webhooks.list', { appId })).items).toHaveLength(1);
    expect((await countAudit()) - before).toBe(1);
  });

  test('a crash between the work and its end leaves what a repeated call finds', async () => {
    const runs = [];
    {
      await using _rejected = await rejectWrites('idempotent_calls', { status: { $ne: 'done' } });
      for (const path of names) {
        const input = { ...(await operations[path]()), idempotencyKey: newKey() };
        runs.push({ path, input, first: await app.call(path, input) });
      }
    }
    const before = await listAudit();
    clock.advance(leaseMs);
    for (const { path, input, first } of runs) {
      const again = await other.call(path, input);
      // The work of these runs again: a type is then unchanged, and a delivery may have been sent.
      if (!/register|retry/.test(path)) expect([path, again]).toEqual([path, first]);
    }
    expect(await listAudit()).toEqual(before);
  });

  test('a crash before the work leaves what a repeated call makes', async () => {
    const input = webhook({ idempotencyKey: newKey() });
    {
      await using _rejected = await rejectWrites('webhooks', { appId: { $ne: appId } });
      expect((await app.trpc('webhooks.create', input)).status).toBe(500);
    }
    const reserved = await app.db.collection('idempotent_calls').findOne({ appId });
    expect((await other.call('webhooks.create', input)).id).toBe(reserved?.['targetId']);
    expect((await app.call('webhooks.list', { appId })).items).toHaveLength(1);
  });

  test('a repeated call waits for the lease of a dead process, and never makes a second object', async () => {
    const input = webhook({ idempotencyKey: newKey() });
    let id: string;
    {
      await using _rejected = await rejectWrites('idempotent_calls', { status: { $ne: 'done' } });
      ({ id } = await app.call('webhooks.create', input));
    }
    const { status, headers } = await expectError(
      'webhooks.create',
      input,
      'CALL_IN_PROGRESS',
      /still running/,
    );
    expect([status, headers.get('retry-after')]).toEqual([409, '1']);
    clock.advance(15 * minute);
    const message = new RegExp(`may have made or changed ${id},`);
    await expectError('webhooks.create', input, 'RESPONSE_EXPIRED', message);
  });
});
