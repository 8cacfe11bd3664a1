import type { Scope } from '@tocsin/shared';
import { getAccountLimit, getAppLimit, hasScope, type Actor } from '../../domain/access.ts';

/**
 * Kinds of data that a change concerns. `activity`: events were accepted, or deliveries went on. `audit`: an action was
 * recorded.
 */
export type ChangedKind = 'accounts' | 'apps' | 'webhooks' | 'keys' | 'eventTypes' | 'activity' | 'audit';

/** A caller with one of these scopes is notified. Empty: every caller. */
const neededScopes: Readonly<Record<ChangedKind, readonly Scope[]>> = {
  accounts: [],
  apps: ['webhooks:read'],
  webhooks: ['webhooks:read'],
  keys: ['keys:write'],
  eventTypes: [],
  activity: ['events:read', 'deliveries:read', 'webhooks:read'],
  audit: ['*'],
};

export const allKinds = Object.keys(neededScopes) as readonly ChangedKind[];

/** What changed, and where. */
export interface Change {
  readonly kind: ChangedKind;
  /** Undefined: it concerns every account. */
  readonly accountId: string | undefined;
  /** Undefined: it concerns every app of the account. */
  readonly appId: string | undefined;
}

/** More apps than these at once count as all apps of their accounts. */
const maxApps = 5_000;

/** Collects changes, and says which of them concern a caller. Its size does not grow with their number. */
export class ChangedKinds {
  /** By account; `*` for every account. */
  readonly #byAccount = new Map<string, Map<ChangedKind, Set<string>>>();
  readonly #all = new Set<ChangedKind>();
  #apps = 0;

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  add({ kind, accountId = '*', appId }: Change): void {
    this.#all.add(kind);
    let kinds = this.#byAccount.get(accountId);
    if (kinds === undefined) this.#byAccount.set(accountId, (kinds = new Map<ChangedKind, Set<string>>()));
    let apps = kinds.get(kind);
    if (apps === undefined) kinds.set(kind, (apps = new Set<string>()));
    const app = appId === undefined || this.#apps >= maxApps ? '*' : appId;
    if (apps.has(app)) return;
    apps.add(app);
    this.#apps++;
  }

  /** Returns the kinds that the caller may read and that changed in its account or app. */
  list(actor: Actor): ChangedKind[] {
    const accountId = getAccountLimit(actor);
    const appId = getAppLimit(actor);
    const isSeen = (kind: ChangedKind) =>
      accountId === undefined ||
      ['*', accountId].some((account) => {
        const apps = this.#byAccount.get(account)?.get(kind);
        return apps !== undefined && (appId === undefined || apps.has(appId) || apps.has('*'));
      });
    return [...this.#all].filter((kind) => isSeen(kind) && mayRead(actor, kind));
  }

  clear(): void {
    this.#byAccount.clear();
    this.#all.clear();
    this.#apps = 0;
  }
}

function mayRead(actor: Actor, kind: ChangedKind): boolean {
  const scopes = neededScopes[kind];
  return scopes.length === 0 || scopes.some((scope) => hasScope(actor, scope));
}
