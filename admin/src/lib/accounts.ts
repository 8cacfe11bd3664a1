import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { AccountView } from '@tocsin/shared';
import { useState } from 'react';
import { BatchLoader } from './batch-loader.ts';
import { putRecentFirst, type RankedMatches } from './recent-first.ts';
import { readRecent } from './recent-choices.ts';
import { useSession } from './session.ts';
import { client, trpc } from './trpc.ts';

const nameStaleMs = 5 * 60_000;

const accountLoader = new BatchLoader<AccountView>(
  async (ids) => (await client.accounts.list.query({ ids, limit: ids.length })).items,
);

/** An account. Without data for an unknown one, and for API keys, which have one account. */
export function useAccount(id: string | undefined): AccountView | undefined {
  const { actor } = useSession();
  const account = useQuery({
    queryKey: ['account', id],
    queryFn: async () => (id === undefined ? null : await accountLoader.load(id)),
    enabled: id !== undefined && id !== '' && actor.kind === 'root',
    staleTime: nameStaleMs,
  });
  return account.data ?? undefined;
}

/** Whether the actor can choose between accounts. False until it is known. */
export function useHasAccounts(): boolean {
  const { actor } = useSession();
  const accounts = useQuery(
    trpc.accounts.list.queryOptions({ limit: 2 }, { enabled: actor.kind === 'root', staleTime: nameStaleMs }),
  );
  return (accounts.data?.items.length ?? 0) > 1;
}

/** The first accounts that a search finds. An empty search finds all, and puts those first that were chosen lately. */
export function useAccountSearch({
  search,
  limit,
  enabled,
}: {
  readonly search: string;
  readonly limit: number;
  readonly enabled: boolean;
}): RankedMatches<AccountView> {
  const [recentIds] = useState(() => readRecent('account'));
  const found = useQuery(
    trpc.accounts.list.queryOptions(
      { limit, ...(search !== '' && { search }) },
      { enabled, staleTime: 10_000, placeholderData: keepPreviousData },
    ),
  );
  const recent = useQuery(
    trpc.accounts.list.queryOptions(
      { ids: recentIds },
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
