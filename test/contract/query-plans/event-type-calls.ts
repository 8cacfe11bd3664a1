import type { MongoEventTypeStore } from '../../../server/src/store/mongo/event-types/event-type-store.ts';
import { anEventType } from '../../support/builders.ts';
import { large } from './sample-data.ts';
import type { StoreCalls } from './store-calls.ts';

export function createEventTypeCalls(types: MongoEventTypeStore): StoreCalls<MongoEventTypeStore> {
  const { accountId } = large;
  const page = { prefix: 'invoice.', after: 'invoice.paid', limit: 20 };
  return {
    write: [
      () => types.write(accountId, [{ type: anEventType({ accountId }), before: undefined }], 5_000),
      () => types.write(accountId, [{ type: anEventType({ accountId }), before: 1 }], 5_000),
      () => types.write(null, [{ type: anEventType({ accountId: null }), before: undefined }], 5_000),
    ],
    find: [() => types.find(accountId, 'invoice.paid'), () => types.find(accountId, 'none')],
    getMany: [() => types.getMany(accountId, ['invoice.paid', 'none'])],
    list: [accountId, null].map((owner) => () => types.list(owner, page)),
    listNames: [() => types.listNames(accountId, { ...page, after: undefined })],
    delete: [() => types.delete(accountId, 'invoice.paid')],
  };
}
