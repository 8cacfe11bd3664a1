import type { Filter } from 'mongodb';
import type { FeedRange, FeedScope, FeedSlice, FeedSlices } from '../../../domain/ports/feed-log.ts';
import type { Collections } from '../documents/collections.ts';
import type { FeedSliceDoc } from '../documents/feed.ts';

type Slices = Pick<Collections, 'feedSlices'>;

/**
 * Reads slices in order. Those of an app are ranges of `_id`. Slices of several apps overlap if they were written at
 * once, so they are returned together, and a reader merges them.
 */
export async function readSlices(
  collections: Slices,
  { appId, accountId }: FeedScope,
  range: FeedRange,
  limit: number,
): Promise<FeedSlices> {
  if (appId !== undefined) return await readOfApp(collections, appId, range, limit);
  const scope = accountId === undefined ? {} : { accountId };
  return await readOfSome(collections, scope, range, limit);
}

async function readOfApp(
  { feedSlices }: Slices,
  appId: string,
  { after, to }: FeedRange,
  limit: number,
): Promise<FeedSlices> {
  const docs = await feedSlices
    .find(
      { _id: { $gt: `${appId} ${after}`, $lte: `${appId} ${to}` } },
      { batchSize: limit + 1, readConcern: { level: 'majority' } },
    )
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
  return { slices: docs.map(toSlice), hasMore: docs.length === limit };
}

async function readOfSome(
  { feedSlices }: Slices,
  scope: Pick<Filter<FeedSliceDoc>, 'accountId'>,
  { after, to }: FeedRange,
  limit: number,
): Promise<FeedSlices> {
  const hint = scope.accountId === undefined ? 'end_1' : 'by_account';
  const find = async (end: string | { readonly $gt: string; readonly $lte: string }, most: number) =>
    await feedSlices
      .find({ ...scope, end }, { batchSize: limit + 1, readConcern: { level: 'majority' } })
      .sort({ end: 1 })
      .limit(most)
      .hint(hint)
      .toArray();
  const docs = await find({ $gt: after, $lte: to }, limit);
  const last = docs.at(-1);
  if (last === undefined || docs.length < limit) return { slices: docs.map(toSlice), hasMore: false };
  // The last part may be cut.
  const whole = docs.filter(({ end }) => end !== last.end);
  const slices = whole.length > 0 ? whole : await find(last.end, 0);
  return { slices: slices.map(toSlice), hasMore: true };
}

function toSlice({ appId, accountId, era, end, ids, types, positions }: FeedSliceDoc): FeedSlice {
  const entries = ids.map((id, index) => ({
    id,
    appId,
    accountId,
    type: types[index] ?? '',
    position: positions[index] ?? '',
  }));
  return { era, end, entries };
}
