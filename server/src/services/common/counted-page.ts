import type { CountedPage } from '@tocsin/shared';
import type { CountedPageRequest } from '../../domain/ports/page-request.ts';
import { toSearchTerms } from '../../domain/search-words.ts';
import { mapPage } from './iso-time.ts';

/* The fields that lists of accounts, apps and keys have in common. */

/** Converts the paging fields of an input. A null cursor means the first page. */
export function toCountedPageRequest(input: {
  readonly cursor?: string | null | undefined;
  readonly limit: number;
  readonly withTotal?: boolean | undefined;
}): CountedPageRequest {
  return { cursor: input.cursor ?? undefined, limit: input.limit, withTotal: input.withTotal };
}

/** The terms of a search. Undefined: no search. */
export function toTerms(search: string | undefined): string[] | undefined {
  return search === undefined ? undefined : toSearchTerms(search);
}

export function mapCountedPage<TFrom, TTo>(
  page: CountedPage<TFrom>,
  map: (item: TFrom) => TTo,
): CountedPage<TTo> {
  return { ...mapPage(page, map), ...(page.total === undefined ? {} : { total: page.total }) };
}
