import type { Filter } from 'mongodb';
import { lowestIdAt, timeFromId } from '../../../domain/ids.ts';
import type { AcceptedEvent } from '../../../domain/event.ts';
import type { Visibility } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import type { EntryOwner, EventDoc } from '../documents/event.ts';
import { withHint } from '../driver/read-list.ts';
import { toEventIds, type OutboxDoc } from './outbox.ts';

/*
 * An outbox entry can hold events of several accounts, because one insert stores the events of many publishers.
 * Each entry therefore names its owners, so that the open work of one account is found without reading that of
 * the others.
 */

const ownerIndex = 'outbox_by_account';

/** Entries read for one call. */
const maxEntries = 1_000;
/** Entries counted for one call. */
export const maxCountedEntries = 10_000;

/**
 * An entry has the id of its first event. The ids of its other events differ by less than this time, because
 * an insert starts once its first event was accepted and ends within its time limit.
 */
const maxSpreadMs = 30_000;

/** Returns how many events of the batch each app has. */
export function toOwners(events: readonly AcceptedEvent[]): EntryOwner[] {
  const owners = new Map<string, EntryOwner>();
  for (const { appId, accountId } of events) {
    const owner = owners.get(appId);
    if (owner === undefined) owners.set(appId, { accountId, appId, count: 1 });
    else owner.count++;
  }
  return [...owners.values()];
}

/** Entries of some accounts, and those of older processes, which name no owner. */
function ownedBy(accountIds: readonly string[]): Filter<EventDoc> {
  // `as`: the driver's types have no null for a path that is missing.
  const owners = [...accountIds, null] as string[];
  return { due: { $exists: true }, 'owners.accountId': { $in: owners } };
}

/** Returns those of the events that are in the outbox. The events belong to the given accounts. */
export async function findOpenEvents(
  { events }: Collections,
  eventIds: readonly string[],
  accountIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (eventIds.length === 0) return new Set();
  const wanted = new Set(eventIds);
  const times = eventIds.map(timeFromId);
  const range = {
    $gte: lowestIdAt('evt_', Math.min(...times) - maxSpreadMs),
    $lt: lowestIdAt('evt_', Math.max(...times) + maxSpreadMs),
  };
  const entries = await withHint(ownerIndex, (options) =>
    events
      .find<OutboxDoc>({ ...ownedBy(accountIds), _id: range }, { ...options, projection: { batch: 1 } })
      .toArray(),
  );
  return new Set(entries.flatMap(toEventIds).filter((id) => wanted.has(id)));
}

/** The newest entries of an account, down to the last one that was read. */
export interface OpenEntries {
  readonly eventIds: readonly string[];
  /** The lowest event id that the entries cover. Undefined: they are all entries of the account. */
  readonly coveredTo: string | undefined;
}

/** Returns the ids of the events in the newest entries of an account, also those of other accounts. */
export async function listOpenEvents(
  { events }: Collections,
  accountId: string | undefined,
  newestId: string | undefined,
): Promise<OpenEntries> {
  const below: Filter<EventDoc> =
    newestId === undefined ? {} : { _id: { $lt: lowestIdAt('evt_', timeFromId(newestId) + maxSpreadMs) } };
  const open: Filter<EventDoc> = accountId === undefined ? { due: { $exists: true } } : ownedBy([accountId]);
  const entries = await withHint(accountId === undefined ? 'open_by_lane' : ownerIndex, (options) =>
    events
      .find<OutboxDoc>({ ...open, ...below }, { ...options, projection: { batch: 1 } })
      .sort(accountId === undefined ? { due: -1 } : { _id: -1 })
      .limit(maxEntries)
      .toArray(),
  );
  const last = entries.length < maxEntries ? undefined : entries.at(-1);
  return {
    eventIds: entries.flatMap(toEventIds),
    // Entries of the operator's list sort by their due time, so they cover no range of ids.
    coveredTo: last === undefined || accountId === undefined ? undefined : last._id,
  };
}

/** Events in the outbox, in the first `maxCountedEntries` entries. */
export interface OpenEventCount {
  readonly entries: number;
  readonly events: number;
  readonly due: number;
  /** Due time of the entry that waits longest, epoch ms. Null if none is due. */
  readonly oldestDueAt: number | null;
}

/** Counts the visible events in the outbox. */
export async function countOpenEvents(
  { events }: Collections,
  visibility: Visibility,
  now: Date,
): Promise<OpenEventCount> {
  const { accountId } = visibility;
  const hint = accountId === undefined ? 'open_by_lane' : ownerIndex;
  const match = accountId === undefined ? { due: { $exists: true } } : ownedBy([accountId]);
  const isDue = { $and: [{ $lte: ['$due', now] }, { $gt: ['$count', 0] }] };
  const [sum] = await withHint(hint, (options) =>
    events
      .aggregate<{ entries: number; events: number; due: number; oldest: Date | null }>(
        [
          { $match: match },
          { $limit: maxCountedEntries },
          { $project: { _id: 0, due: 1, count: toVisibleCount(visibility) } },
          {
            $group: {
              _id: null,
              entries: { $sum: 1 },
              events: { $sum: '$count' },
              due: { $sum: { $cond: [isDue, '$count', 0] } },
              oldest: { $min: { $cond: [isDue, '$due', null] } },
            },
          },
        ],
        options,
      )
      .toArray(),
  );
  return {
    entries: sum?.entries ?? 0,
    events: sum?.events ?? 0,
    due: sum?.due ?? 0,
    oldestDueAt: sum?.oldest?.getTime() ?? null,
  };
}

/** The number of visible events of an entry. Entries of older processes count for the operator only. */
function toVisibleCount({ accountId, appId, excludedAppIds }: Visibility) {
  if (accountId === undefined && appId === undefined && excludedAppIds.length === 0) {
    return { $cond: [{ $isArray: '$batch' }, { $size: '$batch' }, 1] };
  }
  const conditions = [
    ...(accountId === undefined ? [] : [{ $eq: ['$$owner.accountId', accountId] }]),
    ...(appId === undefined ? [] : [{ $eq: ['$$owner.appId', appId] }]),
    { $not: { $in: ['$$owner.appId', [...excludedAppIds]] } },
  ];
  const visible = {
    $filter: { input: { $ifNull: ['$owners', []] }, as: 'owner', cond: { $and: conditions } },
  };
  return { $sum: { $map: { input: visible, as: 'owner', in: '$$owner.count' } } };
}
