import type { DisabledBy } from '@tocsin/shared';
import type { Webhook } from '../webhook.ts';
import type { SearchFilter } from './access-stores.ts';
import type { AgePosition } from './page-request.ts';

/* Lists of webhooks by age, and the words that find them. */

export interface WebhookListStore {
  /** Returns a page. May return fewer webhooks than the limit before the end, if it had to read many others. */
  list(filter: WebhookListFilter, page: WebhookListRequest): Promise<WebhookListPage>;
  /** Counts the matches, up to `max`. Undefined: too many webhooks would have to be read. */
  count(filter: WebhookListFilter, max: number): Promise<number | undefined>;
  /**
   * Returns ids of disabled webhooks, in any order.
   *
   * @param by - who disabled them. Undefined: both
   */
  findDisabled(owner: WebhookOwner, limit: number, by?: DisabledBy): Promise<string[]>;
  /** Returns webhooks that were stored without words, such as those of an older release. */
  findWithoutWords(limit: number): Promise<Webhook[]>;
  /** Sets the words of webhooks that still have none, by id. */
  setMissingWords(words: ReadonlyMap<string, readonly string[]>): Promise<void>;
}

export interface WebhookOwner {
  /** Undefined: of all accounts. */
  readonly accountId?: string | undefined;
  /** Undefined: of all apps. */
  readonly appId?: string | undefined;
}

export interface WebhookListFilter extends WebhookOwner, SearchFilter {
  /** Undefined: both. */
  readonly enabled?: boolean | undefined;
  /** Only these. Undefined: all. */
  readonly ids?: readonly string[] | undefined;
  /** All except these. */
  readonly withoutIds?: readonly string[] | undefined;
}

export interface WebhookListRequest {
  /** The last webhook of the previous page. Undefined: the first page. */
  readonly after: AgePosition | undefined;
  readonly limit: number;
  readonly order: 'oldest' | 'newest';
}

export interface WebhookListPage {
  readonly webhooks: readonly Webhook[];
  /** Where the next page continues. Undefined on the last page. */
  readonly next: AgePosition | undefined;
}
