import { LRUCache } from 'lru-cache';
import type { AppStore } from '../../domain/ports/access-stores.ts';

/**
 * Cached apps with their accounts. An app never changes its account, so only its deletion makes an entry
 * stale.
 */
const maxApps = 10_000;
const cacheMs = 5_000;

/** Ids without an app are cached too, so that repeated calls with an unknown id cost no reads. */
const missCacheMs = 1_000;

/** Ids in one query. */
const maxBatch = 1_000;

interface Batch {
  readonly ids: Set<string>;
  /** Accounts by app id. Missing apps have no entry. */
  readonly owners: Promise<ReadonlyMap<string, string>>;
}

/**
 * Finds the accounts of apps. All look-ups of one turn of the event loop share one query, so a call that names
 * a thousand apps costs one round trip.
 */
export class AppLookup {
  readonly #apps: Pick<AppStore, 'getMany'>;
  readonly #owners = new LRUCache<string, string>({ max: maxApps, ttl: cacheMs });
  readonly #misses = new LRUCache<string, true>({ max: maxApps, ttl: missCacheMs });
  readonly #loading = new Map<string, Promise<string | undefined>>();
  /** The query that is not sent yet. */
  #batch: Batch | undefined;

  constructor(apps: Pick<AppStore, 'getMany'>) {
    this.#apps = apps;
  }

  /**
   * Returns the account of an app, undefined if the app is missing. Synchronous if cached. Concurrent calls
   * for one app share a read.
   */
  find(appId: string): string | undefined | Promise<string | undefined> {
    const owner = this.#owners.get(appId);
    if (owner !== undefined) return owner;
    if (this.#misses.has(appId)) return undefined;
    return this.#loading.get(appId) ?? this.#load(appId);
  }

  /** Like `find`, but reads the database: the read begins after this call. */
  async findCurrent(appId: string): Promise<string | undefined> {
    const owner = await this.#read(appId);
    if (owner === undefined) this.#owners.delete(appId);
    return owner;
  }

  #load(appId: string): Promise<string | undefined> {
    const loading: Promise<string | undefined> = this.#read(appId).then(
      (owner) => {
        if (this.#endLoading(appId, loading)) this.#cache(appId, owner);
        return owner;
      },
      (error: unknown) => {
        this.#endLoading(appId, loading);
        throw error;
      },
    );
    this.#loading.set(appId, loading);
    return loading;
  }

  #cache(appId: string, owner: string | undefined): void {
    if (owner === undefined) this.#misses.set(appId, true);
    else this.#owners.set(appId, owner);
  }

  /** Ends a read. Returns whether it may be cached, because the app did not change in the meantime. */
  #endLoading(appId: string, loading: Promise<string | undefined>): boolean {
    return this.#loading.get(appId) === loading && this.#loading.delete(appId);
  }

  async #read(appId: string): Promise<string | undefined> {
    if (this.#batch === undefined || this.#batch.ids.size >= maxBatch) this.#batch = this.#startBatch();
    this.#batch.ids.add(appId);
    return (await this.#batch.owners).get(appId);
  }

  #startBatch(): Batch {
    const ids = new Set<string>();
    const batch: Batch = {
      ids,
      owners: Promise.resolve().then(async () => {
        if (this.#batch === batch) this.#batch = undefined;
        const apps = await this.#apps.getMany([...ids]);
        return new Map(apps.map((app) => [app.id, app.accountId]));
      }),
    };
    return batch;
  }

  /** Drops an app from the cache; without an id, all apps. A read in progress is not cached. */
  forget(appId: string | undefined): void {
    if (appId === undefined) {
      this.#owners.clear();
      this.#misses.clear();
      this.#loading.clear();
      return;
    }
    this.#owners.delete(appId);
    this.#misses.delete(appId);
    this.#loading.delete(appId);
  }
}
