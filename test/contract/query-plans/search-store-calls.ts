import type { Collections } from '../../../server/src/store/mongo/documents/collections.ts';
import { MongoSearchStore } from '../../../server/src/store/mongo/search/search-store.ts';
import { commonValue, large, medium, small } from './sample-data.ts';
import type { StoreCalls } from './store-calls.ts';

/** Calls of the search, for one customer and for all. */
export function createSearchStoreCalls(
  collections: Collections,
  middle: string,
): StoreCalls<MongoSearchStore> {
  const search = new MongoSearchStore(collections);
  const accountIds = [large, medium, small].map(({ accountId }) => accountId);
  const values = [commonValue, 'value-7', 'none'];
  const pages = [undefined, middle].map((cursor) => ({ cursor, limit: 10 }));
  const owners = [{ accountIds }, { accountIds: [small.accountId] }, { accountIds: [large.accountId] }];
  const apps = [
    { excludedAppIds: [] },
    { excludedAppIds: [medium.appId] },
    { appId: large.appId, excludedAppIds: [] },
    { appId: small.appId, excludedAppIds: [] },
  ];
  return {
    listAccountsWithValue: values.map((value) => () => search.listAccountsWithValue(value, 10)),
    listEventsWithValue: values.flatMap((value) =>
      owners.flatMap((owner) =>
        apps.flatMap((app) =>
          pages.map((page) => () => search.listEventsWithValue({ value, ...owner, ...app }, page)),
        ),
      ),
    ),
    countEventsWithValue: values.map(
      (value) => () => search.countEventsWithValue(value, large.accountId, 100),
    ),
  };
}
