import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import { ReadAhead } from '../common/read-ahead.ts';
import { BatchLoader } from '../../batching/batch-loader.ts';
import type { AppStore } from '../../domain/ports/access-stores.ts';
import type { CacheLease } from '../../domain/ports/change-log.ts';

/** Cached apps with their accounts, about 200 bytes each. */
const maxApps = 50_000;

/** Also covers what is changed by hand in the database, which the change log does not contain. */
const maxAgeMs = 60 * 60 * 1000;

/** Ids without an app are cached too, so that repeated calls with an unknown id cost no reads. */
const missCacheMs = 1_000;

/** Ids in one query, and concurrent queries. */
const maxBatch = 1_000;
const pageSize = 500;
const maxConcurrent = 2;

/**
 * Finds the accounts of apps. An app never changes its account, so only its deletion makes an entry stale.
 * Concurrent look-ups share a query, so that a call that names a thousand apps costs one round trip.
 */
export class AppLookup {
  readonly #lease: CacheLease;
  readonly #owners = new LRUCache<string, string>({
    ...atMost(maxApps),
    ttl: maxAgeMs,
    ttlResolution: 1_000,
  });
  readonly #misses = new LRUCache<string, true>({ ...atMost(10_000), ttl: missCacheMs });
  readonly #loading = new Map<string, Promise<string | undefined>>();
  readonly #accounts: BatchLoader<string>;
  readonly #readAhead: ReadAhead;
  /** Changes of apps that this process has heard of. A page that one overtakes is not cached. */
  #changes = 0;

  constructor(apps: Pick<AppStore, 'getMany' | 'listAfter'>, lease: CacheLease) {
    this.#lease = lease;
    this.#readAhead = new ReadAhead({
      readPage: (after) => this.#readPage(apps, after),
      hasRoom: () => this.#owners.size + pageSize <= maxApps / 2,
    });
    this.#accounts = new BatchLoader({
      load: async (ids) => new Map((await apps.getMany(ids)).map((app) => [app.id, app.accountId])),
      maxBatch,
      maxConcurrent,
    });
  }

  /**
   * Returns the account of an app, undefined if the app is missing. Synchronous if cached and current.
   * Concurrent calls for one app share a read.
   */
  find(appId: string): string | undefined | Promise<string | undefined> {
    const refreshing = this.#lease.refresh();
    return refreshing === undefined ? this.#find(appId) : refreshing.then(() => this.#find(appId));
  }

  #find(appId: string): string | undefined | Promise<string | undefined> {
    const owner = this.#owners.get(appId);
    if (owner !== undefined) return owner;
    if (this.#misses.has(appId)) return undefined;
    return this.#loading.get(appId) ?? this.#load(appId);
  }

  async #readPage(apps: Pick<AppStore, 'listAfter'>, after: string | undefined): Promise<string | undefined> {
    const changes = this.#changes;
    const page = await apps.listAfter(after, pageSize);
    if (changes === this.#changes) for (const app of page) this.#owners.set(app.id, app.accountId);
    return page.length < pageSize ? undefined : page.at(-1)?.id;
  }

  /** Like `find`, but reads the database: the read begins after this call. */
  async findCurrent(appId: string): Promise<string | undefined> {
    const owner = await this.#accounts.load(appId);
    if (owner === undefined) this.#owners.delete(appId);
    return owner;
  }

  #load(appId: string): Promise<string | undefined> {
    const loading: Promise<string | undefined> = this.#accounts.load(appId).then(
      (owner) => {
        if (this.#endLoading(appId, loading)) this.#cache(appId, owner);
        if (owner !== undefined) this.#readAhead.onMiss(appId);
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

  /** Drops an app from the cache; without an id, all apps. A read in progress is not cached. */
  forget(appId: string | undefined): void {
    this.#changes++;
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
