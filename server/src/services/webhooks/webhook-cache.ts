import { LRUCache } from 'lru-cache';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
import type { WebhookCache, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';

/** Cached apps, about 2 kB each. */
const maxApps = 20_000;

/** How long an entry is used if the notification of a change is lost. */
const cacheMs = 5_000;

interface Entry {
  readonly webhooks: readonly Webhook[];
  readonly byId: ReadonlyMap<string, Webhook>;
}

/**
 * Caches the webhooks of each app until one changes. Returns cached webhooks synchronously, and a promise if
 * it must read them. A read during which a change arrives is used once and not cached.
 */
export class CachedWebhooks implements WebhookCache {
  readonly #store: WebhookStore;
  readonly #apps = new LRUCache<string, Entry>({ max: maxApps, ttl: cacheMs });
  readonly #appIds = new LRUCache<string, string>({ max: maxApps * 5 });
  readonly #loading = new Map<string, Promise<Entry>>();

  constructor(store: WebhookStore) {
    this.#store = store;
  }

  listForApp(appId: string): readonly Webhook[] | Promise<readonly Webhook[]> {
    const entry = this.#apps.get(appId);
    return entry === undefined ? this.#load(appId).then((loaded) => loaded.webhooks) : entry.webhooks;
  }

  get(id: string): Webhook | undefined | Promise<Webhook | undefined> {
    const appId = this.#appIds.get(id);
    const entry = appId === undefined ? undefined : this.#apps.get(appId);
    // A webhook missing from the cached list may be newer than the list, so only the database shows that it
    // is deleted.
    return entry?.byId.get(id) ?? this.#find(id);
  }

  async #find(id: string): Promise<Webhook | undefined> {
    const webhook = await this.#store.get(id);
    if (webhook === undefined) return undefined;
    const cached = this.#apps.get(webhook.appId);
    if (cached !== undefined && !cached.byId.has(id)) this.#apps.delete(webhook.appId);
    return (await this.#load(webhook.appId)).byId.get(id) ?? webhook;
  }

  #load(appId: string): Promise<Entry> {
    const running = this.#loading.get(appId);
    if (running !== undefined) return running;
    const loading: Promise<Entry> = this.#read(appId).then(
      (entry) => {
        if (this.#endLoading(appId, loading)) this.#apps.set(appId, entry);
        return entry;
      },
      (error: unknown) => {
        this.#endLoading(appId, loading);
        throw error;
      },
    );
    this.#loading.set(appId, loading);
    return loading;
  }

  /** Ends a read. Returns whether it may be cached, because no change arrived in the meantime. */
  #endLoading(appId: string, loading: Promise<Entry>): boolean {
    return this.#loading.get(appId) === loading && this.#loading.delete(appId);
  }

  async #read(appId: string): Promise<Entry> {
    const webhooks = await this.#store.listForApp(appId);
    for (const webhook of webhooks) this.#appIds.set(webhook.id, appId);
    return { webhooks, byId: new Map(webhooks.map((webhook) => [webhook.id, webhook])) };
  }

  /** Drops the webhooks of an app after a change. A read in progress is not cached. */
  forget(appId: string): void {
    this.#apps.delete(appId);
    this.#loading.delete(appId);
  }

  onConfigChange(change: ConfigChange | undefined): void {
    if (change === undefined) {
      this.#apps.clear();
      this.#loading.clear();
      return;
    }
    if (change.collection === 'keys') return;
    const appId = change.appId ?? this.#appIds.get(change.id);
    if (appId !== undefined) this.forget(appId);
  }
}
