import type { Scope } from '@tocsin/shared';
import type { LimitOverrides } from './account-limits.ts';

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** Limits that the operator set for this account. */
  readonly limits?: LimitOverrides | undefined;
}

export interface App {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly createdAt: number;
}

export interface ApiKey {
  readonly id: string;
  readonly accountId: string;
  /** The only app that the key has access to. Null: all apps of the account. */
  readonly appId: string | null;
  /** Keys that must be valid for this one to be valid: the key that created it last. Empty: the operator did. */
  readonly ancestorIds: readonly string[];
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the key, in hex. The key itself is not stored. */
  readonly hash: string;
  /** The secret before the last rotation, which works until the end of the overlap. */
  readonly previous: { readonly hash: string; readonly expiresAt: number } | null;
  readonly prefix: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** Where a request comes from, for the audit log. */
interface Origin {
  /** The client address: that of the connection, or the one reported by a trusted proxy. */
  readonly address: string | null;
  readonly requestId: string;
}

/** What the request of an actor adds to it. Missing if the process acts by itself. */
interface RequestPart {
  readonly origin?: Origin | undefined;
  /** When the caller stops waiting, in the time of `performance.now()`. Undefined: when the server does. */
  readonly deadline?: number | undefined;
}

/**
 * Who acts. The root token has access to all accounts, a key to its own account, and the access token of an
 * OpenID Connect issuer to the account that it names. Keys and tokens can be bound to one app.
 */
export type Actor = RequestPart &
  (
    | { readonly kind: 'root' }
    | {
        readonly kind: 'key';
        readonly keyId: string;
        readonly keyPrefix: string;
        readonly keyName: string;
        readonly accountId: string;
        /** The only app that the key has access to. Undefined: all apps of the account. */
        readonly appId?: string | undefined;
        readonly scopes: ReadonlySet<Scope>;
      }
    | {
        readonly kind: 'token';
        readonly issuer: string;
        readonly subject: string;
        readonly accountId: string;
        readonly scopes: ReadonlySet<Scope>;
        /** The only app that the token has access to. Undefined: all apps of the account. */
        readonly appId?: string | undefined;
      }
  );

/** Returns the name that others know an actor by. Customers see it. */
export function getActorName(actor: Actor): string {
  switch (actor.kind) {
    case 'root':
      return 'the operator';
    case 'key':
      return actor.keyName === '' ? actor.keyPrefix : actor.keyName;
    case 'token':
      return actor.subject;
  }
}

/** Whether an actor has a scope. `*` includes all scopes of an account, but not `operator`. */
export function hasScope(actor: Actor, scope: Scope): boolean {
  if (actor.kind === 'root') return true;
  if (scope === 'operator') return false;
  return actor.scopes.has('*') || actor.scopes.has(scope);
}

/** Returns the account that an actor is limited to. Undefined: it has access to all accounts. */
export function getAccountLimit(actor: Actor): string | undefined {
  return actor.kind === 'root' ? undefined : actor.accountId;
}

/** Returns the app that an actor is limited to. Undefined: it has access to all apps of its accounts. */
export function getAppLimit(actor: Actor): string | undefined {
  return actor.kind === 'root' ? undefined : actor.appId;
}

/** Whether an actor has access to an account. */
export function canAccessAccount(actor: Actor, accountId: string): boolean {
  const limit = getAccountLimit(actor);
  return limit === undefined || limit === accountId;
}

/** Whether an actor has access to an app: it belongs to the actor's account, and is the actor's only app. */
export function canAccessApp(actor: Actor, app: Pick<App, 'id' | 'accountId'>): boolean {
  const limit = getAppLimit(actor);
  return canAccessAccount(actor, app.accountId) && (limit === undefined || limit === app.id);
}
