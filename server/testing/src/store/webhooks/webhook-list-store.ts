import type { DisabledBy } from '@tocsin/shared';
import type {
  WebhookListFilter,
  WebhookListPage,
  WebhookListRequest,
  WebhookListStore,
  WebhookOwner,
} from '../../../../src/domain/ports/webhook-list-store.ts';
import { matchesWords } from '../../../../src/domain/search-words.ts';
import { toDisabledBy, type Webhook } from '../../../../src/domain/webhook.ts';
import { toPredicate, type FilterTable } from '../filter-table.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { compareAge } from '../read-map.ts';

export class MemoryWebhookListStore implements WebhookListStore {
  readonly #config: Pick<MemoryConfig, 'webhooks' | 'webhookWords'>;
  readonly #table: FilterTable<WebhookListFilter, Webhook>;

  constructor(config: Pick<MemoryConfig, 'webhooks' | 'webhookWords'>) {
    this.#config = config;
    this.#table = {
      accountId: (webhook, accountId) => webhook.accountId === accountId,
      appId: (webhook, appId) => webhook.appId === appId,
      enabled: (webhook, enabled) => webhook.enabled === enabled,
      ids: ({ id }, ids) => ids.includes(id),
      withoutIds: ({ id }, ids) => !ids.includes(id),
      terms: ({ id }, terms) => terms.length > 0 && matchesWords(config.webhookWords.get(id) ?? [], terms),
    };
  }

  async list(
    filter: WebhookListFilter,
    { after, limit, order }: WebhookListRequest,
  ): Promise<WebhookListPage> {
    const direction = order === 'oldest' ? 1 : -1;
    const rest = this.#find(filter)
      .filter((webhook) => after === undefined || direction * compareAge(webhook, after) > 0)
      .sort((a, b) => direction * compareAge(a, b));
    const webhooks = structuredClone(rest.slice(0, limit));
    const last = webhooks.at(-1);
    const isMore = rest.length > limit && last !== undefined;
    return { webhooks, next: isMore ? { createdAt: last.createdAt, id: last.id } : undefined };
  }

  async count(filter: WebhookListFilter, max: number): Promise<number> {
    return Math.min(this.#find(filter).length, max);
  }

  async findDisabled(owner: WebhookOwner, limit: number, by?: DisabledBy): Promise<string[]> {
    return this.#find({ ...owner, enabled: false })
      .filter((webhook) => by === undefined || toDisabledBy(webhook.disabledReason) === by)
      .slice(0, limit)
      .map(({ id }) => id);
  }

  async findWithoutWords(limit: number): Promise<Webhook[]> {
    const { webhooks, webhookWords } = this.#config;
    const found = [...webhooks.values()].filter(({ id }) => !webhookWords.has(id));
    return structuredClone(found.slice(0, limit));
  }

  async setMissingWords(words: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const { webhooks, webhookWords } = this.#config;
    for (const [id, own] of words) {
      if (webhooks.has(id) && !webhookWords.has(id)) webhookWords.set(id, [...own]);
    }
  }

  #find(filter: WebhookListFilter): Webhook[] {
    return [...this.#config.webhooks.values()].filter(toPredicate(this.#table, filter));
  }
}
