import { useQuery } from '@tanstack/react-query';
import { formatLeast } from '../../lib/incident-text.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';

/** The number of open incidents that are not snoozed. Nothing if there is none. */
export function IncidentCount() {
  const count = useQuery(trpc.incidents.count.queryOptions({}, { refetchInterval: pollMs.slow }));
  if (count.data === undefined) return null;
  const { open, snoozed, isCapped } = count.data;
  const urgent = open - snoozed;
  if (urgent === 0) return null;
  return (
    <span className="ml-auto rounded-full bg-bad-soft px-1.5 text-xs font-medium tabular-nums text-bad">
      <span aria-hidden>{isCapped ? `${urgent}+` : urgent}</span>
      <span className="sr-only">, {formatLeast(urgent, isCapped)} open</span>
    </span>
  );
}
