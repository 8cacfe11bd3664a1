import { expect, it } from 'vitest';
import type { CreateKeyInput } from '@tocsin/shared';
import type { Actor, ApiKey } from '../../../../server/src/domain/access.ts';
import type { AccountStore } from '../../../../server/src/domain/ports/access-stores.ts';
import { createCreateKey } from '../../../../server/src/services/accounts/create-key.ts';
import type { AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import type { Quotas } from '../../../../server/src/services/limits/quotas.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { aKey } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { unkeyedCalls } from '../../../support/unkeyed-calls.ts';

const hourMs = 3_600_000;
const parent = aKey({ id: 'key_0000000000000001', ancestorIds: ['key_root'] });

/** Creates keys beside one that is stored. `isRevoked`: it is revoked while the new key is stored. */
function serviceOn({
  stored = parent,
  isRevoked = false,
}: { stored?: ApiKey | null; isRevoked?: boolean } = {}) {
  const clock = new FakeClock();
  const keys: ApiKey[] = [];
  const events: unknown[] = [];
  const create = createCreateKey({
    keys: {
      get: (id) => Promise.resolve(stored?.id === id ? stored : undefined),
      insert: (key) => {
        keys.push(key);
        return Promise.resolve('inserted');
      },
      hasRevoked: (ids) => {
        events.push(['checked', ids]);
        return Promise.resolve(isRevoked);
      },
      revoke: (id) => {
        events.push(['revoked', id]);
        return Promise.resolve({ isRevoked: true, descendants: 0 });
      },
    },
    accounts: {
      get: (id) => Promise.resolve(id === 'acc_gone' ? undefined : { id, name: id, createdAt: 0 }),
    } as AccountStore,
    access: accessTo({ app_a: 'acc_a', app_b: 'acc_b' }),
    audit: {
      record: (_, { action, accountId, appId, details }) => {
        events.push({ action, accountId, appId, details });
        return Promise.resolve();
      },
    } as AuditService, // `as`: the service only records
    quotas: {
      insert: (_actor, accountId, kind, write) => {
        events.push(['quota', accountId, kind]);
        return write(undefined);
      },
    } as Quotas, // `as`: the service uses no other method
    calls: unkeyedCalls(clock),
    ids: createIds(),
    clock,
  });
  const run = async (input: Partial<CreateKeyInput> = {}, actor: Actor = rootActor) =>
    await create(actor, { name: 'CI', scopes: ['events:read'], ...input });
  const inMs = (ms: number) => new Date(clock.now() + ms).toISOString();
  return { run, keys, events, clock, inMs };
}

it('stores what was asked for, shows the secret once, and records it', async () => {
  const { run, keys, events, clock, inMs } = serviceOn();
  const expiresAt = inMs(hourMs);
  const created = await run({ accountId: 'acc_b', appId: 'app_b', expiresAt });
  expect(keys).toMatchObject([
    {
      id: created.id,
      accountId: 'acc_b',
      appId: 'app_b',
      ancestorIds: [],
      name: 'CI',
      scopes: ['events:read'],
      previous: null,
      createdAt: clock.now(),
      expiresAt: clock.now() + hourMs,
      lastUsedAt: null,
      revokedAt: null,
    },
  ]);
  expect(created).toMatchObject({
    accountId: 'acc_b',
    appId: 'app_b',
    parentId: null,
    scopes: ['events:read'],
    prefix: created.key.slice(0, 10),
    expiresAt,
    revokedAt: null,
  });
  expect(created.key).toMatch(/^tsk_[0-9a-f]{48}$/);
  expect(JSON.stringify(keys)).not.toContain(created.key);
  expect(events).toEqual([
    ['quota', 'acc_b', 'keys'],
    {
      action: 'key.created',
      accountId: 'acc_b',
      appId: 'app_b',
      details: { prefix: keys[0]?.prefix, scopes: ['events:read'], expiresAt },
    },
  ]);
});

it('belongs to the account of its caller, its app or, of the operator, the default one', async () => {
  const { run, keys } = serviceOn();
  await run();
  await run({ appId: 'app_b' });
  await run({}, keyActor());
  await run({ accountId: 'acc_a', appId: 'app_a' }, keyActor());
  expect(keys.map(({ accountId, appId }) => [accountId, appId])).toEqual([
    ['acc_default', null],
    ['acc_b', 'app_b'],
    ['acc_a', null],
    ['acc_a', 'app_a'],
  ]);
});

it('of a key has its ancestors and its app', async () => {
  const { run, keys, events } = serviceOn();
  await run({}, { ...keyActor(), appId: 'app_a' } as Actor);
  expect(keys).toMatchObject([{ ancestorIds: ['key_root', parent.id], appId: 'app_a' }]);
  expect(events).toContainEqual(['checked', ['key_root', parent.id]]);
});

it.each<[string, Partial<CreateKeyInput>, Actor, `${string}: ${string}`]>([
  ['another account', { accountId: 'acc_b' }, keyActor(), 'FORBIDDEN: account acc_b is not yours'],
  ['an app of another account', { appId: 'app_b' }, keyActor(), 'FORBIDDEN: app_b'],
  [
    'an app that is not of the account',
    { accountId: 'acc_a', appId: 'app_b' },
    rootActor,
    'FORBIDDEN: app app_b does not belong to account acc_a',
  ],
  ['an account that does not exist', { accountId: 'acc_gone' }, rootActor, 'NOT_FOUND: no account acc_gone'],
  [
    'a scope that its caller lacks',
    { scopes: ['events:read', 'events:publish'] },
    keyActor('acc_a', ['keys:write', 'events:read']),
    'FORBIDDEN: a key cannot grant the scope events:publish, which it lacks',
  ],
  ['a caller without keys:write', {}, keyActor('acc_a', ['events:read']), 'SCOPE_MISSING: keys:write'],
  [
    'an access token',
    {},
    { ...keyActor(), kind: 'token' } as unknown as Actor,
    'FORBIDDEN: an access token cannot create API keys',
  ],
  [
    'a time in the past',
    { expiresAt: '2020-01-01T00:00:00.000Z' },
    rootActor,
    'INVALID_INPUT: is in the past',
  ],
])('is not created for %s', async (_, input, actor, expected) => {
  const { run, keys } = serviceOn();
  const [code, message = ''] = expected.split(': ');
  await expect(run(input, actor)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message) as string,
  });
  expect(keys).toEqual([]);
});

it('expires after now, and not after the key that creates it', async () => {
  const { inMs, clock, run } = serviceOn();
  await expect(run({ expiresAt: inMs(0) })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  await run({ expiresAt: inMs(1) });
  const expiring = serviceOn({ stored: { ...parent, expiresAt: clock.now() + hourMs } });
  await expiring.run({}, keyActor());
  await expiring.run({ expiresAt: inMs(hourMs) }, keyActor());
  expect(expiring.keys.map(({ expiresAt }) => expiresAt)).toEqual([
    clock.now() + hourMs,
    clock.now() + hourMs,
  ]);
  await expect(expiring.run({ expiresAt: inMs(hourMs + 1) }, keyActor())).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: `expiresAt: ${inMs(hourMs + 1)} is after ${inMs(hourMs)}, when the key that creates it expires`,
  });
});

it.each<[string, ApiKey | null]>([
  ['is gone', null],
  ['is revoked', { ...parent, revokedAt: 1 }],
])('is not created by a key that %s', async (_, stored) => {
  const { run, keys } = serviceOn({ stored });
  await expect(run({}, keyActor())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(keys).toEqual([]);
});

it('is revoked at once if the key that creates it is revoked meanwhile', async () => {
  const { run, keys, events } = serviceOn({ isRevoked: true });
  await expect(run({}, keyActor())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(events).toContainEqual(['revoked', keys[0]?.id]);
  expect(events).not.toContainEqual(expect.objectContaining({ action: 'key.created' }));
});

it('is not created below too many ancestors', async () => {
  const ancestorIds = (count: number) => Array.from({ length: count }, (_, n) => `key_${n}`);
  const { run, keys } = serviceOn({ stored: { ...parent, ancestorIds: ancestorIds(4) } });
  await expect(run({}, keyActor())).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('create the key with one of them') as string,
  });
  expect(keys).toEqual([]);
  await serviceOn({ stored: { ...parent, ancestorIds: ancestorIds(3) } }).run({}, keyActor());
});
