import type { Scope } from '@tocsin/shared';

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
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
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the key in hex; the key itself is not stored. */
  readonly hash: string;
  readonly prefix: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** Where a request came from, for the audit log. */
interface Origin {
  /** Of the peer, or as a trusted proxy tells it. */
  readonly address: string | null;
  readonly requestId: string;
}

/**
 * Who is calling. The root token stands above accounts; a key acts for its one account. `origin` is absent when the
 * process acts on its own.
 */
export type Actor =
  | { readonly kind: 'root'; readonly origin?: Origin | undefined }
  | {
      readonly kind: 'key';
      readonly keyId: string;
      readonly keyPrefix: string;
      readonly accountId: string;
      readonly scopes: ReadonlySet<Scope>;
      readonly origin?: Origin | undefined;
    };

/** Whether an actor may do what needs `scope`. `*` is everything within an account, never the operator's rights. */
export function allows(actor: Actor, scope: Scope): boolean {
  if (actor.kind === 'root') return true;
  if (scope === 'operator') return false;
  return actor.scopes.has('*') || actor.scopes.has(scope);
}

/** Whether an actor may touch what belongs to an account. */
export function ownsAccount(actor: Actor, accountId: string): boolean {
  return actor.kind === 'root' || actor.accountId === accountId;
}
