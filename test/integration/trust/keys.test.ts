import type { Scope } from '@tocsin/shared';
import { describe, expect, test } from 'vitest';
import type { TestApp } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

const clock = new FakeClock();
const here = useTestApp({ clock });
const there = useTestApp(() => ({
  clock,
  database: here.database,
  env: { ROOT_TOKEN: here.rootToken },
}));

const statusOf = async (app: TestApp, token: string) => (await app.trpc('apps.list', {}, { token })).status;

/**
 * Calls continuously until both reject a key, so that both always have it in their cache. Returns when the
 * last accepted call started, in ms after `since`: how long that call took does not count.
 */
async function lastAcceptedCall(token: string, since: number): Promise<number> {
  let last = 0;
  for (;;) {
    const startedAt = performance.now();
    const statuses = await Promise.all([statusOf(here, token), statusOf(there, token)]);
    if (statuses.every((status) => status === 401)) return last;
    last = startedAt - since;
    if (last > 10_000) throw new Error(`still accepted: ${statuses.join(', ')}`);
  }
}

describe('a key', () => {
  test('that is revoked in one process is rejected by all within a second', async () => {
    const { id, key } = await here.createKey();
    expect([await statusOf(here, key), await statusOf(there, key)]).toEqual([200, 200]);
    const since = performance.now();
    await here.call('keys.revoke', { id });
    expect(await lastAcceptedCall(key, since)).toBeLessThan(1_000);
  });

  test('is known to the other process at once', async () => {
    const { key } = await here.createKey();
    expect(await statusOf(there, key)).toBe(200);
  });

  test('that expires is rejected from then on, also while it is cached', async () => {
    const expiresAt = new Date(clock.now() + 60_000).toISOString();
    const { key } = await here.call('keys.create', { name: 'k', scopes: ['*'], expiresAt });
    clock.advance(59_999);
    expect([await statusOf(here, key), await statusOf(there, key)]).toEqual([200, 200]);
    clock.advance(1);
    const { status, error } = await there.trpc('apps.list', {}, { token: key });
    expect({ status, message: error?.message }).toEqual({
      status: 401,
      message: `the API key ${key.slice(0, 10)}... expired on ${expiresAt}`,
    });
  });
});

describe('a key that makes another', () => {
  const create = (input: object, token: string) =>
    here.trpc('keys.create', { name: 'k', ...input }, { token });

  async function child(input: object, token: string) {
    return await here.call('keys.create', { name: 'k', scopes: ['*'], ...input }, { token });
  }

  test.each([[['*']], [['events:read']], [['keys:write', 'deliveries:write']]])(
    'grants %j only if it has that itself',
    async (scopes) => {
      const { key } = await here.createKey({ scopes: ['keys:write', 'webhooks:read'] });
      const before = await here.fingerprint();
      const { status, error } = await create({ scopes }, key);
      expect({ status, code: error?.data.tocsin.code }).toEqual({ status: 403, code: 'FORBIDDEN' });
      const lacked = scopes.find((scope) => scope !== 'keys:write');
      expect(error?.message).toBe(`a key cannot grant the scope ${lacked}, which it lacks`);
      expect(await here.fingerprint()).toEqual(before);
    },
  );

  test('grants what it has, and every scope with *', async () => {
    const { key } = await here.createKey({ scopes: ['keys:write', 'webhooks:read'] });
    const made = await create({ scopes: ['webhooks:read'] }, key);
    expect(made.data?.scopes).toEqual(['webhooks:read']);
    const everything = await here.createKey({ scopes: ['*'] });
    expect((await create({ scopes: ['events:read', '*'] }, everything.key)).status).toBe(200);
  });

  test('never grants the operator’s scope, not even with *', async () => {
    const { key } = await here.createKey();
    for (const token of [key, here.rootToken])
      expect((await create({ scopes: ['operator'] }, token)).status).toBe(400);
  });

  test('makes none for another account, and none that has expired already', async () => {
    const { key } = await here.createKey();
    const accountId = await here.createAccount();
    const foreign = await create({ scopes: ['*'], accountId }, key);
    expect([foreign.status, foreign.error?.message]).toEqual([403, `account ${accountId} is not yours`]);
    const expiresAt = new Date(clock.now()).toISOString();
    const expired = await create({ scopes: ['*'], expiresAt }, key);
    expect([expired.status, expired.error?.message]).toEqual([400, `expiresAt: ${expiresAt} is in the past`]);
  });

  test('is its parent, and gives it its own expiry unless an earlier one is asked for', async () => {
    const inMs = (ms: number) => new Date(clock.now() + ms).toISOString();
    const parent = await here.call('keys.create', { name: 'p', scopes: ['*'], expiresAt: inMs(60_000) });
    expect(parent.parentId).toBeNull();
    const made = await child({}, parent.key);
    expect(made).toMatchObject({ parentId: parent.id, expiresAt: parent.expiresAt });
    const shorter = await child({ expiresAt: inMs(30_000) }, parent.key);
    expect(shorter.expiresAt).toBe(inMs(30_000));
    const longer = await create({ scopes: ['*'], expiresAt: inMs(60_001) }, parent.key);
    expect([longer.status, longer.error?.message]).toEqual([
      400,
      `expiresAt: ${inMs(60_001)} is after ${parent.expiresAt}, when the key that creates it expires`,
    ]);
    clock.advance(60_000);
    expect([await statusOf(here, made.key), await statusOf(there, made.key)]).toEqual([401, 401]);
  });

  test('takes all its descendants with it when it is revoked, in every process within a second', async () => {
    const parent = await here.createKey();
    const first = await child({}, parent.key);
    const second = await child({}, first.key);
    const sibling = await here.createKey();
    for (const { key } of [first, second, sibling])
      expect([await statusOf(here, key), await statusOf(there, key)]).toEqual([200, 200]);
    const since = performance.now();
    await here.call('keys.revoke', { id: parent.id });
    expect([await statusOf(here, first.key), await statusOf(here, second.key)]).toEqual([401, 401]);
    expect(await lastAcceptedCall(second.key, since)).toBeLessThan(1_000);
    expect([await statusOf(here, sibling.key), await statusOf(there, sibling.key)]).toEqual([200, 200]);
    const { items } = await here.call('keys.list', { limit: 200 });
    const dead = items.filter(({ id }) => [parent.id, first.id, second.id].includes(id));
    expect(dead.map(({ revokedAt }) => revokedAt)).not.toContain(null);
    const { items: entries } = await here.call('auditLog.list', { action: 'key.revoked' });
    expect(entries.find(({ targetId }) => targetId === parent.id)?.details).toMatchObject({ descendants: 2 });
  });

  test('leaves no key behind that it makes while it is being revoked', async () => {
    const parent = await here.createKey();
    const [made] = await Promise.all([
      Promise.all(Array.from({ length: 20 }, () => create({ scopes: ['*'] }, parent.key))),
      there.call('keys.revoke', { id: parent.id }),
    ]);
    const { items } = await here.call('keys.list', { limit: 200 });
    expect(items.filter(({ parentId, revokedAt }) => parentId === parent.id && revokedAt === null)).toEqual(
      [],
    );
    for (const key of made.flatMap(({ data }) => (data === undefined ? [] : [data.key])))
      expect(await statusOf(here, key)).toBe(401);
  });

  test('has at most four ancestors', async () => {
    let key = await here.createKey();
    for (let depth = 0; depth < 4; depth++) key = await child({}, key.key);
    const { status, error } = await create({ scopes: ['*'] }, key.key);
    expect([status, error?.message]).toEqual([
      403,
      'this key has 4 ancestors, the maximum; create the key with one of them',
    ]);
  });
});

describe('a key with keys:write', () => {
  const scopes = ['keys:write', 'events:read'] as const;
  const revoke = (id: string, token: string) => here.trpc('keys.revoke', { id }, { token });

  test('lists and revokes no key that has a scope that it lacks', async () => {
    const weak = await here.createKey({ scopes });
    const strong = await here.createKey({ scopes: ['*'] });
    const other = await here.createKey({ scopes: ['events:read', 'webhooks:read'] });
    const peer = await here.createKey({ scopes: ['events:read'] });
    const { items } = await here.call('keys.list', { limit: 200 }, { token: weak.key });
    const ids = items.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([weak.id, peer.id]));
    expect(ids).not.toEqual(expect.arrayContaining([strong.id]));
    expect(ids).not.toEqual(expect.arrayContaining([other.id]));
    for (const { id } of [strong, other]) expect((await revoke(id, weak.key)).status).toBe(404);
    expect([await statusOf(here, strong.key), await statusOf(here, other.key)]).toEqual([200, 200]);
    expect((await revoke(peer.id, weak.key)).status).toBe(200);
  });

  test('revokes itself and its descendants, but not the key that made it', async () => {
    const parent = await here.createKey({ scopes });
    const made = await here.call('keys.create', { name: 'k', scopes }, { token: parent.key });
    const grandchild = await here.call('keys.create', { name: 'k', scopes }, { token: made.key });
    const upwards = await revoke(parent.id, grandchild.key);
    expect([upwards.status, upwards.error?.message]).toEqual([
      403,
      `${parent.id} created this key, so this key cannot revoke it`,
    ]);
    expect((await revoke(grandchild.id, parent.key)).status).toBe(200);
    expect((await revoke(made.id, made.key)).status).toBe(200);
    expect((await revoke(parent.id, made.key)).status).toBe(401);
  });
});

describe('rotating a key', () => {
  const rotate = (input: object, token = here.rootToken) => here.trpc('keys.rotate', input, { token });

  test('replaces its secret and keeps its id, its rights and the keys that it made', async () => {
    const old = await here.createKey();
    const made = await here.call('keys.create', { name: 'k', scopes: ['*'] }, { token: old.key });
    const rotated = await here.call('keys.rotate', { id: old.id, overlapHours: 2 }, { token: old.key });
    expect(rotated).toMatchObject({ id: old.id, scopes: ['*'], prefix: rotated.key.slice(0, 10) });
    expect(rotated.key).not.toBe(old.key);
    clock.advance(2 * 3_600_000 - 1);
    for (const key of [old.key, rotated.key, made.key])
      expect([await statusOf(here, key), await statusOf(there, key)]).toEqual([200, 200]);
    clock.advance(1);
    expect([await statusOf(here, old.key), await statusOf(there, old.key)]).toEqual([401, 401]);
    for (const key of [rotated.key, made.key]) expect(await statusOf(there, key)).toBe(200);
  });

  test('without an overlap ends the old secret at once, and its sessions', async () => {
    const old = await here.createKey();
    const signIn = await fetch(`${here.url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: old.key }),
    });
    const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    await here.call('keys.rotate', { id: old.id, overlapHours: 0 });
    expect(await statusOf(here, old.key)).toBe(401);
    expect((await fetch(`${here.url}/session`, { headers: { cookie } })).status).toBe(401);
  });

  test('is for the key itself, the keys that made it and the operator', async () => {
    const scopes = ['keys:write'] as const;
    const parent = await here.createKey({ scopes });
    const made = await here.call('keys.create', { name: 'k', scopes }, { token: parent.key });
    const peer = await here.createKey({ scopes });
    const refused = await rotate({ id: parent.id }, made.key);
    expect([refused.status, refused.error?.message]).toEqual([
      403,
      `only ${parent.id} itself, a key that created it, or the root token can rotate it`,
    ]);
    expect((await rotate({ id: made.id }, peer.key)).status).toBe(403);
    expect((await rotate({ id: made.id }, parent.key)).status).toBe(200);
    expect((await rotate({ id: parent.id }, parent.key)).status).toBe(200);
    expect((await rotate({ id: peer.id })).status).toBe(200);
    await here.call('keys.revoke', { id: peer.id });
    const revoked = await rotate({ id: peer.id });
    expect([revoked.status, revoked.error?.message]).toEqual([400, `id: the API key ${peer.id} is revoked`]);
  });
});

describe('a key that is bound to an app', () => {
  async function bound(scopes: readonly Scope[] = ['*']) {
    const accountId = await here.createAccount();
    const [appId, otherId] = [await here.createApp({ accountId }), await here.createApp({ accountId })];
    const { id, key } = await here.call('keys.create', { name: 'k', scopes, appId });
    return { accountId, appId, otherId, id, key };
  }

  test('belongs to the account of its app, and shows the app', async () => {
    const { id, accountId, appId } = await bound();
    const { items } = await here.call('keys.list', { limit: 200 });
    expect(items.find((key) => key.id === id)).toMatchObject({ accountId, appId });
  });

  test('is made only for an app of the account', async () => {
    const accountId = await here.createAccount();
    const foreign = await here.createApp();
    const { key } = await here.createKey({ accountId });
    const input = { name: 'k', scopes: ['*'] };
    for (const appId of [foreign, 'app_missing']) {
      const { status, error } = await here.trpc('keys.create', { ...input, appId }, { token: key });
      expect([status, error?.message]).toEqual([403, `app ${appId} does not belong to your account`]);
    }
    const mismatch = await here.trpc('keys.create', { ...input, accountId, appId: foreign });
    expect([mismatch.status, mismatch.error?.message]).toEqual([
      403,
      `app ${foreign} does not belong to account ${accountId}`,
    ]);
  });

  test('makes keys only for its app, and sees and revokes only those', async () => {
    const { key, appId, otherId, accountId } = await bound();
    const token = { token: key };
    const input = { name: 'k', scopes: ['*'] };
    expect((await here.call('keys.create', input, token)).appId).toBe(appId);
    expect((await here.call('keys.create', { ...input, appId }, token)).appId).toBe(appId);
    expect((await here.trpc('keys.create', { ...input, appId: otherId }, token)).status).toBe(403);
    const unbound = await here.createKey({ accountId });
    const { items } = await here.call('keys.list', {}, token);
    expect(new Set(items.map((item) => item.appId))).toEqual(new Set([appId]));
    expect((await here.trpc('keys.revoke', { id: unbound.id }, token)).status).toBe(404);
  });

  test('sees its app alone in every list, and has no access to another', async () => {
    const { key, appId, otherId } = await bound();
    const token = { token: key };
    for (const id of [appId, otherId])
      await here.call('events.publish', { appId: id, event: 'user.login', data: loginData });
    const { items: events } = await here.call('events.list', {}, token);
    expect(new Set(events.map((event) => event.appId))).toEqual(new Set([appId]));
    for (const [path, field] of [
      ['webhooks.list', 'appId'],
      ['events.list', 'appId'],
      ['deliveries.list', 'appId'],
    ] as const)
      expect((await here.trpc(path, { [field]: otherId }, token)).status).toBe(403);
    const event = { appId: otherId, event: 'user.login', data: loginData };
    expect((await here.trpc('events.publish', event, token)).status).toBe(403);
    expect((await here.rest('GET', `/v1/apps/${otherId}/webhooks`, undefined, token)).status).toBe(403);
  });
});

test('a key that is revoked twice is put on record once, with the first time', async () => {
  const { id } = await here.createKey();
  const revokedAt = new Date(clock.now()).toISOString();
  for (let n = 0; n < 2; n++) {
    expect(await here.call('keys.revoke', { id })).toEqual({ id, revoked: true });
    clock.advance(1_000);
  }
  const { items } = await here.call('auditLog.list', { action: 'key.revoked', limit: 200 });
  expect(items.filter(({ targetId }) => targetId === id)).toHaveLength(1);
  const keys = await here.call('keys.list', { limit: 200 });
  expect(keys.items.find((key) => key.id === id)?.revokedAt).toBe(revokedAt);
});

describe('the rate limit', () => {
  const ask = {
    trpc: (token: string) => here.trpc('apps.list', {}, { token }),
    rest: (token: string) => here.rest('GET', '/v1/apps/app_none/webhooks', undefined, { token }),
    deliveries: (token: string) => here.rest('GET', '/v1/apps/app_none/deliveries', undefined, { token }),
  };

  test.each(['trpc', 'rest', 'deliveries'] as const)(
    'over %s lets a burst of 100 in, then says when to come back',
    async (over) => {
      // The clock stands still, so nothing is given back meanwhile.
      const { key } = await here.createKey();
      for (let i = 0; i < 100; i++) expect((await ask[over](key)).status).not.toBe(429);
      const { status, headers } = await ask[over](key);
      expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 429, retryAfter: '1' });
      const other = await here.createKey();
      expect((await ask[over](other.key)).status).not.toBe(429);
      clock.advance(1_000);
      for (let i = 0; i < 50; i++) expect((await ask[over](key)).status).not.toBe(429);
      expect((await ask[over](key)).status).toBe(429);
    },
  );

  test('does not apply to the operator', async () => {
    for (let i = 0; i < 150; i++) expect((await ask.trpc(here.rootToken)).status).toBe(200);
  });
});

// Last, because it stops a process.
test('a key is shown by its prefix and its last use, and is stored by its hash', async () => {
  const made = await there.createKey();
  await statusOf(there, made.key);
  await there.stop();
  const { items } = await here.call('keys.list', { limit: 200 });
  const view = items.find(({ id }) => id === made.id);
  expect(view).toMatchObject({
    prefix: made.key.slice(0, 10),
    lastUsedAt: new Date(clock.now()).toISOString(),
  });
  const stored = JSON.stringify(await here.db.collection('keys').find().toArray());
  expect(stored).not.toContain(made.key.slice(10));
});
