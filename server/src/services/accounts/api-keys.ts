import { randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CreateKeyInput, CreatedKey, KeyView, Page, RotateKeyInput, Scope } from '@tocsin/shared';
import type { Actor, ApiKey } from '../../domain/access.ts';
import { defaultAccountId } from '../../domain/account-limits.ts';
import { canAccessAccount, getAccountLimit, getAppLimit, hasScope } from '../../domain/access.ts';
import { apiError, fieldError, type TocsinError } from '../../domain/errors.ts';
import {
  canSeeKey,
  inheritExpiry,
  isDescendant,
  maxKeyAncestors,
  outlives,
} from '../../domain/key-inheritance.ts';
import type { AccountStore, ApiKeyStore } from '../../domain/ports/access-stores.ts';
import type { CacheLease } from '../../domain/ports/change-log.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock, Ids, Log } from '../../domain/ports/runtime.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { Quotas } from '../limits/quotas.ts';
import { mapPage, toIso, toIsoOrNull } from '../common/iso-time.ts';
import { sha256 } from '../common/sha256.ts';
import { KeyLookups } from './key-lookups.ts';
import type { TokenCallers } from './token-callers.ts';

export interface ApiKeyServiceDeps {
  readonly keys: ApiKeyStore;
  readonly accounts: AccountStore;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly quotas: Quotas;
  readonly ids: Ids;
  readonly clock: Clock;
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

const hourMs = 60 * 60 * 1000;

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
    max: maxKeys,
    ttl: maxAgeMs,
    ttlResolution: 1_000,
  });
  /** Apart from the keys, so that random tokens cannot push keys out of the cache. */
  readonly #unknown = new LRUCache<string, { key: undefined }>({ max: 10_000, ttl: unknownCacheMs });
  /** Changes of keys that this process has heard of. A look-up that one overtakes is not cached. */
  #changes = 0;
  readonly #lookups: KeyLookups;
  readonly #hashes = new LRUCache<string, Buffer>({ max: 1_000 });
  readonly #actors = new WeakMap<ApiKey, Actor>();
  /** The last uses of keys that are not saved yet, by id. */
  #uses = new Map<string, number>();
  readonly #savedUses = new LRUCache<string, number>({ max: maxKeys });
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ApiKeyServiceDeps) {
    this.#deps = deps;
    this.#rootHash = sha256(deps.rootToken);
    this.#lookups = new KeyLookups((hash) => deps.keys.findByHash(hash));
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

  /**
   * Creates a key. A key that another key creates has at most the scopes, the lifetime and the app of that key,
   * and ends with it.
   */
  async create(actor: Actor, input: CreateKeyInput): Promise<CreatedKey> {
    const { access, accounts, keys, quotas, ids, clock, audit } = this.#deps;
    access.requireScope(actor, 'keys:write');
    const parent = await this.#findParent(actor);
    const accountId = await this.#findAccount(actor, input);
    const missing = input.scopes.find((scope) => !hasScope(actor, scope));
    if (missing !== undefined)
      throw apiError('FORBIDDEN', `a key cannot grant the scope ${missing}, which it lacks`);
    if ((await accounts.get(accountId)) === undefined) throw apiError('NOT_FOUND', `no account ${accountId}`);
    const expiresAt = this.#toExpiry(input, parent);
    const secret = createSecret();
    const key: ApiKey = {
      id: ids.key(),
      accountId,
      appId: getAppLimit(actor) ?? input.appId ?? null,
      ancestorIds: parent === undefined ? [] : [...parent.ancestorIds, parent.id],
      name: input.name,
      scopes: input.scopes,
      ...toStoredSecret(secret),
      previous: null,
      createdAt: clock.now(),
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
    };
    await quotas.insert(actor, accountId, 'keys', (limit) => keys.insert(key, limit));
    this.#unknown.delete(key.hash);
    if (parent !== undefined && (await keys.hasRevoked(key.ancestorIds))) {
      await keys.revoke(key.id, clock.now());
      throw apiError('UNAUTHENTICATED', `the API key ${parent.prefix}... was revoked`);
    }
    const { appId, prefix, scopes } = key;
    await audit.record(actor, {
      action: 'key.created',
      accountId,
      appId,
      targetId: key.id,
      details: { prefix, scopes: [...scopes], expiresAt: toIsoOrNull(expiresAt) },
    });
    return { ...toApiKeyView(key), key: secret };
  }

  /** Lists the keys that the caller covers. Others of its account are left out, with their scopes. */
  async list(actor: Actor, page: PageRequest): Promise<Page<KeyView>> {
    this.#deps.access.requireScope(actor, 'keys:write');
    const filter = {
      accountId: getAccountLimit(actor),
      appId: getAppLimit(actor),
      scopesWithin: toScopeLimit(actor),
    };
    return mapPage(await this.#deps.keys.list(filter, page), toApiKeyView);
  }

  /** Revokes a key with its descendants: the caller's own, or one whose scopes the caller covers. */
  async revoke(actor: Actor, id: string): Promise<{ id: string; revoked: true }> {
    const { keys, clock, audit } = this.#deps;
    const key = await this.#find(actor, id);
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
        details: { prefix: key.prefix, descendants },
      });
    }
    return { id, revoked: true };
  }

  /**
   * Replaces the secret of a key. Everything else stays, also the keys that it created. A key rotates itself and
   * its descendants; the operator rotates all keys.
   */
  async rotate(actor: Actor, { id, overlapHours }: RotateKeyInput): Promise<CreatedKey> {
    const { keys, clock, audit } = this.#deps;
    const key = await this.#find(actor, id);
    if (actor.kind !== 'root' && !isDescendant(actor, key) && !(actor.kind === 'key' && actor.keyId === id)) {
      throw apiError(
        'FORBIDDEN',
        `only ${id} itself, a key that created it, or the root token can rotate it`,
      );
    }
    if (key.revokedAt !== null) throw fieldError('id', `the API key ${id} is revoked`);
    const secret = createSecret();
    const overlapEnd = clock.now() + overlapHours * hourMs;
    const previous = overlapHours === 0 ? null : { hash: key.hash, expiresAt: overlapEnd };
    const next = { ...toStoredSecret(secret), previous };
    if (!(await keys.rotate(key, next)))
      throw fieldError('id', `the API key ${id} was rotated or revoked at the same time`);
    this.forget(id);
    await audit.record(actor, {
      action: 'key.rotated',
      accountId: key.accountId,
      appId: key.appId,
      targetId: id,
      details: { prefix: key.prefix, newPrefix: next.prefix, overlapHours },
    });
    return { ...toApiKeyView({ ...key, ...next }), key: secret };
  }

  /** Finds a key that the caller may manage. Throws NOT_FOUND for all others, so that ids cannot be probed. */
  async #find(actor: Actor, id: string): Promise<ApiKey> {
    this.#deps.access.requireScope(actor, 'keys:write');
    const key = await this.#deps.keys.get(id);
    if (key === undefined || !canAccessAccount(actor, key.accountId) || !canSeeKey(actor, key))
      throw apiError('NOT_FOUND', `no API key ${id} with scopes that you have`);
    return key;
  }

  /** The key that creates a key, as it is stored now. Undefined for the operator. */
  async #findParent(actor: Actor): Promise<ApiKey | undefined> {
    if (actor.kind === 'root') return undefined;
    if (actor.kind === 'token') {
      throw apiError('FORBIDDEN', 'an access token cannot create API keys, because they would outlive it');
    }
    const parent = await this.#deps.keys.get(actor.keyId);
    if (parent === undefined || parent.revokedAt !== null)
      throw apiError('UNAUTHENTICATED', `the API key ${actor.keyPrefix}... was revoked`);
    if (parent.ancestorIds.length >= maxKeyAncestors) {
      throw apiError(
        'FORBIDDEN',
        `this key has ${maxKeyAncestors} ancestors, the maximum; create the key with one of them`,
      );
    }
    return parent;
  }

  /** Finds the account of a new key, and checks that its app belongs to that account. */
  async #findAccount(actor: Actor, { accountId, appId }: CreateKeyInput): Promise<string> {
    if (accountId !== undefined && !canAccessAccount(actor, accountId))
      throw apiError('FORBIDDEN', `account ${accountId} is not yours`);
    if (appId === undefined) return getAccountLimit(actor) ?? accountId ?? defaultAccountId;
    const owner = await this.#deps.access.requireApp(actor, appId, 'keys:write');
    if (accountId !== undefined && accountId !== owner)
      throw apiError('FORBIDDEN', `app ${appId} does not belong to account ${accountId}`);
    return owner;
  }

  #toExpiry(input: CreateKeyInput, parent: ApiKey | undefined): number | null {
    const requested = input.expiresAt === undefined ? null : Date.parse(input.expiresAt);
    if (requested !== null && requested <= this.#deps.clock.now())
      throw fieldError('expiresAt', `${input.expiresAt} is in the past`);
    const expiresAt = inheritExpiry(requested, parent);
    if (outlives(expiresAt, parent)) throw tooLate(input, parent);
    return expiresAt;
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

function createSecret(): string {
  return `tsk_${randomBytes(24).toString('hex')}`;
}

function toStoredSecret(secret: string): Pick<ApiKey, 'hash' | 'prefix'> {
  return { hash: sha256(secret).toString('hex'), prefix: secret.slice(0, 10) };
}

function tooLate({ expiresAt }: CreateKeyInput, parent: ApiKey | undefined): TocsinError {
  return fieldError(
    'expiresAt',
    `${expiresAt} is after ${toIsoOrNull(parent?.expiresAt ?? null)}, when the key that creates it expires`,
  );
}

/** The scopes of the keys that an actor may see. Undefined: all. */
function toScopeLimit(actor: Actor): readonly Scope[] | undefined {
  return actor.kind === 'root' || actor.scopes.has('*') ? undefined : [...actor.scopes];
}

function toApiKeyView(key: ApiKey): KeyView {
  return {
    id: key.id,
    accountId: key.accountId,
    appId: key.appId,
    parentId: key.ancestorIds.at(-1) ?? null,
    name: key.name,
    scopes: [...key.scopes],
    prefix: key.prefix,
    createdAt: toIso(key.createdAt),
    expiresAt: toIsoOrNull(key.expiresAt),
    lastUsedAt: toIsoOrNull(key.lastUsedAt),
    revokedAt: toIsoOrNull(key.revokedAt),
  };
}
