import type { CountedPage } from '@tocsin/shared';
import type { AgePage, AgePageRequest } from '../../domain/ports/page-request.ts';
import { toSearchTerms } from '../../domain/search-words.ts';
import { toAgeCursor, toAgePosition } from './age-cursor.ts';

/* The fields that lists of accounts, apps and keys have in common. */

/** Converts the paging fields of an input. A null cursor means the first page. */
export function toAgePageRequest(input: {
  readonly cursor?: string | null | undefined;
  readonly limit: number;
  readonly withTotal?: boolean | undefined;
}): AgePageRequest {
  return { after: toAgePosition(input.cursor), limit: input.limit, withTotal: input.withTotal };
}

/** The terms of a search. Undefined: no search. */
export function toTerms(search: string | undefined): string[] | undefined {
  return search === undefined ? undefined : toSearchTerms(search);
}

export function toCountedPage<TFrom, TTo>(
  { items, next, total }: AgePage<TFrom>,
  map: (item: TFrom) => TTo,
): CountedPage<TTo> {
  return {
    items: items.map(map),
    nextCursor: toAgeCursor(next),
    ...(total === undefined ? {} : { total }),
  };
}
