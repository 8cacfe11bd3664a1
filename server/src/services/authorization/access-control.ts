import { LRUCache } from 'lru-cache';
import type { Scope } from '@tocsin/shared';
import { hasScope, canAccessAccount, type Actor, type App } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { AppStore } from '../../domain/ports/access-stores.ts';

/**
 * Cached apps with their accounts. An app never changes its account, so only its deletion makes an entry
 * stale.
 */
const maxApps = 10_000;
const cacheMs = 5_000;

/**
 * Checks access to apps. Returns the same error for a missing app and for another account's, so that ids
 * cannot be probed.
 */
export class AccessControl {
  readonly #apps: AppStore;
  readonly #owners = new LRUCache<string, string>({ max: maxApps, ttl: cacheMs });

  constructor(apps: AppStore) {
    this.#apps = apps;
  }

  requireScope(actor: Actor, scope: Scope): void {
    if (!hasScope(actor, scope)) {
      throw apiError(
        'SCOPE_MISSING',
        scope === 'operator' ? 'this call needs the root token' : `this API key lacks the scope ${scope}`,
      );
    }
  }

  /** Throws FORBIDDEN both for another account's app and for a missing one. */
  requireApp(actor: Actor, appId: string, scope: Scope): Promise<void> | void {
    this.requireScope(actor, scope);
    const owner = this.#owners.get(appId);
    if (owner === undefined) return this.#lookUp(actor, appId);
    if (!canAccessAccount(actor, owner)) throw forbidden(appId);
  }

  async #lookUp(actor: Actor, appId: string): Promise<void> {
    const app = await this.#apps.get(appId);
    if (app === undefined) throw forbidden(appId);
    this.#owners.set(appId, app.accountId);
    if (!canAccessAccount(actor, app.accountId)) throw forbidden(appId);
  }

  /**
   * Whether the actor may see objects of this app, for look-ups by the object's own id. If false, the caller
   * throws the same error as for a missing object.
   */
  async canSee(actor: Actor, appId: string): Promise<boolean> {
    if (actor.kind === 'root') return true;
    const owner = await this.findAccount(appId);
    return owner !== undefined && canAccessAccount(actor, owner);
  }

  /** Finds the account of an app. Undefined if the app is missing. */
  async findAccount(appId: string): Promise<string | undefined> {
    const owner = this.#owners.get(appId) ?? (await this.#apps.get(appId))?.accountId;
    if (owner !== undefined) this.#owners.set(appId, owner);
    return owner;
  }

  /**
   * Checks access to the app that a list names. Without an app, returns the apps to narrow the list to;
   * undefined if the actor may see all apps.
   */
  async narrow(actor: Actor, appId: string | undefined, scope: Scope): Promise<string[] | undefined> {
    this.requireScope(actor, scope);
    if (appId === undefined) return await this.visibleApps(actor);
    await this.requireApp(actor, appId, scope);
    return undefined;
  }

  /** Ids of all apps of the actor's account. Undefined for the operator, who may see all apps. */
  async visibleApps(actor: Actor): Promise<string[] | undefined> {
    if (actor.kind === 'root') return undefined;
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page: { items: App[]; nextCursor: string | null } = await this.#apps.list(
        { accountId: actor.accountId },
        { cursor, limit: 200 },
      );
      ids.push(...page.items.map((app) => app.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return ids;
  }

  /** Drops an app from the cache; without an id, all apps. */
  forget(appId: string | undefined): void {
    if (appId === undefined) this.#owners.clear();
    else this.#owners.delete(appId);
  }
}

function forbidden(appId: string) {
  return apiError('FORBIDDEN', `app ${appId} does not belong to your account`);
}
