import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { AppView } from '@tocsin/shared';
import { useState } from 'react';
import { BatchLoader } from './batch-loader.ts';
import { putRecentFirst, type RankedMatches } from './recent-first.ts';
import { readRecent } from './recent-choices.ts';
import { useCan } from './session.ts';
import { client, trpc, type CallError, type Outputs } from './trpc.ts';

/** Names hardly ever change. */
const nameStaleMs = 5 * 60_000;

const appLoader = new BatchLoader<AppView>(
  async (ids) => (await client.apps.list.query({ ids, limit: ids.length })).items,
);

/** An app. Without data for an unknown one, and if the actor lacks `webhooks:read`. */
export function useApp(id: string | undefined): AppView | undefined {
  const can = useCan();
  const app = useQuery({
    queryKey: ['app', id],
    queryFn: async () => (id === undefined ? null : await appLoader.load(id)),
    enabled: id !== undefined && id !== '' && can('webhooks:read'),
    staleTime: nameStaleMs,
  });
  return app.data ?? undefined;
}

/** The first two apps: enough to know the only one. Stays without data if the actor lacks `webhooks:read`. */
export function useFirstApps(): UseQueryResult<Outputs['apps']['list'], CallError> {
  const can = useCan();
  return useQuery(
    trpc.apps.list.queryOptions({ limit: 2 }, { enabled: can('webhooks:read'), staleTime: 30_000 }),
  );
}

/** The first apps that a search finds. An empty search finds all, and puts those first that were chosen lately. */
export function useAppSearch({
  search,
  accountId,
  limit,
  enabled,
}: {
  readonly search: string;
  readonly accountId?: string | undefined;
  readonly limit: number;
  readonly enabled: boolean;
}): RankedMatches<AppView> {
  const [recentIds] = useState(() => readRecent('app'));
  const found = useQuery(
    trpc.apps.list.queryOptions(
      { limit, accountId, ...(search !== '' && { search }) },
      { enabled, staleTime: 10_000, placeholderData: keepPreviousData },
    ),
  );
  const recent = useQuery(
    trpc.apps.list.queryOptions(
      { ids: recentIds, accountId },
      { enabled: enabled && recentIds.length > 0, staleTime: nameStaleMs },
    ),
  );
  return {
    ...putRecentFirst(found.data?.items, search === '' ? (recent.data?.items ?? []) : [], recentIds),
    hasMore: (found.data?.nextCursor ?? null) !== null,
    isOutdated: found.isPlaceholderData || found.isLoading || (search === '' && recent.isLoading),
    error: found.error,
  };
}
