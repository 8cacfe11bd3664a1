import { MutationCache, QueryCache, type QueryClient } from '@tanstack/react-query';
import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
  type TRPCClientErrorLike,
} from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { createTRPCOptionsProxy, type TRPCOptionsProxy } from '@trpc/tanstack-react-query';
import type { AppRouter } from '@tocsin/server/api';
import { toApiError } from './api-error.ts';
import { ChangeNotices } from './change-notices.ts';
import { ConnectionMonitor } from './connection.ts';
import { fetchInTime } from './fetch-in-time.ts';
import { LiveQueryClient } from './live-query-client.ts';
import { forgetSearches } from './recent-searches.ts';
import { csrfHeaders, sessionQuery, type Session } from './session.ts';
import { TaggedFetch } from './tagged-fetch.ts';

export type { AppRouter };
export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;
export type CallError = TRPCClientErrorLike<AppRouter>;

/** Refetches the session after a 401, which shows the sign-in page if the key or the session has expired. */
function onError(error: unknown): void {
  if (toApiError(error).code === 'UNAUTHENTICATED') {
    void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
  }
}

export const changeNotices = new ChangeNotices();

export const queryClient: QueryClient = new LiveQueryClient(changeNotices.isNotified, {
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      // Fails at once while the browser is offline. By default, queries and mutations would wait silently.
      networkMode: 'always',
      refetchOnReconnect: true,
      staleTime: 2_000,
      // Only outages are temporary; other errors would repeat.
      retry: (failures, error) => {
        const { code } = toApiError(error);
        return failures < 2 && (code === 'NETWORK' || code === 'UNAVAILABLE');
      },
    },
    mutations: { networkMode: 'always' },
  },
});

export const connection: ConnectionMonitor = new ConnectionMonitor(queryClient.getQueryCache());

const taggedFetch = new TaggedFetch(fetchInTime);

const batchLink = () =>
  httpBatchLink<AppRouter>({
    url: '/trpc',
    headers: csrfHeaders,
    // `as`: tRPC's type of the options also allows `signal: undefined`, as `fetch` does.
    fetch: (url, init) => taggedFetch.fetch(url, init as RequestInit),
    // Stay below the 8 KiB that servers and proxies commonly accept for a request line.
    maxURLLength: 6_000,
  });

export const client: TRPCClient<AppRouter> = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: (operation) => operation.type === 'subscription',
      true: httpSubscriptionLink({ url: '/trpc' }),
      false: splitLink({
        // The server does not compress responses that can contain credentials, so others are in batches of their own.
        condition: ({ path }) => path.startsWith('webhooks.'),
        true: batchLink(),
        false: batchLink(),
      }),
    }),
  ],
});

export const trpc: TRPCOptionsProxy<AppRouter> = createTRPCOptionsProxy<AppRouter>({ client, queryClient });

/** Clears all cached data on sign-in and sign-out. */
export function setSession(session: Session | null): void {
  const [sessionKey] = sessionQuery.queryKey;
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey });
  queryClient.getMutationCache().clear();
  taggedFetch.clear();
  if (session === null) forgetSearches();
  queryClient.setQueryData(sessionQuery.queryKey, session);
}

/**
 * Polling intervals in milliseconds, while the server cannot notify of changes. With notices, queries are loaded when
 * their data changes. Hidden tabs do not poll.
 */
export const pollMs = { fast: 3_000, slow: 10_000 } as const;
