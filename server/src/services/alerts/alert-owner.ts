import type { Scope } from '@tocsin/shared';
import { canAccessAccount, getAccountLimit, getAppLimit, type Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { AccountStore } from '../../domain/ports/access-stores.ts';
import type { AccessControl } from '../authorization/access-control.ts';

export interface AlertOwnersDeps {
  readonly access: Pick<AccessControl, 'requireScope'>;
  readonly accounts: Pick<AccountStore, 'get'>;
  /** Whether accounts may have alerts of their own. */
  readonly hasAccountAlerts: boolean;
}

/** Decides whose rules and channels a caller works with. Null: the operator's. */
export function createAlertOwners({ access, accounts, hasAccountAlerts }: AlertOwnersDeps) {
  /** A key sees the alerts of its account. One that is bound to an app sees none: they are about all apps. */
  function requireAccess(actor: Actor, scope: Scope): void {
    access.requireScope(actor, scope);
    const appId = getAppLimit(actor);
    if (appId === undefined) return;
    throw apiError('FORBIDDEN', `this API key is bound to the app ${appId}; alerts belong to the account`);
  }

  return {
    /** @param accountId of the input. Undefined: the caller's own. */
    async resolve(actor: Actor, accountId: string | undefined, scope: Scope): Promise<string | null> {
      requireAccess(actor, scope);
      if (accountId === undefined) return getAccountLimit(actor) ?? null;
      if (!canAccessAccount(actor, accountId))
        throw apiError('FORBIDDEN', `account ${accountId} is not yours`);
      if ((await accounts.get(accountId)) === undefined)
        throw apiError('NOT_FOUND', `no account ${accountId}`);
      return accountId;
    },

    /** Whether the caller may use an object of this owner. If not, it is missing for the caller. */
    canUse(actor: Actor, owner: string | null, scope: Scope): boolean {
      requireAccess(actor, scope);
      const limit = getAccountLimit(actor);
      return limit === undefined || limit === owner;
    },

    /** @throws FORBIDDEN unless the owner may have alerts */
    requireAllowed(owner: string | null): void {
      if (owner === null || hasAccountAlerts) return;
      throw apiError(
        'FORBIDDEN',
        'alerts of accounts are off; the operator turns them on with ACCOUNT_ALERTS',
      );
    },
  };
}

export type AlertOwners = ReturnType<typeof createAlertOwners>;
