import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { pollMs, trpc } from '../../lib/trpc.ts';

/** Rows of one call. */
const pageSize = 50;

/** API keys, loaded as one scrolls. Polls a list of one page: a longer one would be fetched whole each time. */
export function useKeyList({
  search,
  accountId,
}: {
  readonly search: string | undefined;
  readonly accountId: string | undefined;
}) {
  const list = useInfiniteQuery(
    trpc.keys.list.infiniteQueryOptions(
      {
        limit: pageSize,
        withTotal: true,
        ...(search !== undefined && { search }),
        ...(accountId !== undefined && { accountId }),
      },
      {
        getNextPageParam: (page) => page.nextCursor,
        placeholderData: keepPreviousData,
        refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? pollMs.slow : false),
      },
    ),
  );
  return {
    list,
    items: useMemo(() => list.data?.pages.flatMap((page) => page.items), [list.data]),
    total: list.data?.pages[0]?.total,
  };
}
