import type { EventView } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { AppName } from '../../components/app-name.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { DataTable, type Column, type TableQuery } from '../../components/ui/data-table.tsx';
import { Time } from '../../components/ui/time.tsx';
import { pluralize } from '../../lib/format.ts';

export function EventsTable({
  events,
  query,
  empty,
}: {
  readonly events: readonly EventView[] | undefined;
  readonly query: TableQuery;
  readonly empty: ReactNode;
}) {
  return (
    <DataTable
      label="Events"
      items={events}
      query={query}
      skeletonRows={10}
      getRowKey={(event) => event.id}
      getRowHref={(event) => `/events/${event.id}`}
      empty={empty}
      columns={columns}
    />
  );
}

const columns: readonly Column<EventView>[] = [
  { header: 'Type', cell: (event) => <span className="font-medium">{event.event}</span> },
  {
    header: 'Data',
    grow: true,
    visibleFrom: 'md',
    onPhone: 'line',
    cell: (event) => <code className="font-mono text-[0.8rem] text-ink-3">{JSON.stringify(event.data)}</code>,
  },
  { header: 'Sent to', visibleFrom: 'sm', onPhone: 'value', cell: (event) => <SentTo event={event} /> },
  {
    header: 'App',
    visibleFrom: 'lg',
    onPhone: 'value',
    cell: (event) => (
      <span className="block max-w-40 truncate text-ink-2">
        <AppName id={event.appId} />
      </span>
    ),
  },
  {
    header: 'Accepted',
    cell: (event) => (
      <span className="text-ink-2">
        <Time at={event.createdAt} />
      </span>
    ),
  },
];

function SentTo({ event }: { readonly event: EventView }) {
  if (event.event === 'test' || event.event === 'test.ping') return <Badge tone="accent">test ping</Badge>;
  if (event.deliveries === 0) return <Badge tone="idle">none</Badge>;
  return <>{pluralize(event.deliveries, 'webhook')}</>;
}
