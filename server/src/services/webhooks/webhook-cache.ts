import { LRUCache } from 'lru-cache';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
import type { WebhookCache, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';

/** Apps whose webhooks are kept in memory: about 2 kB each. */
const maxApps = 20_000;

/** Should a change signal get lost, the old configuration lives no longer than this. */
const rememberMs = 5_000;

interface Entry {
  readonly webhooks: readonly Webhook[];
  readonly byId: ReadonlyMap<string, Webhook>;
}

/**
 * The webhooks of each app, read once and kept until something changes. Answers at once when it knows, with a promise
 * when it has to read. A read that a change overtakes is used once and not kept.
 */
export class CachedWebhooks implements WebhookCache {
  readonly #store: WebhookStore;
  readonly #apps = new LRUCache<string, Entry>({ max: maxApps, ttl: rememberMs });
  readonly #appOf = new LRUCache<string, string>({ max: maxApps * 5 });
  readonly #loading = new Map<string, Promise<Entry>>();

  constructor(store: WebhookStore) {
    this.#store = store;
  }

  listForApp(appId: string): readonly Webhook[] | Promise<readonly Webhook[]> {
    const entry = this.#apps.get(appId);
    return entry === undefined ? this.#load(appId).then((loaded) => loaded.webhooks) : entry.webhooks;
  }

  get(id: string): Webhook | undefined | Promise<Webhook | undefined> {
    const appId = this.#appOf.get(id);
    const entry = appId === undefined ? undefined : this.#apps.get(appId);
    // A webhook that its app's list lacks may be newer than the list: only the database can say that it is gone.
    return entry?.byId.get(id) ?? this.#find(id);
  }

  async #find(id: string): Promise<Webhook | undefined> {
    const webhook = await this.#store.get(id);
    if (webhook === undefined) return undefined;
    const known = this.#apps.get(webhook.appId);
    if (known !== undefined && !known.byId.has(id)) this.#apps.delete(webhook.appId);
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

  /** Whether this read is still the current one: nothing changed while it was under way. */
  #endLoading(appId: string, loading: Promise<Entry>): boolean {
    return this.#loading.get(appId) === loading && this.#loading.delete(appId);
  }

  async #read(appId: string): Promise<Entry> {
    const webhooks = await this.#store.listForApp(appId);
    for (const webhook of webhooks) this.#appOf.set(webhook.id, appId);
    return { webhooks, byId: new Map(webhooks.map((webhook) => [webhook.id, webhook])) };
  }

  /** Something about an app's webhooks changed: the next question reads them again, also one that is under way. */
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
    if (change.collection !== 'webhooks') return;
    const appId = change.appId ?? this.#appOf.get(change.id);
    if (appId !== undefined) this.forget(appId);
  }
}
