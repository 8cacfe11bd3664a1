import { keepPreviousData, useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import type { WebhookCounts } from '@tocsin/shared';
import { useMemo, useState } from 'react';
import { trpc } from '../../lib/trpc.ts';

/** Rows of one call. */
const pageSize = 100;

/** How often the webhooks of the apps in view are counted, ms. */
const countEveryMs = 30_000;

/** Apps, loaded as one scrolls, with the counts of webhooks of those in view. */
export function useAppList({
  search,
  accountId,
}: {
  readonly search: string | undefined;
  readonly accountId: string | undefined;
}) {
  const filter = { ...(search !== undefined && { search }), ...(accountId !== undefined && { accountId }) };
  const list = useInfiniteQuery(
    trpc.apps.list.infiniteQueryOptions(
      { ...filter, limit: pageSize },
      { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData, staleTime: 10_000 },
    ),
  );
  const counted = useQuery(
    trpc.apps.list.queryOptions(
      { ...filter, limit: 1, withTotal: true },
      { placeholderData: keepPreviousData, staleTime: 10_000 },
    ),
  );
  const [visible, setVisible] = useState<readonly string[]>([]);
  const webhooks = useQueries({
    queries: visible.map((appId) =>
      trpc.webhooks.summaries.queryOptions(
        { appId, limit: 1, withCounts: true },
        { staleTime: countEveryMs, refetchInterval: countEveryMs },
      ),
    ),
    combine: (results) => ({ counts: results.map(({ data }) => data?.counts) }),
  });
  const { counts } = webhooks;
  const countsByApp = useMemo(
    () => new Map<string, WebhookCounts | null | undefined>(visible.map((id, index) => [id, counts[index]])),
    [visible, counts],
  );
  return {
    list,
    items: useMemo(() => list.data?.pages.flatMap((page) => page.items), [list.data]),
    total: counted.data?.total,
    countsByApp,
    onVisible: setVisible,
  };
}
