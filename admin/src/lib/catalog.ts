import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { EventTypeView } from '@tocsin/shared';
import { trpc, type CallError, type Outputs } from './trpc.ts';

/** The event catalogue changes with the server's version alone. */
export function useEventTypes(): UseQueryResult<Outputs['events']['types'], CallError> {
  return useQuery(trpc.events.types.queryOptions(undefined, { staleTime: Infinity, select: withPlainText }));
}

export const familyNames: Record<EventTypeView['family'], string> = {
  authon: 'Authon',
  authforge: 'AuthForge',
};

/** Those that can be published and subscribed, by family. */
export function byFamily(types: readonly EventTypeView[]): [EventTypeView['family'], EventTypeView[]][] {
  const families = [...new Set(types.map((type) => type.family))];
  return families.map((family) => [
    family,
    types.filter((type) => type.family === family && type.subscribable),
  ]);
}

/** The descriptions are written for documentation in Markdown as well; backticks are all of it that they use. */
function withPlainText(types: EventTypeView[]): EventTypeView[] {
  return types.map((type) => ({ ...type, description: type.description.replaceAll('`', '') }));
}
