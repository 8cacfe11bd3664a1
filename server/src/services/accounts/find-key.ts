import type { Actor, ApiKey } from '../../domain/access.ts';
import { canAccessAccount } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import { canSeeKey } from '../../domain/key-inheritance.ts';
import type { ApiKeyStore } from '../../domain/ports/access-stores.ts';
import type { AccessControl } from '../authorization/access-control.ts';

export interface FindKeyDeps {
  readonly keys: Pick<ApiKeyStore, 'get'>;
  readonly access: AccessControl;
}

export type FindKey = (actor: Actor, id: string) => Promise<ApiKey>;

/** Finds a key that the caller may manage. Throws NOT_FOUND for all others, so that ids cannot be probed. */
export function createFindKey({ keys, access }: FindKeyDeps): FindKey {
  return async function findKey(actor, id) {
    access.requireScope(actor, 'keys:write');
    const key = await keys.get(id);
    if (key === undefined || !canAccessAccount(actor, key.accountId) || !canSeeKey(actor, key))
      throw apiError('NOT_FOUND', `no API key ${id} with scopes that you have`);
    return key;
  };
}
