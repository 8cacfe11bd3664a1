import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { Link } from 'wouter';
import { IncidentsTable } from '../../components/incidents/incidents-table.tsx';
import { Card } from '../../components/ui/card.tsx';
import { formatLeast } from '../../lib/incident-text.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { toHref } from '../../lib/url-state.ts';

const shown = 8;

/** The worst open incidents, with a link to all. */
export function IncidentsCard({ app }: { readonly app: string | undefined }) {
  const options = { refetchInterval: pollMs.fast, placeholderData: keepPreviousData } as const;
  const incidents = useQuery(
    trpc.incidents.list.queryOptions({ state: 'open', appId: app, limit: shown }, options),
  );
  const count = useQuery(trpc.incidents.count.queryOptions({ appId: app }, options));
  return (
    <Card
      title="Open incidents"
      hint="Failures by webhook, reason and status, the worst first"
      flush
      actions={
        count.data !== undefined &&
        count.data.open > 0 && (
          <Link href={toHref('/incidents', { app })} className="text-[0.8667rem] text-accent hover:underline">
            View all {formatLeast(count.data.open, count.data.isCapped)}
          </Link>
        )
      }
    >
      <IncidentsTable
        incidents={incidents.data?.items}
        query={incidents}
        skeletonRows={3}
        empty={
          <p className="flex items-center gap-2 px-4 py-5 text-[0.9333rem] text-ink-2">
            <CircleCheck aria-hidden className="size-4.5 text-ok" /> The last attempts to all webhooks
            succeeded.
          </p>
        }
      />
    </Card>
  );
}
