import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { WebhookCounts, WebhookSummary } from '@tocsin/shared';
import { useMemo, useState } from 'react';
import { toHealthInput, type HealthFilter } from '../../lib/health-filter.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';

/** Rows of one call. */
const pageSize = 100;

export interface WebhookListFilter {
  readonly appId: string;
  readonly search: string | undefined;
  readonly health: HealthFilter | undefined;
}

/**
 * The webhooks of an app, loaded as one scrolls. Polls only what is in view, and the counts: a page of a long list that
 * was loaded once would otherwise be fetched again and again.
 */
export function useWebhookList({ appId, search, health }: WebhookListFilter) {
  const filter = {
    appId,
    ...(search !== undefined && { search }),
    ...(health !== undefined && toHealthInput(health)),
  };
  const list = useInfiniteQuery(
    trpc.webhooks.summaries.infiniteQueryOptions(
      { ...filter, limit: pageSize },
      {
        getNextPageParam: (page) => page.nextCursor,
        placeholderData: keepPreviousData,
        staleTime: pollMs.slow,
      },
    ),
  );
  const counted = useQuery(
    trpc.webhooks.summaries.queryOptions(
      { ...filter, limit: 1, withCounts: true },
      { placeholderData: keepPreviousData, refetchInterval: pollMs.slow },
    ),
  );
  const [visible, setVisible] = useState<readonly string[]>([]);
  const fresh = useQuery(
    trpc.webhooks.summaries.queryOptions(
      { appId, ids: visible.slice(0, 200), limit: 200 },
      { enabled: visible.length > 0, placeholderData: keepPreviousData, refetchInterval: pollMs.slow },
    ),
  );
  const { data: pages } = list;
  const { data: current } = fresh;
  const items = useMemo(() => {
    const byId = new Map(current?.items.map((item) => [item.id, item]));
    return pages?.pages.flatMap((page) => page.items.map((item) => byId.get(item.id) ?? item));
  }, [pages, current]);
  return {
    list,
    items,
    counts: counted.data?.counts ?? undefined,
    total: counted.data?.total,
    onVisible: setVisible,
  } satisfies {
    readonly list: unknown;
    readonly items: readonly WebhookSummary[] | undefined;
    readonly counts: WebhookCounts | undefined;
    readonly total: number | null | undefined;
    readonly onVisible: (ids: readonly string[]) => void;
  };
}
