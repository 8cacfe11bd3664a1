import { describe, expect, it } from 'vitest';
import type { ListKeysInput } from '@tocsin/shared';
import type { Actor, ApiKey } from '../../../../server/src/domain/access.ts';
import type { ApiKeyStore } from '../../../../server/src/domain/ports/access-stores.ts';
import { ApiKeyService, type ApiKeyServiceDeps } from '../../../../server/src/services/accounts/api-keys.ts';
import type { AuditRecord } from '../../../../server/src/services/audit/audit-log.ts';
import { currentLease } from '../../../support/cache-lease.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { aKey } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const own = 'key_0000000000000001';

/** Keys in memory. Revoking a key ends two descendants. */
function serviceOn(...stored: readonly ApiKey[]) {
  const clock = new FakeClock();
  const records: AuditRecord[] = [];
  const filters: unknown[] = [];
  const revoked = new Map<string, number>();
  const keys: Partial<ApiKeyStore> = {
    get: (id) => Promise.resolve(stored.find((key) => key.id === id)),
    findByHash: () => {
      const [key] = stored;
      return Promise.resolve(key && { ...key, revokedAt: revoked.get(key.id) ?? null });
    },
    list: (filter) => {
      filters.push(filter);
      return Promise.resolve({ items: [...stored], next: undefined });
    },
    revoke: (id, at) => {
      const isRevoked = !revoked.has(id);
      if (isRevoked) revoked.set(id, at);
      return Promise.resolve({ isRevoked, descendants: 2 });
    },
  };
  const parts = {
    keys,
    access: accessTo({ app_a: 'acc_a' }),
    audit: {
      record: (_: unknown, record: AuditRecord) => {
        records.push(record);
        return Promise.resolve();
      },
    },
    clock,
    rootToken: 'the root token',
    cacheLease: currentLease,
  };
  const service = new ApiKeyService(parts as unknown as ApiKeyServiceDeps); // what is not used is left out
  return { service, records, filters, revoked, clock };
}

describe('a list of keys', () => {
  const list = async (actor: Actor, input: Partial<ListKeysInput> = {}) => {
    const scene = serviceOn(aKey({ ancestorIds: ['key_root', own], scopes: ['events:read'] }));
    const { items } = await scene.service.list(actor, { limit: 10, ...input });
    return { items, filter: scene.filters[0] };
  };
  const bound = { ...keyActor(), appId: 'app_a' } as Actor; // spreading loses which kind it is

  it.each<[string, Actor, object, object]>([
    ['of all accounts for the operator', rootActor, {}, {}],
    ['of one account', rootActor, { accountId: 'acc_b' }, { accountId: 'acc_b' }],
    ['of the account of a key', keyActor(), {}, { accountId: 'acc_a' }],
    ['of one app', keyActor(), { appId: 'app_x' }, { accountId: 'acc_a', appId: 'app_x' }],
    ['of the app that a key is bound to', bound, {}, { accountId: 'acc_a', appId: 'app_a' }],
    [
      'with no more scopes than the caller has',
      keyActor('acc_a', ['keys:write', 'events:read']),
      {},
      { accountId: 'acc_a', scopesWithin: ['keys:write', 'events:read'] },
    ],
  ])('has those %s', async (_, actor, input, expected) => {
    const { filter } = await list(actor, input);
    expect(JSON.parse(JSON.stringify(filter))).toEqual(expected);
  });

  it('shows no secret, and which key created each', async () => {
    const { items } = await list(rootActor);
    expect(items).toMatchObject([{ parentId: own, scopes: ['events:read'], prefix: 'tsk_000000' }]);
    expect(JSON.stringify(items)).not.toContain('a'.repeat(64));
  });

  it.each<[Actor, object, string]>([
    [keyActor(), { accountId: 'acc_b' }, 'account acc_b is not yours'],
    [bound, { appId: 'app_b' }, 'this API key is bound to the app app_a'],
  ])('is rejected for what is not of the caller', async (actor, input, message) => {
    await expect(list(actor, input)).rejects.toMatchObject({ code: 'FORBIDDEN', message });
  });

  it('needs the scope keys:write', async () => {
    await expect(list(keyActor('acc_a', ['events:read']))).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
  });
});

describe('revoking a key', () => {
  it('ends it at once with those that it created, and is recorded once', async () => {
    const key = aKey({ name: 'CI', appId: 'app_a' });
    const { service, records, revoked, clock } = serviceOn(key);
    expect(await service.authenticate('tsk_a')).toMatchObject({ keyId: key.id });
    expect(await service.revoke(rootActor, key.id)).toEqual({ id: key.id, revoked: true });
    await expect(async () => await service.authenticate('tsk_a')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    await service.revoke(rootActor, key.id);
    expect(revoked.get(key.id)).toBe(clock.now());
    expect(records).toEqual([
      {
        action: 'key.revoked',
        accountId: 'acc_a',
        appId: 'app_a',
        targetId: key.id,
        targetName: 'CI',
        details: { prefix: key.prefix, descendants: 2 },
      },
    ]);
  });

  it('is allowed to the key itself, to those that created it, and to others of its account', async () => {
    for (const change of [{ id: own }, { ancestorIds: [own] }, {}]) {
      const key = aKey(change);
      const { service } = serviceOn(key, aKey({ id: own, ...change }));
      expect(await service.revoke(keyActor(), key.id)).toMatchObject({ revoked: true });
    }
  });

  it('is not allowed to a key that it created', async () => {
    const parent = aKey({ id: 'key_parent' });
    const { service, revoked } = serviceOn(
      parent,
      aKey({ id: own, ancestorIds: ['key_root', 'key_parent'] }),
    );
    await expect(service.revoke(keyActor(), 'key_parent')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'key_parent created this key, so this key cannot revoke it',
    });
    expect(revoked.size).toBe(0);
  });

  it.each<[string, Actor, Partial<ApiKey>]>([
    ['of another account', keyActor('acc_b'), {}],
    ['with more scopes', keyActor('acc_a', ['keys:write']), { scopes: ['events:read'] }],
  ])('finds no key %s', async (_, actor, change) => {
    const key = aKey(change);
    const { service, records } = serviceOn(key);
    const missing = { code: 'NOT_FOUND', message: `no API key ${key.id} with scopes that you have` };
    await expect(service.revoke(actor, key.id)).rejects.toMatchObject(missing);
    await expect(service.revoke(rootActor, 'key_none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(records).toEqual([]);
  });
});
