import type { AgePageRequest } from '../../../server/src/domain/ports/page-request.ts';
import type { WebhookListFilter } from '../../../server/src/domain/ports/webhook-list-store.ts';
import { MongoSearchWordsStore } from '../../../server/src/store/mongo/accounts/search-words-store.ts';
import { MongoWebhookListStore } from '../../../server/src/store/mongo/webhooks/webhook-list-store.ts';
import { large, small, start } from './sample-data.ts';
import type { Calls, CallsByStore, Database, StoreCalls } from './store-calls.ts';

interface Terms {
  readonly terms?: readonly string[];
}

/** Each filter alone, with a term, and with two. */
export function searches<TFilter extends object>(filters: readonly TFilter[]): (TFilter & Terms)[] {
  return filters.flatMap((filter): (TFilter & Terms)[] => [
    filter,
    { ...filter, terms: ['k'] },
    { ...filter, terms: ['app_l', 'acc'] },
  ]);
}

/** The first page of a list by age, and one in its middle. */
export function inAgePages<TFilter>(
  filters: readonly TFilter[],
  middle: string,
  list: (filter: TFilter, page: AgePageRequest) => Promise<unknown>,
): Calls {
  const pages = [undefined, { createdAt: start, id: middle }].map((after) => ({ after, limit: 10 }));
  return filters.flatMap((filter) => pages.map((page) => () => list(filter, page)));
}

export function createSearchCalls({ collections }: Database): CallsByStore {
  const words = new MongoSearchWordsStore(collections);
  const lists = new MongoWebhookListStore(collections);
  const { accountId, appId, webhookId } = large;
  const owners = [{}, { accountId }, { accountId, appId }, { accountId: small.accountId }];
  const filters: WebhookListFilter[] = [
    ...searches(owners),
    ...owners.map((owner) => ({ ...owner, enabled: true, withoutIds: [webhookId] })),
    ...owners.map((owner) => ({ ...owner, ids: [webhookId, small.webhookId] })),
  ];
  const pages = [undefined, { createdAt: start, id: webhookId }].flatMap((after) =>
    (['oldest', 'newest'] as const).map((order) => ({ after, order, limit: 10 })),
  );
  return {
    MongoSearchWordsStore: {
      fillWords: [() => words.fillWords(20)],
    } satisfies StoreCalls<MongoSearchWordsStore>,
    MongoWebhookListStore: {
      list: filters.flatMap((filter) => pages.map((page) => () => lists.list(filter, page))) satisfies Calls,
      count: filters.map((filter) => () => lists.count(filter, 10_001)),
      findDisabled: [undefined, 'user' as const, 'platform' as const].flatMap((by) =>
        owners.map((owner) => () => lists.findDisabled(owner, 100, by)),
      ),
      findWithoutWords: [() => lists.findWithoutWords(10)],
      setMissingWords: [() => lists.setMissingWords(new Map([[webhookId, ['a']]]))],
    } satisfies StoreCalls<MongoWebhookListStore>,
  };
}
