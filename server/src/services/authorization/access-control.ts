import type { Scope } from '@tocsin/shared';
import {
  canAccessAccount,
  canAccessApp,
  getAccountLimit,
  getAppLimit,
  hasScope,
  type Actor,
} from '../../domain/access.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import { apiError } from '../../domain/errors.ts';
import type { AppStore } from '../../domain/ports/access-stores.ts';
import type { AppDeletionStore } from '../../domain/ports/app-deletion-store.ts';
import type { CacheLease } from '../../domain/ports/change-log.ts';
import type { Visibility } from '../../domain/ports/page-request.ts';
import { AppLookup } from './app-lookup.ts';

/** An object of an app, which stores the account of its app. */
type OwnedObject = Pick<AcceptedEvent, 'appId' | 'accountId'>;

export interface AccessControlDeps {
  readonly apps: Pick<AppStore, 'getMany' | 'listAfter'>;
  readonly deletions: Pick<AppDeletionStore, 'findErasing'>;
  readonly cacheLease: CacheLease;
}

/**
 * Checks access to apps. Returns the same error for a missing app and for another account's, so that ids
 * cannot be probed.
 *
 * Publishing and live events use cached apps. All other calls read the app, so that they see nothing of an app
 * that another process has deleted.
 */
export class AccessControl {
  readonly #lookup: AppLookup;
  readonly #deletions: Pick<AppDeletionStore, 'findErasing'>;

  constructor({ apps, deletions, cacheLease }: AccessControlDeps) {
    this.#lookup = new AppLookup(apps, cacheLease);
    this.#deletions = deletions;
  }

  requireScope(actor: Actor, scope: Scope): void {
    if (!hasScope(actor, scope)) {
      throw apiError(
        'SCOPE_MISSING',
        scope === 'operator' ? 'this call needs the root token' : `this API key lacks the scope ${scope}`,
      );
    }
  }

  /**
   * Returns the account of an app that the actor has access to. Synchronous for `events:publish` if the app is
   * cached.
   *
   * @throws FORBIDDEN both for another account's app and for a missing one.
   */
  requireApp(actor: Actor, appId: string, scope: Scope): string | Promise<string> {
    this.requireScope(actor, scope);
    const owner = scope === 'events:publish' ? this.#lookup.find(appId) : this.#lookup.findCurrent(appId);
    return owner instanceof Promise
      ? owner.then((found) => requireAccess(actor, appId, found))
      : requireAccess(actor, appId, owner);
  }

  /**
   * Whether the actor may see an object, for look-ups by the object's own id. If false, the caller throws the
   * same error as for a missing object.
   */
  async canSee(actor: Actor, { appId, accountId }: OwnedObject): Promise<boolean> {
    const owner = await this.#lookup.findCurrent(appId);
    return canAccess(actor, appId, owner) && canAccessAccount(actor, accountId);
  }

  /** Like `canSee`, for live events: synchronous if the app is cached. A deletion clears the cache. */
  canReceive(actor: Actor, appId: string): boolean | Promise<boolean> {
    const owner = this.#lookup.find(appId);
    return owner instanceof Promise
      ? owner.then((found) => canAccess(actor, appId, found))
      : canAccess(actor, appId, owner);
  }

  /** Finds the account of an app. Undefined if the app is missing. */
  async findAccount(appId: string): Promise<string | undefined> {
    return await this.#lookup.find(appId);
  }

  /**
   * Checks access to the app that a list names, and returns what the list may contain. Without an app, that is
   * everything that the actor may see.
   */
  async narrow(actor: Actor, appId: string | undefined, scope: Scope): Promise<Visibility> {
    this.requireScope(actor, scope);
    const onlyApp = appId ?? getAppLimit(actor);
    if (onlyApp === undefined) {
      const accountId = getAccountLimit(actor);
      return { accountId, excludedAppIds: await this.#deletions.findErasing(accountId) };
    }
    await this.requireApp(actor, onlyApp, scope);
    return { appId: onlyApp, excludedAppIds: [] };
  }

  /** Drops an app from the cache; without an id, all apps. */
  forget(appId: string | undefined): void {
    this.#lookup.forget(appId);
  }
}

function canAccess(actor: Actor, id: string, accountId: string | undefined): boolean {
  return accountId !== undefined && canAccessApp(actor, { id, accountId });
}

function requireAccess(actor: Actor, id: string, accountId: string | undefined): string {
  if (accountId === undefined || !canAccessApp(actor, { id, accountId })) {
    throw apiError('FORBIDDEN', `app ${id} does not belong to your account`);
  }
  return accountId;
}
