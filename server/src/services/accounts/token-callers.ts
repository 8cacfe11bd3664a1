import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { AccountStore } from '../../domain/ports/access-stores.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { TokenVerifier } from '../../domain/ports/token-verifier.ts';
import { readTokenIdentity, type ClaimNames } from './token-claims.ts';

export interface TokenCallersDeps {
  readonly verifier: TokenVerifier;
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly claimNames: ClaimNames;
}

/**
 * A verified token is not verified again for this time, or until it expires. A token whose key the issuer has
 * removed works at most this long after the key set was fetched again.
 */
const cacheMs = 10 * 60 * 1000;

/** Longer tokens are rejected unread. */
const maxTokenLength = 8 * 1024;

/** A JSON Web Signature in compact form: three parts in base64url. */
const jwtPattern = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Authenticates callers that have an access token of the configured OpenID Connect issuer instead of a key. */
export class TokenCallers {
  readonly #deps: TokenCallersDeps;
  readonly #cache = new LRUCache<string, { readonly actor: Actor; readonly until: number }>(atMost(10_000));

  constructor(deps: TokenCallersDeps) {
    this.#deps = deps;
  }

  isToken(text: string): boolean {
    return text.length <= maxTokenLength && jwtPattern.test(text);
  }

  /**
   * Returns the actor of a token; `hash` is its SHA-256. Throws UNAUTHENTICATED for a token that is not
   * accepted, and UNAVAILABLE if the issuer's keys cannot be fetched.
   */
  authenticate(token: string, hash: string): Actor | Promise<Actor> {
    const cached = this.#cache.get(hash);
    return cached !== undefined && cached.until > this.#deps.clock.now()
      ? cached.actor
      : this.#verify(token, hash);
  }

  async #verify(token: string, hash: string): Promise<Actor> {
    const { verifier, accounts, clock, claimNames } = this.#deps;
    this.#cache.delete(hash);
    const { claims, expiresAt } = await verifier.verify(token);
    const { subject, accountId, scopes, appId } = readTokenIdentity(claims, claimNames);
    if ((await accounts.get(accountId)) === undefined)
      throw apiError('UNAUTHENTICATED', `the token's claim ${claimNames.account} names no account`);
    const actor: Actor = { kind: 'token', issuer: verifier.issuer, subject, accountId, scopes, appId };
    this.#cache.set(hash, { actor, until: Math.min(expiresAt, clock.now() + cacheMs) });
    return actor;
  }
}
