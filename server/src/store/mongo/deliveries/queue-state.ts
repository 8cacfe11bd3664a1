import type { Document } from 'mongodb';
import type { QueueState } from '../../../domain/ports/delivery-store.ts';
import type { Visibility } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { boundedScan, withHint } from '../driver/read-list.ts';
import { findAccountByEvents } from '../events/find-account.ts';
import { listOldestEntries } from '../queue/entry-owners.ts';
import { countOwedDeliveries } from '../queue/owed-deliveries.ts';

/** Deliveries counted for an account, or for all. Their index keys are read, not their documents. */
const maxCounted = 100_000;
/** Deliveries examined for one app, or if some apps are left out. */
const maxExamined = 10_000;

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

interface DueCount {
  readonly pending: number;
  readonly due: number;
  readonly oldestDueAt: number | null;
  readonly isCapped: boolean;
}

/** Counts waiting deliveries in the order of their accounts and due times. Reads only index keys. */
async function countDue(collections: Collections, visibility: Visibility, now: Date): Promise<DueCount> {
  const isCounted = toVisible(visibility);
  return isCounted === true
    ? await countAll(collections, visibility, now)
    : await countSome(collections, { visibility, isCounted, now });
}

/** Two plain counts, which mongod makes several times faster than one with conditions. */
async function countAll(
  { deliveries }: Collections,
  { accountId }: Visibility,
  now: Date,
): Promise<DueCount> {
  const count = async (until: Partial<Record<'$lte', Date>>) => {
    const [sum] = await withHint(index, (options) =>
      deliveries
        .aggregate<{ count: number; oldest: Date }>(
          [
            { $match: { ...toAccount(accountId), nextAt: { $gte: new Date(0), ...until } } },
            { $limit: maxCounted },
            { $group: { _id: null, count: { $sum: 1 }, oldest: { $min: '$nextAt' } } },
          ],
          { ...options, comment: boundedScan },
        )
        .toArray(),
    );
    return sum;
  };
  const [all, due] = await Promise.all([count({}), count({ $lte: now })]);
  return {
    pending: all?.count ?? 0,
    due: due?.count ?? 0,
    oldestDueAt: due?.oldest.getTime() ?? null,
    isCapped: (all?.count ?? 0) >= maxCounted,
  };
}

const index = 'waiting_by_account';

/** The index begins with the account, so all accounts are a range. */
function toAccount(accountId: string | undefined): Document {
  return { accountId: accountId ?? { $gte: '' } };
}

async function countSome(
  { deliveries }: Collections,
  { visibility: { accountId }, isCounted, now }: SomeDeliveries,
): Promise<DueCount> {
  const isDue = { $lte: ['$nextAt', now] };
  const [sum] = await withHint(index, (options) =>
    deliveries
      .aggregate<{ read: number; pending: number; due: number; oldest: Date | null }>(
        [
          // A range instead of `$exists`, which mongod checks in the documents.
          { $match: { ...toAccount(accountId), nextAt: { $gte: new Date(0) } } },
          { $limit: maxExamined },
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
    isCapped: (sum?.read ?? 0) >= maxExamined,
  };
}

interface SomeDeliveries {
  readonly visibility: Visibility;
  readonly isCounted: Document;
  readonly now: Date;
}

/** Whether the app of a delivery is visible. Checked after the limit, which therefore bounds what is read. */
function toVisible({ appId, excludedAppIds }: Visibility): Document | true {
  if (appId !== undefined) return { $eq: ['$appId', appId] };
  return excludedAppIds.length === 0 ? true : { $not: { $in: ['$appId', [...excludedAppIds]] } };
}
