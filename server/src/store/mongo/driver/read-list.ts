import type { Collection, Document, Filter } from 'mongodb';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import type { ListPlan } from './list-plan.ts';
import { isIndexMissing } from './unavailable.ts';

/**
 * Index keys that one page examines for conditions that no index answers. Bounds a page that finds little: it
 * returns what it found, and a cursor to continue.
 */
export const maxExamined = 2_000;

/** Marks queries that may examine `maxExamined` keys, for the test of all queries and the profiler. */
export const boundedScan = 'bounded scan';

/** Documents of a page, newest first, read with one more than the limit. */
export interface ListRead<TDoc> {
  readonly docs: TDoc[];
  /** Where the next page continues if the documents do not fill this one. Undefined: the list ends here. */
  readonly examinedTo: string | undefined;
}

/** Reads a page of documents that sort by id. */
export async function readList<TDoc extends Document & { _id: string }>(
  collection: Collection<TDoc>,
  plan: ListPlan,
  page: PageRequest,
  projection: Document = {},
): Promise<ListRead<TDoc>> {
  return await readMergedList(collection, [plan], page, projection);
}

/** Reads a page of documents that sort by id, and that several plans find. No two plans find the same one. */
export async function readMergedList<TDoc extends Document & { _id: string }>(
  collection: Collection<TDoc>,
  plans: readonly ListPlan[],
  page: PageRequest,
  projection: Document = {},
): Promise<ListRead<TDoc>> {
  const examined = Math.ceil(maxExamined / Math.max(1, plans.length));
  const boundaries = await Promise.all(
    plans.map(async (plan) => await findBoundary(collection, plan, page.cursor, examined)),
  );
  // The highest one: down to it, every plan has examined its documents.
  const examinedTo = boundaries.reduce(toHigher, undefined);
  const reads = await Promise.all(
    plans.map(async (plan) => await readPlan(collection, plan, page, { examinedTo, projection })),
  );
  const [first = [], ...others] = reads;
  if (others.length === 0) return { docs: first, examinedTo };
  const docs = reads.flat().sort((a, b) => (a._id < b._id ? 1 : -1));
  return { docs: docs.slice(0, page.limit + 1), examinedTo };
}

function toHigher(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

async function readPlan<TDoc extends Document & { _id: string }>(
  collection: Collection<TDoc>,
  { hint, indexed, remaining, isIndexRequired }: ListPlan,
  { cursor, limit }: PageRequest,
  { examinedTo, projection }: { readonly examinedTo: string | undefined; readonly projection: Document },
): Promise<TDoc[]> {
  const range = [...toAfter(cursor), ...indexed];
  const bound = examinedTo === undefined ? [] : [{ _id: { $gte: examinedTo } } as Filter<never>];
  const query = toQuery<TDoc>([...range, ...bound, ...remaining]);
  const comment = remaining.length === 0 ? {} : { comment: boundedScan };
  return await withPlannedHint({ hint, isIndexRequired }, (options) =>
    collection
      // `as`: the driver's WithId adds the `_id` that the documents already have.
      .find<TDoc>(query, { ...options, ...comment, projection })
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray(),
  );
}

function toAfter(cursor: string | undefined): Filter<never>[] {
  return cursor === undefined ? [] : [{ _id: { $lt: cursor } }];
}

/**
 * Finds the id of the last document that a page may examine. Reads only index keys. Undefined: the page examines none
 * for a condition, or all.
 */
async function findBoundary<TDoc extends Document & { _id: string }>(
  collection: Collection<TDoc>,
  { hint, indexed, remaining, isIndexRequired }: ListPlan,
  cursor: string | undefined,
  examined: number,
): Promise<string | undefined> {
  if (remaining.length === 0) return undefined;
  const query = toQuery<TDoc>([...toAfter(cursor), ...indexed]);
  const [last] = await withPlannedHint({ hint, isIndexRequired }, (options) =>
    collection
      .find<{ _id: string }>(query, { ...options, comment: boundedScan, projection: { _id: 1 } })
      .sort({ _id: -1 })
      .skip(examined - 1)
      .limit(1)
      .toArray(),
  );
  return last?._id;
}

async function withPlannedHint<T>(
  { hint, isIndexRequired }: Pick<ListPlan, 'hint' | 'isIndexRequired'>,
  read: (options: { readonly hint?: string }) => Promise<T>,
): Promise<T> {
  return await (isIndexRequired === true ? read({ hint }) : withHint(hint, read));
}

/**
 * Names the index, because the planner can prefer the index on `_id`, which is sorted but reads the documents
 * of all accounts. While the index is being built, the planner chooses.
 */
export async function withHint<T>(
  hint: string,
  read: (options: { readonly hint?: string }) => Promise<T>,
): Promise<T> {
  try {
    return await read({ hint });
  } catch (error) {
    if (!isIndexMissing(error)) throw error;
    return await read({});
  }
}

function toQuery<TDoc>(conditions: readonly Filter<never>[]): Filter<TDoc> {
  // `as`: the conditions come from tables that are typed by the document.
  return (conditions.length === 0 ? {} : { $and: conditions }) as Filter<TDoc>;
}
