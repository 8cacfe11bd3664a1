import type { Filter } from 'mongodb';
import { lowestIdAt, timeFromId } from '../../../domain/ids.ts';
import type { Visibility } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import type { EventDoc } from '../documents/event.ts';
import { withHint } from '../driver/read-list.ts';
import { allPartitions, isOpen, openIndex, toEventIds, type EntryDoc } from './entry.ts';
import { findInChunks } from '../driver/chunks.ts';

/*
 * An entry can hold events of several accounts, because one insert stores the events of many publishers.
 * Each entry therefore names its owners, so that the open work of one account is found without reading that of
 * the others.
 */

const ownerIndex = 'open_by_account';

/** The entries of an account. */
function ownedBy(accountId: string): Filter<EventDoc> {
  return { ...isOpen, 'owners.accountId': accountId };
}

/**
 * An entry has the id of its first event. The ids of its other events differ by less than this time, because
 * an insert starts once its first event was accepted and ends within its time limit.
 */
const maxSpreadMs = 30_000;

/** Entries read for one call. */
const maxEntries = 1_000;
/** Entries counted for one call. */
const maxCountedEntries = 10_000;

/** Returns those of the events that are in an open entry. */
export async function findOpenEvents(
  { events }: Collections,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (eventIds.length === 0) return new Set();
  const docs = await findInChunks(eventIds, (some) =>
    events
      .find<Pick<EventDoc, '_id' | 'entry' | 'open'>>(
        { _id: { $in: some }, $or: [isOpen, { entry: { $exists: true } }] },
        { projection: { entry: 1, open: 1 }, hint: '_id_' },
      )
      .toArray(),
  );
  const memberIds = docs.flatMap(({ _id, entry }) => (entry === undefined ? [] : _id));
  const carrierIds = [...new Set(docs.flatMap((doc) => doc.entry ?? []))];
  // Only the asked events of each batch. One that its carrier does not list is owed by no entry.
  const projection = { batch: { $setIntersection: ['$batch', memberIds] } };
  const carriers = await findInChunks(carrierIds, (some) =>
    events
      .find<Pick<EventDoc, 'batch'>>({ _id: { $in: some }, ...isOpen }, { projection, hint: '_id_' })
      .toArray(),
  );
  const listed = new Set(carriers.flatMap(({ batch }) => batch ?? []));
  return new Set(docs.flatMap(({ _id, entry }) => (entry === undefined || listed.has(_id) ? _id : [])));
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
    newestId === undefined ? {} : { _id: { $lte: lowestIdAt('evt_', timeFromId(newestId) + maxSpreadMs) } };
  const plan =
    accountId === undefined
      ? { hint: openIndex, filter: { open: { $in: [...allPartitions] } } }
      : { hint: ownerIndex, filter: ownedBy(accountId) };
  const entries = await withHint(plan.hint, (options) =>
    events
      .find<EntryDoc>({ ...plan.filter, ...below }, { ...options, projection: { batch: 1 } })
      .sort({ _id: -1 })
      .limit(maxEntries)
      .toArray(),
  );
  const last = entries.length < maxEntries ? undefined : entries.at(-1);
  return { eventIds: entries.flatMap(toEventIds), coveredTo: last?._id };
}

/** The oldest open entries. */
export interface OldestEntries {
  /** Those that have visible events. */
  readonly entries: readonly EntryDoc[];
  /** Whether there are more than a call reads. */
  readonly isCapped: boolean;
}

/** Returns the oldest open entries with visible events. */
export async function listOldestEntries(
  { events }: Collections,
  { accountId, appId }: Visibility,
): Promise<OldestEntries> {
  const hint = accountId === undefined ? openIndex : ownerIndex;
  const match = accountId === undefined ? { open: { $in: [...allPartitions] } } : ownedBy(accountId);
  const found = await withHint(hint, (options) =>
    events
      .find<EntryDoc & Pick<EventDoc, 'owners'>>(match, {
        ...options,
        projection: { batch: 1, open: 1, owners: 1 },
      })
      .sort({ _id: 1 })
      .limit(maxCountedEntries)
      .toArray(),
  );
  const entries = found.filter(
    ({ owners = [] }) => appId === undefined || owners.some((owner) => owner.appId === appId),
  );
  return { entries, isCapped: found.length === maxCountedEntries };
}
