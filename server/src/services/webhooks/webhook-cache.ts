import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import { BatchLoader } from '../../batching/batch-loader.ts';
import type { CacheLease } from '../../domain/ports/change-log.ts';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
import type { WebhookCache, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { ReadAhead } from '../common/read-ahead.ts';
import { SharedReads } from '../common/shared-reads.ts';

/** Cached apps, about 2 kB each. */
const maxApps = 20_000;

/** Also covers what is changed by hand in the database, which the change log does not contain. */
const maxAgeMs = 60 * 60 * 1000;

/** Apps or webhooks in one query, and concurrent queries. */
const maxBatch = 200;
const pageSize = 250;
const maxConcurrent = 2;

type CachedWebhookStore = Pick<WebhookStore, 'getMany' | 'listForApps' | 'listAfterApp'>;

interface Entry {
  readonly webhooks: readonly Webhook[];
  readonly byId: ReadonlyMap<string, Webhook>;
}

/**
 * Caches the webhooks of each app until one changes. Returns cached webhooks synchronously while the change log
 * says that they are current, and a promise if it must read. A read during which a change arrives is used once
 * and not cached.
 */
export class CachedWebhooks implements WebhookCache {
  readonly #lease: CacheLease;
  readonly #apps = new LRUCache<string, Entry>({ ...atMost(maxApps), ttl: maxAgeMs, ttlResolution: 1_000 });
  readonly #appIds = new LRUCache<string, string>(atMost(maxApps * 5));
  readonly #reads = new SharedReads<Entry>();
  readonly #lists: BatchLoader<readonly Webhook[]>;
  readonly #webhooks: BatchLoader<Webhook>;
  readonly #readAhead: ReadAhead;
  readonly #onReadAhead: ((ids: readonly string[]) => void)[] = [];
  /** Changes that this process has heard of. A page that one overtakes is not cached. */
  #changes = 0;

  constructor(store: CachedWebhookStore, lease: CacheLease) {
    this.#lease = lease;
    this.#readAhead = new ReadAhead({
      readPage: (after) => this.#readPage(store, after),
      hasRoom: () => this.#apps.size + pageSize <= maxApps / 2,
    });
    const limits = { maxBatch, maxConcurrent };
    this.#lists = new BatchLoader({
      ...limits,
      load: async (appIds) => groupByApp(await store.listForApps(appIds)),
    });
    this.#webhooks = new BatchLoader({
      ...limits,
      load: async (ids) => new Map((await store.getMany(ids)).map((webhook) => [webhook.id, webhook])),
    });
  }

  /** Calls the listener with the ids of webhooks that were read before they were needed. */
  onReadAhead(listener: (ids: readonly string[]) => void): void {
    this.#onReadAhead.push(listener);
  }

  /** Caches the apps of a page, except for the last one if its webhooks may go on in the next page. */
  async #readPage(
    store: Pick<WebhookStore, 'listAfterApp'>,
    after: string | undefined,
  ): Promise<string | undefined> {
    const changes = this.#changes;
    const page = await store.listAfterApp(after, pageSize);
    const groups = [...groupByApp(page)];
    const isLast = page.length < pageSize;
    const last = groups.at(-1)?.[0];
    const complete = isLast ? groups : groups.slice(0, -1);
    if (changes === this.#changes) {
      for (const [appId, webhooks] of complete) this.#apps.set(appId, this.#toEntry(appId, webhooks));
      const ids = complete.flatMap(([, webhooks]) => webhooks.map((webhook) => webhook.id));
      for (const listener of this.#onReadAhead) listener(ids);
    }
    // An app that fills a page by itself is read when it is needed.
    return isLast ? undefined : (complete.at(-1)?.[0] ?? last);
  }

  listForApp(appId: string): readonly Webhook[] | Promise<readonly Webhook[]> {
    const refreshing = this.#lease.refresh();
    return refreshing === undefined
      ? this.#listForApp(appId)
      : refreshing.then(() => this.#listForApp(appId));
  }

  #listForApp(appId: string): readonly Webhook[] | Promise<readonly Webhook[]> {
    const entry = this.#apps.get(appId);
    return entry === undefined ? this.#load(appId).then((loaded) => loaded.webhooks) : entry.webhooks;
  }

  get(id: string): Webhook | undefined | Promise<Webhook | undefined> {
    const refreshing = this.#lease.refresh();
    return refreshing === undefined ? this.#get(id) : refreshing.then(() => this.#get(id));
  }

  #get(id: string): Webhook | Promise<Webhook | undefined> {
    const appId = this.#appIds.get(id);
    const entry = appId === undefined ? undefined : this.#apps.get(appId);
    // A webhook missing from the cached list may be newer than the list, so only the database shows that it
    // is deleted.
    return entry?.byId.get(id) ?? this.#find(id);
  }

  async #find(id: string): Promise<Webhook | undefined> {
    const webhook = await this.#webhooks.load(id);
    if (webhook === undefined) return undefined;
    const cached = this.#apps.get(webhook.appId);
    if (cached !== undefined && !cached.byId.has(id)) this.#apps.delete(webhook.appId);
    return (await this.#load(webhook.appId)).byId.get(id) ?? webhook;
  }

  #load(appId: string): Promise<Entry> {
    return this.#reads.load(
      appId,
      () => this.#read(appId),
      (entry) => this.#apps.set(appId, entry),
    );
  }

  async #read(appId: string): Promise<Entry> {
    const entry = this.#toEntry(appId, (await this.#lists.load(appId)) ?? []);
    this.#readAhead.onMiss(appId);
    return entry;
  }

  #toEntry(appId: string, webhooks: readonly Webhook[]): Entry {
    for (const webhook of webhooks) this.#appIds.set(webhook.id, appId);
    return { webhooks, byId: new Map(webhooks.map((webhook) => [webhook.id, webhook])) };
  }

  /** Drops the webhooks of an app after a change. A read in progress is not cached. */
  forget(appId: string): void {
    this.#changes++;
    this.#apps.delete(appId);
    this.#reads.forget(appId);
  }

  onConfigChange(change: ConfigChange | undefined): void {
    if (change === undefined) {
      this.#changes++;
      this.#apps.clear();
      this.#reads.forget();
      return;
    }
    if (change.collection !== 'webhooks' && change.collection !== 'apps') return;
    const appId = change.appId ?? this.#appIds.get(change.id);
    if (appId !== undefined) this.forget(appId);
  }
}

function groupByApp(webhooks: readonly Webhook[]): Map<string, Webhook[]> {
  const groups = new Map<string, Webhook[]>();
  for (const webhook of webhooks) {
    const group = groups.get(webhook.appId);
    if (group === undefined) groups.set(webhook.appId, [webhook]);
    else group.push(webhook);
  }
  return groups;
}
