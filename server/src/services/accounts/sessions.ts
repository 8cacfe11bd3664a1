import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { SessionStore } from '../../domain/ports/access-stores.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { Session } from '../../domain/session.ts';
import type { ApiKeyService } from './api-keys.ts';
import { sha256Text } from '../common/sha256.ts';

export interface SessionServiceDeps {
  readonly sessions: SessionStore;
  readonly keys: ApiKeyService;
  readonly clock: Clock;
  readonly rootToken: string;
  /** `ENCRYPTION_KEY`. The keyed hash of the root token uses a key derived from it. */
  readonly encryptionKey: Buffer;
}

/** A session with its id, which is not stored. */
export interface SignedInSession extends Session {
  /** Content of the cookie. */
  readonly id: string;
}

/** Session lifetime: 12 hours. Requests do not extend it. */
export const sessionMs = 12 * 60 * 60 * 1000;

/** Sessions of one credential. Opening another ends the oldest. */
const maxSessionsPerCredential = 20;

/** Like keys: a sign-out takes effect within a second in all processes, even if its notification is lost. */
const cacheMs = 1_000;

/** Cookies of the name that one request may have. */
const maxCookies = 8;

/** 32 random bytes in base64url. */
const idPattern = /^[\w-]{43}$/;

/**
 * Sessions of the admin UI. The cookie contains a random id, and the database only its hash. Neither a copy
 * of the database nor `ENCRYPTION_KEY` is therefore enough to make a cookie.
 *
 * Every request authenticates with the credential that opened the session. A revoked or expired key ends its
 * sessions within a second, and a changed root token ends those of the operator.
 */
export class SessionService {
  readonly #deps: SessionServiceDeps;
  readonly #cache = new LRUCache<string, { session: Session | undefined }>({
    ...atMost(10_000),
    ttl: cacheMs,
  });
  readonly #rootCredential: string;
  #clears = 0;

  constructor(deps: SessionServiceDeps) {
    this.#deps = deps;
    // The root token may be short enough to guess from a plain hash.
    const key = hkdfSync('sha256', deps.encryptionKey, Buffer.alloc(0), 'tocsin root session v1', 32);
    this.#rootCredential = createHmac('sha256', Buffer.from(key)).update(deps.rootToken).digest('hex');
  }

  /**
   * Opens a session with an API key or the root token. Throws UNAUTHENTICATED for any other token. `admit` may
   * throw to reject the actor before anything is stored.
   */
  async open(
    token: string,
    admit: (actor: Actor) => Promise<void> | void,
  ): Promise<{ session: SignedInSession; actor: Actor }> {
    const { sessions, keys, clock } = this.#deps;
    const actor = await keys.authenticate(token);
    if (actor.kind !== 'root' && actor.kind !== 'key')
      throw apiError('UNAUTHENTICATED', 'sign in with an API key or the root token');
    await admit(actor);
    const id = randomBytes(32).toString('base64url');
    const now = clock.now();
    const session: Session = {
      idHash: toHash(id),
      kind: actor.kind,
      credential: actor.kind === 'root' ? this.#rootCredential : toHash(token),
      createdAt: now,
      expiresAt: now + sessionMs,
    };
    await sessions.insert(session);
    this.#cache.delete(session.idHash);
    await sessions.deleteOlder(session.credential, maxSessionsPerCredential);
    return { session: { ...session, id }, actor };
  }

  /**
   * Finds the session of a request. If a request has several cookies of the name, one of them may be planted:
   * the CSRF token selects the one that the page belongs to, and without a token the newest is used.
   */
  async find(ids: readonly string[], csrfToken: string | undefined): Promise<SignedInSession | undefined> {
    const wellFormed = ids.filter((id) => idPattern.test(id)).slice(0, maxCookies);
    if (wellFormed.length === 0) return undefined;
    const found = await this.#load(new Map(wellFormed.map((id) => [toHash(id), id])));
    found.sort((a, b) => b.createdAt - a.createdAt);
    if (csrfToken === undefined || found.length < 2) return found[0];
    return found.find((session) => isCsrfToken(session, csrfToken)) ?? found[0];
  }

  /** Throws UNAUTHENTICATED if the credential of the session was revoked, has expired or was replaced. */
  authenticate({ kind, credential }: Session): Actor | Promise<Actor> {
    if (kind === 'key') return this.#deps.keys.authenticateHash(Buffer.from(credential, 'hex'));
    if (credential === this.#rootCredential) return { kind: 'root' };
    throw apiError('UNAUTHENTICATED', 'the root token has changed');
  }

  /** Ends a session in all processes within a second; with `everywhere`, all sessions of its credential. */
  async end({ idHash, credential }: Session, { everywhere }: { everywhere: boolean }): Promise<void> {
    if (everywhere) await this.#deps.sessions.deleteOlder(credential, 0);
    else await this.#deps.sessions.delete(idHash);
    this.forgetAll();
  }

  /** Clears the cache after any session changed. */
  forgetAll(): void {
    this.#clears++;
    this.#cache.clear();
  }

  async #load(idByHash: ReadonlyMap<string, string>): Promise<SignedInSession[]> {
    const known = new Map([...idByHash.keys()].map((hash) => [hash, this.#cache.get(hash)]));
    const missing = [...known].filter(([, entry]) => entry === undefined).map(([hash]) => hash);
    if (missing.length > 0) {
      const clears = this.#clears;
      const loaded = await this.#deps.sessions.find(missing);
      for (const hash of missing) {
        const entry = { session: loaded.find(({ idHash }) => idHash === hash) };
        known.set(hash, entry);
        // A session that ended meanwhile must not come back into the cache.
        if (this.#clears === clears) this.#cache.set(hash, entry);
      }
    }
    const now = this.#deps.clock.now();
    return [...idByHash].flatMap(([hash, id]) => {
      const session = known.get(hash)?.session;
      return session === undefined || session.expiresAt <= now ? [] : [{ ...session, id }];
    });
  }
}

/** The CSRF token of a session. Derived from its id, so it is not stored either. */
export function getCsrfToken({ id }: Pick<SignedInSession, 'id'>): string {
  return createHmac('sha256', id).update('tocsin session csrf v1').digest('base64url');
}

export function isCsrfToken(session: Pick<SignedInSession, 'id'>, given: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(getCsrfToken(session))];
  return left.length === right.length && timingSafeEqual(left, right);
}

function toHash(text: string): string {
  return sha256Text(text, 'hex');
}
