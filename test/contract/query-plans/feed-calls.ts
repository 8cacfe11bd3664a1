import { toPlacedPosition } from '../../../server/src/domain/feed-position.ts';
import type { FeedEntry, FeedRange } from '../../../server/src/domain/ports/feed-log.ts';
import type { Collections } from '../../../server/src/store/mongo/documents/collections.ts';
import { MongoFeedConsumerStore } from '../../../server/src/store/mongo/feed/feed-consumer-store.ts';
import { MongoFeedLog } from '../../../server/src/store/mongo/feed/feed-log.ts';
import { large, medium, small, start } from './sample-data.ts';
import type { CallsByStore, StoreCalls } from './store-calls.ts';

const toPosition = (n: number) => n.toString(16).toUpperCase().padStart(20, '0');

/** Slices of three customers, written in turns. */
function toEntries(eventIds: readonly string[], first: number): FeedEntry[] {
  return [large, large, medium, small].map(({ appId, accountId }, n) => ({
    id: eventIds[first + n] ?? '',
    appId,
    accountId,
    type: 'user.login',
    position: toPosition(first + n),
  }));
}

export function createFeedCalls(collections: Collections, eventIds: readonly string[]): CallsByStore {
  return {
    MongoFeedLog: createFeedLogCalls(new MongoFeedLog(collections), eventIds),
    MongoFeedConsumerStore: createFeedConsumerCalls(new MongoFeedConsumerStore(collections)),
  };
}

function createFeedLogCalls(log: MongoFeedLog, eventIds: readonly string[]): StoreCalls<MongoFeedLog> {
  const now = start + 100_000_000;
  const firsts = Array.from({ length: 100 }, (_, n) => 16 + n * 4);
  const middle: FeedRange = { after: toPosition(200), to: toPosition(220) };
  const scopes = [{ appId: large.appId }, { appId: small.appId }, { accountId: medium.accountId }, {}];
  const ids = { afterId: eventIds[1_000] ?? '', beforeId: eventIds[1_100], limit: 20 };
  const filters = scopes.flatMap((scope) =>
    [undefined, ['user.login'], ['user.*']].map((types) => ({ ...scope, types })),
  );
  return {
    append: firsts.map((first) => () => {
      return log.append(toEntries(eventIds, first), { era: 1, end: toPosition(first + 3) });
    }),
    use: [() => log.use(now)],
    isWanted: [() => log.isWanted()],
    claim: [() => log.claim('token', now, 10_000), () => log.claim('other', now, 10_000)],
    begin: [
      () => log.begin('token', { firstId: '', era: { era: 1, after: toPosition(0), from: toPosition(0) } }),
    ],
    renew: [() => log.renew('token', now, toPosition(400)), () => log.renew('other', now)],
    find: [() => log.find()],
    getClusterTime: [() => log.getClusterTime()],
    listAt: [
      () => log.listAt(ids, undefined),
      async () => log.listAt({ ...ids, beforeId: undefined }, await log.getClusterTime()),
    ],
    listRecorded: [() => log.listRecorded(now, toPosition(400))],
    readSlices: scopes.flatMap((scope) =>
      [2, 100].map((limit) => () => log.readSlices(scope, middle, limit)),
    ),
    listIds: filters.map((filter) => () => log.listIds(filter, ids)),
    getEvents: [() => log.getEvents([...eventIds.slice(0, 20), toPlacedPosition('evt_unknown')])],
    purge: [() => log.purge(start, 10), () => log.purge(now, 10)],
    release: [() => log.release('token')],
    end: [() => log.end('token')],
  };
}

function createFeedConsumerCalls(consumers: MongoFeedConsumerStore): StoreCalls<MongoFeedConsumerStore> {
  const commit = { appId: large.appId, accountId: large.accountId, cursor: toPosition(1), updatedAt: start };
  return {
    commit: [undefined, null, toPosition(1)].map(
      (expected) => () => consumers.commit({ ...commit, name: 'billing', expected }, 100),
    ),
    list: [() => consumers.list(large.appId), () => consumers.list('app_unknown')],
    find: [() => consumers.find(large.appId, 'billing')],
    delete: [() => consumers.delete(large.appId, 'billing')],
  };
}
