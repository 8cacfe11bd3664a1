import type { PageRequest, Visibility } from '../../../server/src/domain/ports/page-request.ts';
import { large, medium, small, start } from './sample-data.ts';
import type { Calls } from './store-calls.ts';

/** The values of each field of a filter. A new field without a row does not compile. */
export type FilterValues<TFilter> = {
  readonly [K in keyof TFilter]-?: readonly Exclude<TFilter[K], undefined>[];
};

/** Returns the filters with every combination of the values. Each field is also left out. */
export function combine<TFilter extends object>(values: FilterValues<TFilter>): TFilter[] {
  let filters: Partial<TFilter>[] = [{}];
  for (const [field, ofField] of Object.entries<readonly unknown[]>(values)) {
    // `as`: the fields and values are those of the filter.
    filters = filters.flatMap((filter) => [
      filter,
      ...ofField.map((value) => ({ ...filter, [field]: value }) as Partial<TFilter>),
    ]);
  }
  // `as`: every field of a filter can be left out.
  return filters as TFilter[];
}

export const iso = (seconds: number) => new Date(start + seconds * 1_000).toISOString();

export const visibility: FilterValues<Partial<Visibility>> = {
  accountId: [large.accountId, small.accountId],
  appId: [large.appId, small.appId],
  excludedAppIds: [[medium.appId]],
};

/** The services reject an app of another account before they read its statistics. */
export const visibilities = combine<Partial<Visibility>>(visibility)
  .filter(
    ({ accountId, appId }) =>
      accountId === undefined || appId === undefined || accountId.slice(4) === appId.slice(4),
  )
  .map((partial): Visibility => ({ excludedAppIds: [], ...partial }));

/** The first page, and one from the middle. */
function pages(middle: string): PageRequest[] {
  return [
    { cursor: undefined, limit: 10 },
    { cursor: middle, limit: 10 },
  ];
}

export function inPages<TFilter>(
  filters: readonly TFilter[],
  middle: string,
  list: (filter: TFilter, page: PageRequest) => Promise<unknown>,
): Calls {
  return filters.flatMap((filter) => pages(middle).map((page) => () => list(filter, page)));
}
