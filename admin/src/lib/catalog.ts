import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { EventTypeView } from '@tocsin/shared';
import { trpc, type CallError, type Outputs } from './trpc.ts';

/** The event catalog. Cached forever because it changes only with the server's version. */
export function useEventTypes(): UseQueryResult<Outputs['events']['types'], CallError> {
  return useQuery(trpc.events.types.queryOptions(undefined, { staleTime: Infinity, select: stripMarkdown }));
}

const familyLabels = { authon: 'Authon', authforge: 'AuthForge' } as const;

export function toFamilyLabel(family: EventTypeView['family']): string {
  return family === null ? 'Your own events' : familyLabels[family];
}

/** Groups the subscribable event types by family. */
export function groupByFamily(types: readonly EventTypeView[]): [EventTypeView['family'], EventTypeView[]][] {
  const families = [...new Set(types.map((type) => type.family))];
  return families.map((family) => [
    family,
    types.filter((type) => type.family === family && type.subscribable),
  ]);
}

/** Descriptions are shared with the Markdown documentation. Backticks are the only markup they use. */
function stripMarkdown(types: EventTypeView[]): EventTypeView[] {
  return types.map((type) => ({ ...type, description: type.description.replaceAll('`', '') }));
}
