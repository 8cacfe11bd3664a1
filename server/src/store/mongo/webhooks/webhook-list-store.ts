import { disabledReason, type DisabledBy } from '@tocsin/shared';
import type { Filter } from 'mongodb';
import type {
  WebhookListFilter,
  WebhookListPage,
  WebhookListRequest,
  WebhookListStore,
  WebhookOwner,
} from '../../../domain/ports/webhook-list-store.ts';
import { toDisabledBy, type Webhook } from '../../../domain/webhook.ts';
import type { Collections } from '../documents/collections.ts';
import { toWebhook, type WebhookDoc } from '../documents/webhook.ts';
import { readAgeList, type AgePlan } from '../driver/age-list.ts';
import { matchFilter, type FilterTable } from '../driver/match-filter.ts';
import { boundedScan, withHint } from '../driver/read-list.ts';
import { findRareTerm, toWordCondition } from '../driver/search-list.ts';

type Condition = Filter<WebhookDoc>;

type Plan = AgePlan<Condition>;

const nothing: WebhookListPage = { webhooks: [], next: undefined };

export class MongoWebhookListStore implements WebhookListStore {
  readonly #webhooks: Collections['webhooks'];

  constructor({ webhooks }: Pick<Collections, 'webhooks'>) {
    this.#webhooks = webhooks;
  }

  async list(filter: WebhookListFilter, page: WebhookListRequest): Promise<WebhookListPage> {
    if (filter.terms?.length === 0) return nothing;
    const plan = await this.#plan(filter);
    const { docs, next } = await readAgeList(this.#webhooks, plan, page);
    return { webhooks: docs.map(toWebhook), next };
  }

  async count(filter: WebhookListFilter, max: number): Promise<number | undefined> {
    if (filter.terms?.length === 0) return 0;
    const plan = await this.#plan(filter);
    if (plan.isSorted && plan.remaining.length > 0) return undefined;
    return await this.#count(plan.hint, [...plan.indexed, ...plan.remaining], max);
  }

  async findDisabled(owner: WebhookOwner, limit: number, by?: DisabledBy): Promise<string[]> {
    const docs = await withHint(
      by === undefined ? 'disabled' : 'disabled_by_reason',
      async (options) =>
        await this.#webhooks
          .find(
            { ...toOwner(owner), ...toReasons(by), enabled: false },
            { ...options, projection: { _id: 1 } },
          )
          .limit(limit)
          .toArray(),
    );
    return docs.map(({ _id }) => _id);
  }

  async findWithoutWords(limit: number): Promise<Webhook[]> {
    const docs = await withHint(
      'words',
      async (options) =>
        await this.#webhooks
          .find({ searchWords: { $exists: false } }, options)
          .limit(limit)
          .toArray(),
    );
    return docs.map(toWebhook);
  }

  /** Does not notify other processes: nothing that they cache depends on the words. */
  async setMissingWords(words: ReadonlyMap<string, readonly string[]>): Promise<void> {
    if (words.size === 0) return;
    await this.#webhooks.bulkWrite(
      [...words].map(([_id, searchWords]) => ({
        updateOne: {
          filter: { _id, searchWords: { $exists: false } },
          update: { $set: { searchWords: [...searchWords] } },
        },
      })),
      { ordered: false },
    );
  }

  async #plan(filter: WebhookListFilter): Promise<Plan> {
    const { terms, ids, ...others } = filter;
    const conditions = matchFilter(table, others);
    const words: Condition[] = (terms ?? []).map(toWordCondition);
    if (ids !== undefined) {
      const indexed = [{ _id: { $in: [...ids] } }];
      return { hint: '_id_', indexed, remaining: [...conditions, ...words], isSorted: false };
    }
    const { accountId, appId, ...rest } = others;
    if (terms !== undefined) {
      const hint = accountId === undefined ? 'words' : 'account_words';
      const owner = matchFilter(table, { accountId });
      const lead = await findRareTerm(terms, async (condition, limit) =>
        this.#count(hint, [...owner, condition], limit),
      );
      if (lead !== undefined) {
        const remaining = [...conditions, ...words];
        return { hint, indexed: [...owner, lead], remaining, isSorted: false };
      }
    }
    const remaining = [...matchFilter(table, rest), ...words];
    if (appId !== undefined) return { hint: 'by_app_age', indexed: [{ appId }], remaining, isSorted: true };
    return accountId === undefined
      ? { hint: 'by_age', indexed: [], remaining, isSorted: true }
      : { hint: 'by_account_age', indexed: [{ accountId }], remaining, isSorted: true };
  }

  async #count(hint: string, conditions: readonly Condition[], limit: number): Promise<number> {
    return await withHint(hint, async (options) =>
      this.#webhooks.countDocuments(toQuery(conditions), { ...options, limit, comment: boundedScan }),
    );
  }
}

/** The fields that are not the subject of the plan. */
const table: FilterTable<Omit<WebhookListFilter, 'terms' | 'ids'>, Condition> = {
  accountId: (accountId) => ({ accountId }),
  appId: (appId) => ({ appId }),
  enabled: (enabled) => ({ enabled }),
  withoutIds: (ids) => (ids.length === 0 ? {} : { _id: { $nin: [...ids] } }),
};

function toOwner({ accountId, appId }: WebhookOwner): Condition {
  return { ...(accountId === undefined ? {} : { accountId }), ...(appId === undefined ? {} : { appId }) };
}

/** The reasons as a list, which an index has as ranges. */
function toReasons(by: DisabledBy | undefined): Condition {
  if (by === undefined) return {};
  const reasons = [...disabledReason.options, null].filter((reason) => toDisabledBy(reason) === by);
  return { disabledReason: { $in: reasons } };
}

function toQuery(conditions: readonly Condition[]): Condition {
  const given = conditions.filter((condition) => Object.keys(condition).length > 0);
  return given.length === 0 ? {} : { $and: [...given] };
}
