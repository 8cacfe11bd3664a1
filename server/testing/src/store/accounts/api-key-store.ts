import type { ApiKey } from '../../../../src/domain/access.ts';
import type { ApiKeyStore, KeyFilter, KeyRevocation } from '../../../../src/domain/ports/access-stores.ts';
import type { AgePage, AgePageRequest } from '../../../../src/domain/ports/page-request.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { copyOne, copyAgePage, hasTerms, insertNew } from '../read-map.ts';
import { countValues, hasRoom } from './account-room.ts';

export class MemoryApiKeyStore implements ApiKeyStore {
  readonly #config: Pick<MemoryConfig, 'keys' | 'changes'>;

  constructor(config: Pick<MemoryConfig, 'keys' | 'changes'>) {
    this.#config = config;
  }

  async insert(key: ApiKey, accountLimit?: number): Promise<'inserted' | 'account_limit_reached'> {
    const { keys } = this.#config;
    const { accountId, createdAt } = key;
    const count = countValues(keys, (other) => other.accountId === accountId && isLiving(other, createdAt));
    if (!hasRoom(count, accountLimit)) return 'account_limit_reached';
    this.#requireNewHashes(key);
    insertNew(keys, key.id, key);
    this.#record(key.id);
    return 'inserted';
  }

  async findByHash(hash: string): Promise<ApiKey | undefined> {
    const found = this.#findStored(hash);
    if (found === undefined) return undefined;
    const key = structuredClone(found);
    if (key.revokedAt !== null || key.ancestorIds.length === 0) return key;
    const revokedAt = this.#findRevocation(key.ancestorIds);
    return revokedAt === undefined ? key : { ...key, revokedAt };
  }

  async get(id: string): Promise<ApiKey | undefined> {
    return copyOne(this.#config.keys, id);
  }

  async list(filter: KeyFilter, page: AgePageRequest): Promise<AgePage<ApiKey>> {
    const { accountId, appId, scopesWithin, terms } = filter;
    return copyAgePage(
      this.#config.keys.values(),
      page,
      (key) =>
        (accountId === undefined || key.accountId === accountId) &&
        (appId === undefined || key.appId === appId) &&
        (scopesWithin === undefined || key.scopes.every((scope) => scopesWithin.includes(scope))) &&
        hasTerms(key, terms),
    );
  }

  async revoke(id: string, at: number): Promise<KeyRevocation> {
    const isRevoked = this.#revokeAll((key) => key.id === id, at) === 1;
    const descendants = this.#revokeAll((key) => key.ancestorIds.includes(id), at);
    if (isRevoked || descendants > 0) this.#record(id);
    return { isRevoked, descendants };
  }

  async hasRevoked(ids: readonly string[]): Promise<boolean> {
    return this.#findRevocation(ids) !== undefined;
  }

  async rotate(
    key: ApiKey,
    { hash, prefix, previous }: Pick<ApiKey, 'hash' | 'prefix' | 'previous'>,
  ): Promise<boolean> {
    const { keys } = this.#config;
    const stored = keys.get(key.id);
    if (stored === undefined || stored.hash !== key.hash || stored.revokedAt !== null) return false;
    keys.set(key.id, { ...stored, hash, prefix, previous: structuredClone(previous) });
    this.#record(key.id);
    return true;
  }

  async touch(uses: ReadonlyMap<string, number>): Promise<void> {
    const { keys } = this.#config;
    for (const [id, at] of uses) {
      const key = keys.get(id);
      if (key !== undefined) keys.set(id, { ...key, lastUsedAt: Math.max(key.lastUsedAt ?? at, at) });
    }
  }

  /** Returns the number of keys that were not revoked before. */
  #revokeAll(matches: (key: ApiKey) => boolean, at: number): number {
    const { keys } = this.#config;
    const found = [...keys.values()].filter((key) => key.revokedAt === null && matches(key));
    for (const key of found) keys.set(key.id, { ...key, revokedAt: at });
    return found.length;
  }

  #findStored(hash: string): ApiKey | undefined {
    return [...this.#config.keys.values()].find((key) => key.hash === hash || key.previous?.hash === hash);
  }

  /** Two keys with one hash would be one credential with two owners. */
  #requireNewHashes({ hash, previous }: ApiKey): void {
    const keys = [...this.#config.keys.values()];
    const isTaken = keys.some(
      (key) => key.hash === hash || (previous !== null && key.previous?.hash === previous.hash),
    );
    if (isTaken) throw new Error('duplicate key: a key with this hash exists');
  }

  /** Returns when the first of these keys was revoked. A missing key counts as revoked at 0. */
  #findRevocation(ids: readonly string[]): number | undefined {
    const times = ids.flatMap((id) => {
      const key = this.#config.keys.get(id);
      return key === undefined ? 0 : (key.revokedAt ?? []);
    });
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #record(id: string): void {
    this.#config.changes.record({ collection: 'keys', id, appId: undefined });
  }
}

/** Whether a key is neither revoked nor expired. */
export function isLiving({ revokedAt, expiresAt }: ApiKey, now: number): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now);
}
