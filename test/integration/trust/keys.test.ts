import { describe, expect, test } from 'vitest';
import type { TestApp } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { useTestApp } from '../../support/fixtures.ts';

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

  test('is shown by its prefix and its last use, and is stored by its hash', async () => {
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
});

describe('a key that makes another', () => {
  const create = (input: object, token: string) =>
    here.trpc('keys.create', { name: 'k', ...input }, { token });

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

  test('makes none for another account, and none that has expired already', async () => {
    const { key } = await here.createKey();
    const accountId = await here.createAccount();
    const foreign = await create({ scopes: ['*'], accountId }, key);
    expect([foreign.status, foreign.error?.message]).toEqual([403, `account ${accountId} is not yours`]);
    const expiresAt = new Date(clock.now()).toISOString();
    const expired = await create({ scopes: ['*'], expiresAt }, key);
    expect([expired.status, expired.error?.message]).toEqual([400, `expiresAt: ${expiresAt} is in the past`]);
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
