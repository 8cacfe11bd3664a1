import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useCan } from './session.ts';
import { trpc, type CallError, type Outputs } from './trpc.ts';

/** The most apps that a select lists. Beyond that, users type the id. */
const maxOptions = 100;

/** The first apps, for selects. Stays without data if the actor lacks `webhooks:read`. */
export function useApps(): UseQueryResult<Outputs['apps']['list'], CallError> {
  const can = useCan();
  return useQuery(
    trpc.apps.list.queryOptions({ limit: maxOptions }, { enabled: can('webhooks:read'), staleTime: 30_000 }),
  );
}
