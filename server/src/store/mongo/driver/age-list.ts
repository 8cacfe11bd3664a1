import type { Collection, Document, Filter, FindOptions } from 'mongodb';
import type { AgePosition } from '../../../domain/ports/page-request.ts';
import { boundedScan, maxExamined, withHint } from './read-list.ts';

/** How to read a list by age. */
export interface AgePlan<TCondition> {
  readonly hint: string;
  /** Conditions that the index answers, or that bound how much is read. */
  readonly indexed: readonly TCondition[];
  /** Conditions that need the documents. */
  readonly remaining: readonly TCondition[];
  /** Whether the index has the order of the list. Otherwise it finds few documents, which are sorted. */
  readonly isSorted: boolean;
}

export interface AgeRange {
  /** The last object of the previous page. Undefined: the first page. */
  readonly after: AgePosition | undefined;
  readonly limit: number;
  readonly order: 'oldest' | 'newest';
}

/** The fields of the order. */
interface Aged {
  readonly _id: string;
  readonly createdAt: Date;
}

/**
 * Reads a page of a list by age. A page that examines too many documents for conditions that no index answers ends early,
 * with the place where the next one continues.
 */
export async function readAgeList<TDoc extends Document & Aged>(
  collection: Collection<TDoc>,
  plan: AgePlan<Filter<TDoc>>,
  page: AgeRange,
): Promise<{ readonly docs: TDoc[]; readonly next: AgePosition | undefined }> {
  const { order, limit } = page;
  const range = toRange(page);
  const direction = order === 'oldest' ? 1 : -1;
  const sort = { createdAt: direction, _id: direction } as const;
  const isBounded = !plan.isSorted || plan.remaining.length > 0;
  const read = async <TFound extends Aged>(conditions: readonly Filter<Aged>[], options: FindOptions) =>
    await withHint(
      plan.hint,
      async (hint) =>
        await collection
          // `as`: the documents have the fields of the order.
          .find<TFound>(toQuery([...plan.indexed, ...(conditions as Filter<TDoc>[])]), {
            ...hint,
            ...(isBounded ? { comment: boundedScan } : {}),
            ...options,
            sort,
          })
          .toArray(),
    );
  // The last document that the page may examine, by index keys alone.
  const [boundary] =
    plan.isSorted && isBounded
      ? await read(range, { projection: { _id: 1, createdAt: 1 }, skip: maxExamined - 1, limit: 1 })
      : [];
  const until = boundary === undefined ? [] : [toUntil(boundary, order)];
  const docs = await read<TDoc>([...range, ...until, ...(plan.remaining as Filter<Aged>[])], {
    limit: limit + 1,
  });
  const shown = docs.slice(0, limit);
  const end = docs.length > limit ? shown.at(-1) : boundary;
  return { docs: shown, next: end && toPosition(end) };
}

/** The documents after those of the previous page. */
function toRange({ after, order }: AgeRange): Filter<Aged>[] {
  if (after === undefined) return [];
  const createdAt = new Date(after.createdAt);
  return order === 'oldest'
    ? [
        { createdAt: { $gte: createdAt } },
        { $or: [{ createdAt: { $gt: createdAt } }, { _id: { $gt: after.id } }] },
      ]
    : [
        { createdAt: { $lte: createdAt } },
        { $or: [{ createdAt: { $lt: createdAt } }, { _id: { $lt: after.id } }] },
      ];
}

/** The documents up to this one. */
function toUntil({ createdAt, _id }: Aged, order: AgeRange['order']): Filter<Aged> {
  return order === 'oldest'
    ? { $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lte: _id } }] }
    : { $or: [{ createdAt: { $gt: createdAt } }, { createdAt, _id: { $gte: _id } }] };
}

function toPosition({ createdAt, _id }: Aged): AgePosition {
  return { createdAt: createdAt.getTime(), id: _id };
}

function toQuery<TDoc>(conditions: readonly Filter<TDoc>[]): Filter<TDoc> {
  const given = conditions.filter((condition) => Object.keys(condition).length > 0);
  // `as`: an operator at the top is a filter of any document.
  return (given.length === 0 ? {} : { $and: given }) as Filter<TDoc>;
}
