import type { QueueState } from '../../../domain/ports/delivery-store.ts';
import type { Visibility } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { boundedScan, withHint } from '../driver/read-list.ts';
import { findAccountByEvents } from '../events/find-account.ts';
import { listOldestEntries } from '../queue/entry-owners.ts';
import { countOwedDeliveries } from '../queue/owed-deliveries.ts';
import { waitingIndex } from '../queue/waiting.ts';

/** Deliveries counted for an account. Their index keys are read, not their documents. */
const maxCounted = 10_000;
/** Deliveries counted for the operator and the metrics. */
const maxCountedOfAll = 100_000;

/**
 * Counts the visible part of the queue. An account's count reads index keys of its own work only. Counters
 * would cost each publish and each result a write.
 */
export async function readQueueState(
  collections: Collections,
  visibility: Visibility,
  now: Date,
  since: number,
): Promise<QueueState> {
  const scope = await toScope(collections, visibility);
  if (scope === undefined) return { pending: 0, dueNow: 0, inFlight: 0, oldestDueAt: null, isCapped: false };
  const [stored, open] = await Promise.all([
    countDue(collections, scope, now),
    listOldestEntries(collections, scope),
  ]);
  const owed = await countOwedDeliveries(collections, open.entries, scope, since);
  const times = [stored.oldestDueAt, owed.oldestAt].filter((time) => time !== null);
  return {
    pending: stored.pending + owed.deliveries,
    dueNow: stored.due + owed.deliveries,
    inFlight: owed.recent,
    oldestDueAt: times.length === 0 ? null : Math.min(...times),
    isCapped: stored.isCapped || open.isCapped || owed.isCapped,
  };
}

/** Adds the account of the app, which the indexes begin with. Undefined: the app has no work. */
async function toScope(collections: Collections, visibility: Visibility): Promise<Visibility | undefined> {
  const { appId, accountId } = visibility;
  if (appId === undefined || accountId !== undefined) return visibility;
  const found = await findAccountByEvents(collections, appId);
  return found === undefined ? undefined : { ...visibility, accountId: found };
}

/** Counts waiting deliveries, an account's in the order of their due time. Reads only index keys. */
async function countDue({ deliveries }: Collections, visibility: Visibility, now: Date) {
  const { accountId } = visibility;
  const isCounted = toVisible(visibility);
  // The operator's index has no apps, so leaving out deleted ones reads documents.
  const limit = accountId === undefined && isCounted === true ? maxCountedOfAll : maxCounted;
  const hint = accountId === undefined ? waitingIndex : 'waiting_by_account';
  // A range instead of `$exists`, which mongod checks in the documents.
  const range = { nextAt: { $gte: new Date(0) }, ...(accountId === undefined ? {} : { accountId }) };
  const isDue = { $lte: ['$nextAt', now] };
  const [sum] = await withHint(hint, (options) =>
    deliveries
      .aggregate<{ read: number; pending: number; due: number; oldest: Date | null }>(
        [
          { $match: range },
          { $limit: limit },
          {
            $group: {
              _id: null,
              read: { $sum: 1 },
              pending: { $sum: { $cond: [isCounted, 1, 0] } },
              due: { $sum: { $cond: [{ $and: [isCounted, isDue] }, 1, 0] } },
              oldest: { $min: { $cond: [{ $and: [isCounted, isDue] }, '$nextAt', null] } },
            },
          },
        ],
        { ...options, comment: boundedScan },
      )
      .toArray(),
  );
  return {
    pending: sum?.pending ?? 0,
    due: sum?.due ?? 0,
    oldestDueAt: sum?.oldest?.getTime() ?? null,
    isCapped: (sum?.read ?? 0) >= limit,
  };
}

/** Whether the app of a delivery is visible. Checked after the limit, which therefore bounds what is read. */
function toVisible({ appId, excludedAppIds }: Visibility) {
  if (appId !== undefined) return { $eq: ['$appId', appId] };
  return excludedAppIds.length === 0 ? true : { $not: { $in: ['$appId', [...excludedAppIds]] } };
}
