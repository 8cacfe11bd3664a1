import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CreateKeyInput, CreatedKey, KeyView, Page } from '@tocsin/shared';
import type { Actor, ApiKey } from '../../domain/access.ts';
import { canAccessAccount } from '../../domain/access.ts';
import { defaultAccountId } from '../../domain/account-limits.ts';
import { apiError } from '../../domain/errors.ts';
import type { AccountStore, ApiKeyStore } from '../../domain/ports/access-stores.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock, Ids, Log } from '../../domain/ports/runtime.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { Quotas } from '../limits/quotas.ts';
import { mapPage, toIso, toIsoOrNull } from '../common/iso-time.ts';
import { KeyLookups } from './key-lookups.ts';

export interface ApiKeyServiceDeps {
  readonly keys: ApiKeyStore;
  readonly accounts: AccountStore;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly quotas: Quotas;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  readonly rootToken: string;
}

/**
 * Keys are cached this long, so that a revocation takes effect within a second even if its notification is
 * lost.
 */
const cacheMs = 1_000;

/** `lastUsedAt` is informational, so one write covers all uses of this period. */
const saveUsesEveryMs = 10_000;

/**
 * Authenticates and manages API keys. A key is `tsk_` and 48 hex digits: with 192 random bits, its stored
 * hash needs no salt and no slow hash function.
 */
export class ApiKeyService {
  readonly #deps: ApiKeyServiceDeps;
  readonly #rootHash: Buffer;
  readonly #cache = new LRUCache<string, { key: ApiKey | undefined }>({ max: 10_000, ttl: cacheMs });
  /** Apart from the keys, so that random tokens cannot push keys out of the cache. */
  readonly #unknown = new LRUCache<string, { key: undefined }>({ max: 10_000, ttl: cacheMs });
  readonly #lookups: KeyLookups;
  readonly #hashes = new LRUCache<string, Buffer>({ max: 1_000 });
  readonly #actors = new WeakMap<ApiKey, Actor>();
  #uses = new Map<string, number>();
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
   * Returns the actor of a bearer token. `address` is that of the client. Throws UNAUTHENTICATED with the reason: missing, unknown, revoked or
   * expired.
   */
  authenticate(token: string | undefined, address?: string): Actor | Promise<Actor> {
    if (token === undefined || token === '') {
      throw apiError('UNAUTHENTICATED', 'the Authorization header must be "Bearer <key>"');
    }
    return this.authenticateHash(this.#hash(token), address);
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
  authenticateHash(hash: Buffer, address?: string): Actor | Promise<Actor> {
    if (timingSafeEqual(hash, this.#rootHash)) return rootActor;
    const hex = hash.toString('hex');
    const cached = this.#cache.get(hex) ?? this.#unknown.get(hex);
    return cached === undefined ? this.#lookUp(hex, address) : this.#toActor(cached.key);
  }

  async #lookUp(hash: string, address: string | undefined): Promise<Actor> {
    const key = await this.#lookups.find(hash, address);
    if (key === undefined) this.#unknown.set(hash, { key });
    else this.#cache.set(hash, { key });
    return this.#toActor(key);
  }

  #toActor(key: ApiKey | undefined): Actor {
    if (key === undefined) throw apiError('UNAUTHENTICATED', 'the API key is unknown');
    if (key.revokedAt !== null) throw apiError('UNAUTHENTICATED', `the API key ${key.prefix}... was revoked`);
    const now = this.#deps.clock.now();
    if (key.expiresAt !== null && key.expiresAt <= now) {
      throw apiError('UNAUTHENTICATED', `the API key ${key.prefix}... expired on ${toIso(key.expiresAt)}`);
    }
    this.#uses.set(key.id, now);
    const existing = this.#actors.get(key);
    if (existing !== undefined) return existing;
    const actor: Actor = {
      kind: 'key',
      keyId: key.id,
      keyPrefix: key.prefix,
      accountId: key.accountId,
      scopes: new Set(key.scopes),
    };
    this.#actors.set(key, actor);
    return actor;
  }

  /** Clears the cache after any key changed. Keys are few, so all are looked up again. */
  forgetAll(): void {
    this.#cache.clear();
    this.#unknown.clear();
  }

  async create(actor: Actor, input: CreateKeyInput): Promise<CreatedKey> {
    const { access, accounts, keys, quotas, ids, clock } = this.#deps;
    access.requireScope(actor, 'keys:write');
    const accountId = actor.kind === 'root' ? (input.accountId ?? defaultAccountId) : actor.accountId;
    if (input.accountId !== undefined && !canAccessAccount(actor, input.accountId)) {
      throw apiError('FORBIDDEN', `account ${input.accountId} is not yours`);
    }
    const missing = input.scopes.find(
      (scope) => actor.kind === 'key' && !actor.scopes.has('*') && !actor.scopes.has(scope),
    );
    if (missing !== undefined)
      throw apiError('FORBIDDEN', `a key cannot grant the scope ${missing}, which it lacks`);
    if ((await accounts.get(accountId)) === undefined) throw apiError('NOT_FOUND', `no account ${accountId}`);
    const expiresAt = input.expiresAt === undefined ? null : Date.parse(input.expiresAt);
    if (expiresAt !== null && expiresAt <= clock.now()) {
      throw apiError('INVALID_INPUT', `expiresAt: ${input.expiresAt} is in the past`);
    }
    const secret = `tsk_${randomBytes(24).toString('hex')}`;
    const key: ApiKey = {
      id: ids.key(),
      accountId,
      name: input.name,
      scopes: input.scopes,
      hash: sha256(secret).toString('hex'),
      prefix: secret.slice(0, 10),
      createdAt: clock.now(),
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
    };
    await quotas.insert(actor, accountId, 'keys', (limit) => keys.insert(key, limit));
    this.#unknown.delete(key.hash);
    await this.#deps.audit.record(actor, {
      action: 'key.created',
      accountId,
      targetId: key.id,
      details: { prefix: key.prefix, scopes: [...key.scopes], expiresAt: toIsoOrNull(expiresAt) },
    });
    return { ...toApiKeyView(key), key: secret };
  }

  async list(actor: Actor, page: PageRequest): Promise<Page<KeyView>> {
    this.#deps.access.requireScope(actor, 'keys:write');
    const filter = actor.kind === 'root' ? {} : { accountId: actor.accountId };
    return mapPage(await this.#deps.keys.list(filter, page), toApiKeyView);
  }

  async revoke(actor: Actor, id: string): Promise<{ id: string; revoked: true }> {
    this.#deps.access.requireScope(actor, 'keys:write');
    const key = await this.#deps.keys.get(id);
    if (key === undefined || !canAccessAccount(actor, key.accountId))
      throw apiError('NOT_FOUND', `no API key ${id}`);
    const isRevoked = await this.#deps.keys.revoke(id, this.#deps.clock.now());
    this.#cache.delete(key.hash);
    // A second revocation changes nothing, so it is not recorded.
    if (isRevoked) {
      await this.#deps.audit.record(actor, {
        action: 'key.revoked',
        accountId: key.accountId,
        targetId: id,
        details: { prefix: key.prefix },
      });
    }
    return { id, revoked: true };
  }

  async #saveUses(): Promise<void> {
    const uses = this.#uses;
    this.#uses = new Map();
    try {
      await this.#deps.keys.touch(uses);
    } catch (error) {
      this.#deps.log.debug({ err: error }, 'could not save the last use of API keys');
    }
  }
}

const rootActor: Actor = { kind: 'root' };

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function toApiKeyView(key: ApiKey): KeyView {
  return {
    id: key.id,
    accountId: key.accountId,
    name: key.name,
    scopes: [...key.scopes],
    prefix: key.prefix,
    createdAt: toIso(key.createdAt),
    expiresAt: toIsoOrNull(key.expiresAt),
    lastUsedAt: toIsoOrNull(key.lastUsedAt),
    revokedAt: toIsoOrNull(key.revokedAt),
  };
}
