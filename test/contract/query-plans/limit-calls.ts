import { MongoSessionStore } from '../../../server/src/store/mongo/accounts/session-store.ts';
import { MongoIdempotentCallStore } from '../../../server/src/store/mongo/calls/idempotent-call-store.ts';
import { MongoAccountCountStore } from '../../../server/src/store/mongo/limits/account-count-store.ts';
import { MongoChangeCountStore } from '../../../server/src/store/mongo/limits/change-count-store.ts';
import { MongoDestinationLimitStore } from '../../../server/src/store/mongo/limits/destination-limit-store.ts';
import { MongoRateBudgetStore } from '../../../server/src/store/mongo/limits/rate-budget-store.ts';
import { anIdempotentCall } from '../../support/builders.ts';
import type { CallsByStore, Database, StoreCalls } from './store-calls.ts';
import { large, start } from './sample-data.ts';

/** Calls of the stores of limits, sessions and calls with an idempotency key. */
export function createLimitCalls(collections: Database['collections']): CallsByStore {
  const counts = new MongoAccountCountStore(collections);
  const changes = new MongoChangeCountStore(collections);
  const budgets = new MongoRateBudgetStore(collections);
  const destinationLimits = new MongoDestinationLimitStore(collections);
  const sessions = new MongoSessionStore(collections);
  const calls = new MongoIdempotentCallStore(collections);
  const repeated = anIdempotentCall();
  const { accountId } = large;
  const limit = { counts: 'calls' as const, burst: 100, perSecond: 50 };
  const session = {
    idHash: 'h',
    kind: 'key' as const,
    credential: 'c',
    createdAt: start,
    expiresAt: start + 1,
  };
  return {
    MongoAccountCountStore: {
      count: [() => counts.count(accountId, start)],
    } satisfies StoreCalls<MongoAccountCountStore>,
    MongoChangeCountStore: {
      add: [() => changes.add(accountId, { hour: 10, day: 10 }, start)],
      remove: [() => changes.remove(accountId, start)],
      read: [() => changes.read(accountId, start)],
    } satisfies StoreCalls<MongoChangeCountStore>,
    MongoRateBudgetStore: {
      lease: [() => budgets.lease({ id: 'b', limit, want: 1, spent: 0, now: start })],
      read: [() => budgets.read('b', limit, start)],
    } satisfies StoreCalls<MongoRateBudgetStore>,
    MongoDestinationLimitStore: {
      save: [() => destinationLimits.save([{ key: 'address:discord.com', until: start }])],
      findActive: [() => destinationLimits.findActive(start, 100)],
    } satisfies StoreCalls<MongoDestinationLimitStore>,
    MongoIdempotentCallStore: {
      find: [() => calls.find(repeated.id)],
      begin: [() => calls.begin(repeated, start), () => calls.begin(repeated, start)],
      takeOver: [() => calls.takeOver(repeated.id, repeated.lease, repeated.lease)],
      complete: [
        () =>
          calls.complete(repeated.id, repeated.lease.token, {
            targetId: null,
            sealed: 's',
            sealedUntil: start,
          }),
      ],
      endLease: [() => calls.endLease(repeated.id, repeated.lease.token, start)],
      dropSealed: [() => calls.dropSealed(start, 100)],
      release: [() => calls.release(repeated.id, repeated.lease.token)],
    } satisfies StoreCalls<MongoIdempotentCallStore>,
    MongoSessionStore: {
      insert: [() => sessions.insert(session)],
      find: [() => sessions.find(['h'])],
      deleteOlder: [() => sessions.deleteOlder('c', 5)],
      delete: [() => sessions.delete('h')],
    } satisfies StoreCalls<MongoSessionStore>,
  };
}
