import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useSession } from './session.ts';
import { trpc, type CallError, type Outputs } from './trpc.ts';

/** The newest accounts, up to the largest page. Stays without data for API keys, which have one account. */
export function useAccounts(): UseQueryResult<Outputs['accounts']['list'], CallError> {
  const { actor } = useSession();
  return useQuery(
    trpc.accounts.list.queryOptions({ limit: 200 }, { enabled: actor.kind === 'root', staleTime: 30_000 }),
  );
}
