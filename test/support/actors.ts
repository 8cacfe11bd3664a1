import type { Scope } from '@tocsin/shared';
import type { Actor, App } from '../../server/src/domain/access.ts';
import { AccessControl } from '../../server/src/services/authorization/access-control.ts';
import { currentLease } from './cache-lease.ts';

export const rootActor: Actor = { kind: 'root' };

/** A key, by default of the account `acc_a` and with every scope. */
export function keyActor(accountId = 'acc_a', scopes: readonly Scope[] = ['*']): Actor {
  return {
    kind: 'key',
    keyId: 'key_0000000000000001',
    keyPrefix: 'tsk_000000',
    keyName: 'CI',
    accountId,
    scopes: new Set(scopes),
  };
}

/** The real access control over apps in memory: their ids and accounts. */
export function accessTo(accounts: Readonly<Record<string, string>>): AccessControl {
  const apps = Object.entries(accounts).map(([id, accountId]): App => ({
    id,
    accountId,
    name: id,
    createdAt: 0,
  }));
  return new AccessControl({
    apps: {
      getMany: (ids) => Promise.resolve(apps.filter((app) => ids.includes(app.id))),
      listAfter: () => Promise.resolve([]),
    },
    deletions: { findErasing: () => Promise.resolve([]) },
    cacheLease: currentLease,
  });
}
