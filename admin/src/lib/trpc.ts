import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
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
import { toRefusal } from './api-error.ts';
import { csrfHeaders, sessionQuery, type Session } from './session.ts';

export type { AppRouter };
export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;
export type CallError = TRPCClientErrorLike<AppRouter>;

/** A key that was revoked or a session that ran out: the session is asked for again, and the answer is the sign-in. */
function onError(error: unknown): void {
  if (toRefusal(error).code === 'UNAUTHENTICATED') {
    void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
  }
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // What was refused once is refused again; only silence is worth a second try.
      retry: (failures, error) => {
        const { code } = toRefusal(error);
        return failures < 2 && (code === 'NETWORK' || code === 'UNAVAILABLE');
      },
    },
  },
});

export const client: TRPCClient<AppRouter> = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: (operation) => operation.type === 'subscription',
      true: httpSubscriptionLink({ url: '/trpc' }),
      // Below the 8 KiB that servers and proxies commonly take for a request line.
      false: httpBatchLink({ url: '/trpc', headers: csrfHeaders, maxURLLength: 6_000 }),
    }),
  ],
});

export const trpc: TRPCOptionsProxy<AppRouter> = createTRPCOptionsProxy<AppRouter>({ client, queryClient });

/** Somebody came or left: nothing that was seen by the one stays for the next. */
export function changeSession(session: Session | null): void {
  const [sessionKey] = sessionQuery.queryKey;
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey });
  queryClient.getMutationCache().clear();
  queryClient.setQueryData(sessionQuery.queryKey, session);
}

/** How often what is on the screen is asked for again. Hidden tabs do not ask. */
export const refresh = { often: 3_000, sometimes: 10_000 } as const;
