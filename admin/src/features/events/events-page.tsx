import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { EventView } from '@tocsin/shared';
import { Send } from 'lucide-react';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, Pager } from '../../components/ui/data-table.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { Ago } from '../../components/ui/time.tsx';
import { TypeFilter } from '../../components/filters/event-type-filter.tsx';
import { counted, fromLocalInput, toLocalInput } from '../../lib/format.ts';
import { useCan } from '../../lib/session.ts';
import { refresh, trpc, type Inputs } from '../../lib/trpc.ts';
import { hrefOf, useUrlState } from '../../lib/url-state.ts';

type EventType = Inputs['events']['publish']['event'];

export function EventsPage() {
  const can = useCan();
  const [{ app, type, since, until, cursor }, set] = useUrlState(['app', 'type', 'since', 'until', 'cursor']);
  const events = useQuery(
    trpc.events.list.queryOptions(
      // A type in the address that the catalogue does not know is refused by the server, in a sentence.
      { appId: app, event: type as EventType | undefined, since, until, cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && refresh.often },
    ),
  );
  const isFiltered = [app, type, since, until].some((value) => value !== undefined);
  return (
    <Page
      title="Events"
      subtitle="What was accepted, newest first. Open one to see what became of it at every webhook."
      actions={
        can('events:publish') && (
          <ButtonLink
            href={hrefOf('/events/publish', { app, type })}
            icon={<Send aria-hidden className="size-4" />}
          >
            Publish a test event
          </ButtonLink>
        )
      }
    >
      <Card isFlush>
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
          <AppFilter value={app} onChange={(value) => set({ app: value })} />
          <TypeFilter value={type} onChange={(value) => set({ type: value })} />
          <TimeFilter label="From" value={since} onChange={(value) => set({ since: value })} />
          <TimeFilter label="To" value={until} onChange={(value) => set({ until: value })} />
          {isFiltered && (
            <Button
              size="small"
              look="quiet"
              onClick={() => set({ app: undefined, type: undefined, since: undefined, until: undefined })}
            >
              Clear
            </Button>
          )}
        </div>
        <DataTable
          label="Events"
          items={events.data?.items}
          error={events.error}
          onRetry={() => void events.refetch()}
          rowsWhileLoading={10}
          keyOf={(event) => event.id}
          hrefOf={(event) => `/events/${event.id}`}
          empty={
            isFiltered ? (
              <EmptyNotice title="No event fits these filters" />
            ) : (
              <EmptyNotice title="No events yet">They appear here as soon as one is published.</EmptyNotice>
            )
          }
          columns={[
            { name: 'Type', cell: (event) => <span className="font-medium">{event.event}</span> },
            {
              name: 'Data',
              isWide: true,
              from: 'md',
              cell: (event) => (
                <code className="font-mono text-[0.8rem] text-ink-3">{JSON.stringify(event.data)}</code>
              ),
            },
            {
              name: 'Sent to',
              from: 'sm',
              cell: (event) => <SentTo event={event} />,
            },
            {
              name: 'App',
              from: 'lg',
              cell: (event) => <span className="block max-w-40 truncate text-ink-2">{event.appId}</span>,
            },
            {
              name: 'Accepted',
              cell: (event) => (
                <span className="text-ink-2">
                  <Ago at={event.createdAt} />
                </span>
              ),
            },
          ]}
        />
        <Pager
          cursor={cursor}
          nextCursor={events.data?.nextCursor}
          onChange={(next) => set({ cursor: next })}
        />
      </Card>
    </Page>
  );
}

function SentTo({ event }: { readonly event: EventView }) {
  if (event.event === 'test' || event.event === 'test.ping') return <Badge tone="accent">test ping</Badge>;
  if (event.deliveries === 0) return <Badge tone="idle">nobody</Badge>;
  return <>{counted(event.deliveries, 'webhook')}</>;
}

function TimeFilter({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  return (
    <label className="inline-flex items-center gap-1.5 text-[0.8667rem] text-ink-2">
      {label}
      <input
        type="datetime-local"
        className="field h-8! w-auto! text-[0.8667rem]!"
        value={value === undefined || Number.isNaN(Date.parse(value)) ? '' : toLocalInput(new Date(value))}
        onChange={(event) => onChange(fromLocalInput(event.target.value))}
      />
    </label>
  );
}
