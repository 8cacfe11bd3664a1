import type { Collection, Document, Filter } from 'mongodb';
import { maxTotal } from '@tocsin/shared';
import type { AgePage, AgePageRequest } from '../../../domain/ports/page-request.ts';
import { readAgeList, type AgePlan } from './age-list.ts';
import { boundedScan, maxExamined, withHint } from './read-list.ts';

/** A list of documents that have `searchWords`, by age, newest first. */
export interface SearchList {
  /** The index of the list: the fields of `base`, then the age. */
  readonly listIndex: string;
  /** Whether the index of the list has its order. Otherwise `base` finds few documents. */
  readonly isSorted: boolean;
  /** The index of the words: the fields of `base`, then the words. */
  readonly wordIndex: string;
  /** Conditions that both indexes answer. */
  readonly base: readonly Filter<never>[];
  /** Conditions that need the documents. */
  readonly rest?: readonly Filter<never>[];
  /** Each must begin a word. Undefined: no search. */
  readonly terms: readonly string[] | undefined;
}

/**
 * Reads a page of a list. A rare term is looked up in the index of words, and its matches are sorted. A common one is
 * compared with the documents of the list, in its order, so that neither reads more than a bounded number of them.
 */
export async function readSearchList<TDoc extends Document & { _id: string; createdAt: Date }, TItem>(
  collection: Collection<TDoc>,
  list: SearchList,
  { after, limit, withTotal = false }: AgePageRequest,
  map: (doc: TDoc) => TItem,
): Promise<AgePage<TItem>> {
  const { base, rest = [], terms, listIndex, wordIndex, isSorted } = list;
  if (terms?.length === 0) return { items: [], next: undefined, ...(withTotal && { total: 0 }) };
  // `as`: the documents have the field.
  const words = (terms ?? []).map((term) => toWordCondition(term) as Filter<never>);
  const lead = terms === undefined ? undefined : await findLead(collection, list);
  const counted = withTotal ? { total: await countMatches(collection, list, { words, lead }) } : {};
  const remaining = [...rest, ...words];
  const plan =
    lead === undefined
      ? { hint: listIndex, indexed: base, remaining, isSorted }
      : { hint: wordIndex, indexed: [...base, lead], remaining, isSorted: false };
  // `as`: the conditions are of fields that the documents have.
  const typedPlan = plan as AgePlan<Filter<TDoc>>;
  const { docs, next } = await readAgeList(collection, typedPlan, { after, limit, order: 'newest' });
  return { items: docs.map(map), next, ...counted };
}

/** Matches documents with a word that begins with the term. */
export function toWordCondition(term: string): { searchWords: RegExp } {
  // An anchored expression is a range of the index, also of one with many keys for each document.
  return { searchWords: new RegExp(`^${term.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}`) };
}

/** A term with few matches, which the index of words finds. */
export type RareTerm = ReturnType<typeof toWordCondition>;

/** So few documents are compared with the other terms sooner than those are counted. */
const fewMatches = 50;

/**
 * Finds a rare term. Undefined if each of them has more matches than a page may examine. One count at a time, so that a
 * search takes few connections.
 */
export async function findRareTerm(
  terms: readonly string[],
  count: (condition: RareTerm, limit: number) => Promise<number>,
): Promise<RareTerm | undefined> {
  let rarest: { readonly condition: RareTerm; readonly matches: number } | undefined;
  for (const condition of terms.map(toWordCondition)) {
    const matches = await count(condition, (rarest?.matches ?? maxExamined) + 1);
    if (rarest === undefined || matches < rarest.matches) rarest = { condition, matches };
    if (matches <= fewMatches) break;
  }
  return rarest === undefined || rarest.matches > maxExamined ? undefined : rarest.condition;
}

async function findLead<TDoc extends Document>(
  collection: Collection<TDoc>,
  { base, terms = [], wordIndex }: SearchList,
): Promise<RareTerm | undefined> {
  return await findRareTerm(terms, async (condition, limit) =>
    withHint(
      wordIndex,
      async (options) =>
        await collection.countDocuments(toQuery<TDoc>([...base, condition]), {
          ...options,
          limit,
          comment: boundedScan,
        }),
    ),
  );
}

/** Counts what an index answers, or few documents. Null: more than that. */
async function countMatches<TDoc extends Document>(
  collection: Collection<TDoc>,
  { base, rest = [], wordIndex, listIndex }: SearchList,
  { words, lead }: { readonly words: readonly Filter<never>[]; readonly lead: RareTerm | undefined },
): Promise<number | null> {
  const conditions = [...base, ...(lead === undefined ? [] : [lead]), ...words, ...rest];
  if (lead === undefined && (words.length > 1 || rest.length > 0)) return null;
  const hint = words.length === 0 ? listIndex : wordIndex;
  const count = await withHint(
    hint,
    async (options) =>
      await collection.countDocuments(toQuery<TDoc>(conditions), {
        ...options,
        limit: maxTotal + 1,
        comment: boundedScan,
      }),
  );
  return count > maxTotal ? null : count;
}

function toQuery<TDoc>(conditions: readonly Filter<never>[]): Filter<TDoc> {
  // `as`: the conditions are of fields that the documents have.
  return (conditions.length === 0 ? {} : { $and: conditions }) as Filter<TDoc>;
}
