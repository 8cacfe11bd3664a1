import type { Scope } from '@tocsin/shared';
import type { Actor, App } from '../../server/src/domain/access.ts';
import type { AppStore } from '../../server/src/domain/ports/access-stores.ts';
import { AccessControl } from '../../server/src/services/authorization/access-control.ts';

export const rootActor: Actor = { kind: 'root' };

/** A key, by default of the account `acc_a` and with every scope. */
export function keyActor(accountId = 'acc_a', scopes: readonly Scope[] = ['*']): Actor {
  return {
    kind: 'key',
    keyId: 'key_0000000000000001',
    keyPrefix: 'tsk_000000',
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
  const store: Pick<AppStore, 'get' | 'list'> = {
    get: (id) => Promise.resolve(apps.find((app) => app.id === id)),
    list: ({ accountId }) =>
      Promise.resolve({ items: apps.filter((app) => app.accountId === accountId), nextCursor: null }),
  };
  return new AccessControl(store as AppStore);
}
