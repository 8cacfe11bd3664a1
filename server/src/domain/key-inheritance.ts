import { getAppLimit, hasScope, type Actor, type ApiKey } from './access.ts';

/*
 * A key that a key creates is its child. A child has at most the scopes, the lifetime and the app of its
 * parent, and it ends with its parent.
 */

/** Most ancestors of a key. Bounds what is stored with each key, and the work of a revocation. */
export const maxKeyAncestors = 4;

/** Whether a key was created by the actor's key, or by one of its descendants. */
export function isDescendant(actor: Actor, key: ApiKey): boolean {
  return actor.kind === 'key' && key.ancestorIds.includes(actor.keyId);
}

/** Whether the actor may know of a key of its account: it has all scopes of the key, and access to its apps. */
export function canSeeKey(actor: Actor, key: ApiKey): boolean {
  const appLimit = getAppLimit(actor);
  return (
    (appLimit === undefined || key.appId === appLimit) && key.scopes.every((scope) => hasScope(actor, scope))
  );
}

/** The expiry of a child: the requested one, and that of its parent if none was requested. */
export function inheritExpiry(requested: number | null, parent: ApiKey | undefined): number | null {
  return requested ?? parent?.expiresAt ?? null;
}

/** Whether a key would work longer than its parent. */
export function outlives(expiresAt: number | null, parent: ApiKey | undefined): boolean {
  if (parent === undefined || parent.expiresAt === null) return false;
  return expiresAt === null || expiresAt > parent.expiresAt;
}
