import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import type {
  CountedPage,
  CreateKeyInput,
  CreatedKey,
  KeyView,
  ListKeysInput,
  RotateKeyInput,
  Scope,
} from '@tocsin/shared';
import type { Actor, ApiKey } from '../../domain/access.ts';
import { canAccessAccount, getAccountLimit, getAppLimit } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import { isDescendant } from '../../domain/key-inheritance.ts';
import type { ApiKeyStore } from '../../domain/ports/access-stores.ts';
import type { CacheLease } from '../../domain/ports/change-log.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import { toAgePageRequest, toCountedPage, toTerms } from '../common/counted-page.ts';
import { toIso } from '../common/iso-time.ts';
import { sha256, sha256Text } from '../common/sha256.ts';
import { createCreateKey, type CreateKey, type CreateKeyDeps } from './create-key.ts';
import { createFindKey, type FindKey } from './find-key.ts';
import { KeyLookups } from './key-lookups.ts';
import { toApiKeyView } from './key-view.ts';
import { createRotateKey, type RotateKey } from './rotate-key.ts';
import type { TokenCallers } from './token-callers.ts';

export interface ApiKeyServiceDeps extends CreateKeyDeps {
  readonly keys: ApiKeyStore;
  readonly log: Log;
  readonly cacheLease: CacheLease;
  readonly rootToken: string;
  /** Undefined if no OpenID Connect issuer is configured. */
  readonly tokens: TokenCallers | undefined;
}

/** Returns the network of the client. Called only to look up a credential, because most are cached. */
type GetNetwork = () => string;

/** Cached keys, about 1 kB each. */
const maxKeys = 20_000;

/** Also covers what is changed by hand in the database, which the change log does not contain. */
const maxAgeMs = 60 * 60 * 1000;

/** Tokens that are no keys are cached too, so that repeated calls with one cost no reads. */
const unknownCacheMs = 1_000;

/** One write covers the uses of all keys of this period. */
const saveUsesEveryMs = 10_000;

/** `lastUsedAt` is informational. With a key for each app, a write for each use would cost as much as the event. */
const saveKeyEveryMs = 5 * 60_000;

/**
 * Authenticates and manages API keys. A key is `tsk_` and 48 hex digits: with 192 random bits, its stored
 * hash needs no salt and no slow hash function.
 */
export class ApiKeyService {
  readonly #deps: ApiKeyServiceDeps;
  readonly #rootHash: Buffer;
  readonly #cache = new LRUCache<string, { key: ApiKey }>({
    ...atMost(maxKeys),
    ttl: maxAgeMs,
    ttlResolution: 1_000,
  });
  /** Apart from the keys, so that random tokens cannot push keys out of the cache. */
  readonly #unknown = new LRUCache<string, { key: undefined }>({ ...atMost(10_000), ttl: unknownCacheMs });
  /** Changes of keys that this process has heard of. A look-up that one overtakes is not cached. */
  #changes = 0;
  readonly #lookups: KeyLookups;
  readonly #findKey: FindKey;
  readonly #createKey: CreateKey;
  readonly #rotateKey: RotateKey;
  readonly #hashes = new LRUCache<string, Buffer>({ max: 1_000 });
  readonly #actors = new WeakMap<ApiKey, Actor>();
  /** The last uses of keys that are not saved yet, by id. */
  #uses = new Map<string, number>();
  readonly #savedUses = new LRUCache<string, number>(atMost(maxKeys));
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ApiKeyServiceDeps) {
    this.#deps = deps;
    this.#rootHash = sha256(deps.rootToken);
    this.#lookups = new KeyLookups((hash) => deps.keys.findByHash(hash));
    this.#findKey = createFindKey(deps);
    this.#createKey = createCreateKey(deps);
    this.#rotateKey = createRotateKey({
      ...deps,
      findKey: this.#findKey,
      onRotated: (id) => this.forget(id),
    });
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#saveUses(), saveUsesEveryMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#saveUses();
  }

  /**
   * Returns the actor of a bearer token: the root token, a key, or a token of the OpenID Connect issuer. Throws
   * UNAUTHENTICATED with the reason: missing, unknown, revoked or expired.
   */
  authenticate(token: string | undefined, getNetwork?: GetNetwork): Actor | Promise<Actor> {
    if (token === undefined || token === '') {
      throw apiError('UNAUTHENTICATED', 'the Authorization header must be "Bearer <key>"');
    }
    const hash = this.#hash(token);
    const { tokens } = this.#deps;
    if (tokens === undefined || !tokens.isToken(token)) return this.authenticateHash(hash, getNetwork);
    // The operator may have chosen a root token of any form.
    return timingSafeEqual(hash, this.#rootHash)
      ? rootActor
      : tokens.authenticate(token, hash.toString('hex'));
  }

  /** Hashes are cached, because hashing on each call costs more than the rest of authentication. */
  #hash(token: string): Buffer {
    const cached = this.#hashes.get(token);
    if (cached !== undefined) return cached;
    const hash = sha256(token);
    this.#hashes.set(token, hash);
    return hash;
  }

  /** Like `authenticate`, by the SHA-256 of the token, which is all that a browser session stores. */
  authenticateHash(hash: Buffer, getNetwork?: GetNetwork): Actor | Promise<Actor> {
    if (timingSafeEqual(hash, this.#rootHash)) return rootActor;
    const hex = hash.toString('hex');
    const refreshing = this.#deps.cacheLease.refresh();
    return refreshing === undefined
      ? this.#authenticate(hex, getNetwork)
      : refreshing.then(() => this.#authenticate(hex, getNetwork));
  }

  #authenticate(hex: string, getNetwork: GetNetwork | undefined): Actor | Promise<Actor> {
    const cached = this.#cache.get(hex) ?? this.#unknown.get(hex);
    return cached === undefined ? this.#lookUp(hex, getNetwork) : this.#toActor(cached.key, hex);
  }

  async #lookUp(hash: string, getNetwork: GetNetwork | undefined): Promise<Actor> {
    const changes = this.#changes;
    const key = await this.#lookups.find(hash, getNetwork?.());
    if (key === undefined) this.#unknown.set(hash, { key });
    else if (changes === this.#changes) this.#cache.set(hash, { key });
    return this.#toActor(key, hash);
  }

  #toActor(key: ApiKey | undefined, hash: string): Actor {
    if (key === undefined) throw apiError('UNAUTHENTICATED', 'the API key is unknown');
    if (key.revokedAt !== null) throw apiError('UNAUTHENTICATED', `the API key ${key.prefix}... was revoked`);
    const now = this.#deps.clock.now();
    if (key.expiresAt !== null && key.expiresAt <= now) {
      throw apiError('UNAUTHENTICATED', `the API key ${key.prefix}... expired on ${toIso(key.expiresAt)}`);
    }
    if (hash === key.previous?.hash && key.previous.expiresAt <= now) {
      throw apiError('UNAUTHENTICATED', 'the API key was replaced by a rotation');
    }
    if (now - (this.#savedUses.get(key.id) ?? -Infinity) >= saveKeyEveryMs) this.#uses.set(key.id, now);
    const existing = this.#actors.get(key);
    if (existing !== undefined) return existing;
    const actor: Actor = {
      kind: 'key',
      keyId: key.id,
      keyPrefix: key.prefix,
      keyName: key.name,
      accountId: key.accountId,
      appId: key.appId ?? undefined,
      scopes: new Set(key.scopes),
    };
    this.#actors.set(key, actor);
    return actor;
  }

  /** Drops a key and its descendants after a change; without an id, all keys. */
  forget(id: string | undefined): void {
    this.#changes++;
    this.#lookups.restart();
    this.#unknown.clear();
    if (id === undefined) return this.#cache.clear();
    for (const [hash, { key }] of this.#cache.entries()) {
      if (key.id === id || key.ancestorIds.includes(id)) this.#cache.delete(hash);
    }
  }

  async create(actor: Actor, input: CreateKeyInput): Promise<CreatedKey> {
    const created = await this.#createKey(actor, input);
    this.#unknown.delete(sha256Text(created.key, 'hex'));
    return created;
  }

  /** Lists the keys that the caller covers. Others of its account are left out, with their scopes. */
  async list(actor: Actor, input: ListKeysInput): Promise<CountedPage<KeyView>> {
    const { access, keys } = this.#deps;
    access.requireScope(actor, 'keys:write');
    const { accountId, appId, search } = input;
    if (accountId !== undefined && !canAccessAccount(actor, accountId)) {
      throw apiError('FORBIDDEN', `account ${accountId} is not yours`);
    }
    const onlyApp = getAppLimit(actor);
    if (appId !== undefined && onlyApp !== undefined && appId !== onlyApp) {
      throw apiError('FORBIDDEN', `this API key is bound to the app ${onlyApp}`);
    }
    const filter = {
      accountId: accountId ?? getAccountLimit(actor),
      appId: onlyApp ?? appId,
      scopesWithin: toScopeLimit(actor),
      terms: toTerms(search),
    };
    return toCountedPage(await keys.list(filter, toAgePageRequest(input)), toApiKeyView);
  }

  /** Revokes a key with its descendants: the caller's own, or one whose scopes the caller covers. */
  async revoke(actor: Actor, id: string): Promise<{ id: string; revoked: true }> {
    const { keys, clock, audit } = this.#deps;
    const key = await this.#findKey(actor, id);
    await this.#requireNoAncestor(actor, key);
    const { isRevoked, descendants } = await keys.revoke(id, clock.now());
    this.forget(id);
    // A second revocation changes nothing, so it is not recorded.
    if (isRevoked) {
      await audit.record(actor, {
        action: 'key.revoked',
        accountId: key.accountId,
        appId: key.appId,
        targetId: id,
        targetName: key.name,
        details: { prefix: key.prefix, descendants },
      });
    }
    return { id, revoked: true };
  }

  async rotate(actor: Actor, input: RotateKeyInput): Promise<CreatedKey> {
    return await this.#rotateKey(actor, input);
  }

  /** A key could otherwise end the keys that limit it. */
  async #requireNoAncestor(actor: Actor, key: ApiKey): Promise<void> {
    if (actor.kind !== 'key' || actor.keyId === key.id || isDescendant(actor, key)) return;
    const own = await this.#deps.keys.get(actor.keyId);
    if (own?.ancestorIds.includes(key.id) === true)
      throw apiError('FORBIDDEN', `${key.id} created this key, so this key cannot revoke it`);
  }

  async #saveUses(): Promise<void> {
    const uses = this.#uses;
    this.#uses = new Map();
    try {
      await this.#deps.keys.touch(uses);
      for (const [id, at] of uses) this.#savedUses.set(id, at);
    } catch (error) {
      this.#deps.log.debug({ err: error }, 'could not save the last use of API keys');
    }
  }
}

const rootActor: Actor = { kind: 'root' };

/** The scopes of the keys that an actor may see. Undefined: all. */
function toScopeLimit(actor: Actor): readonly Scope[] | undefined {
  return actor.kind === 'root' || actor.scopes.has('*') ? undefined : [...actor.scopes];
}
