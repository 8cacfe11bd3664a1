import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { DeliveryStatus } from '@tocsin/shared';
import { X } from 'lucide-react';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { StatusBadge } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, Pager } from '../../components/ui/data-table.tsx';
import { FilterSelect } from '../../components/ui/field.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { Ago } from '../../components/ui/time.tsx';
import { refresh, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { reasonWords } from '../../lib/labels.ts';

const statuses: readonly { readonly value: DeliveryStatus; readonly text: string }[] = [
  { value: 'delivered', text: 'Delivered' },
  { value: 'pending', text: 'Pending' },
  { value: 'failed', text: 'Failed' },
  { value: 'cancelled', text: 'Cancelled' },
];

export function DeliveriesPage() {
  const [{ app, status, webhook, event, cursor }, set] = useUrlState([
    'app',
    'status',
    'webhook',
    'event',
    'cursor',
  ]);
  const deliveries = useQuery(
    trpc.deliveries.list.queryOptions(
      {
        appId: app,
        status: statuses.find((each) => each.value === status)?.value,
        webhookId: webhook,
        eventId: event,
        cursor,
        limit: 50,
      },
      // Older pages do not change by themselves, and rows must not move under a reader.
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && refresh.often },
    ),
  );
  const isFiltered = [app, status, webhook, event].some((value) => value !== undefined);
  return (
    <Page title="Deliveries" subtitle="One event to one webhook, with all its attempts. Newest first.">
      <Card isFlush>
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
          <AppFilter value={app} onChange={(value) => set({ app: value })} />
          <FilterSelect
            label="Status"
            value={status}
            choices={statuses}
            onChange={(value) => set({ status: value })}
          />
          {webhook !== undefined && (
            <Chip name="Webhook" value={webhook} onRemove={() => set({ webhook: undefined })} />
          )}
          {event !== undefined && (
            <Chip name="Event" value={event} onRemove={() => set({ event: undefined })} />
          )}
          {isFiltered && (
            <Button
              size="small"
              look="quiet"
              onClick={() => set({ app: undefined, status: undefined, webhook: undefined, event: undefined })}
            >
              Clear
            </Button>
          )}
        </div>
        <DataTable
          label="Deliveries"
          items={deliveries.data?.items}
          error={deliveries.error}
          onRetry={() => void deliveries.refetch()}
          rowsWhileLoading={10}
          keyOf={(delivery) => delivery.id}
          hrefOf={(delivery) => `/deliveries/${delivery.id}`}
          empty={
            isFiltered ? (
              <EmptyNotice title="Nothing fits these filters" />
            ) : (
              <EmptyNotice title="No deliveries yet">
                Publish an event that a webhook has subscribed to.
              </EmptyNotice>
            )
          }
          columns={[
            {
              name: 'Event',
              isWide: true,
              cell: (delivery) => <span className="font-medium">{delivery.event}</span>,
            },
            { name: 'Status', cell: (delivery) => <StatusBadge status={delivery.status} /> },
            {
              name: 'Why',
              from: 'md',
              cell: (delivery) => (
                <span
                  className="text-ink-2"
                  title={delivery.reason === null ? undefined : reasonWords(delivery.reason)}
                >
                  {delivery.reason === null ? '' : delivery.reason.replaceAll('_', ' ')}
                </span>
              ),
            },
            { name: 'Attempts', from: 'sm', align: 'right', cell: (delivery) => delivery.attemptCount },
            {
              name: 'Next attempt',
              from: 'lg',
              cell: (delivery) =>
                delivery.nextAttemptAt === null ? '' : <Ago at={delivery.nextAttemptAt} />,
            },
            {
              name: 'Webhook',
              from: 'lg',
              cell: (delivery) => (
                <code className="font-mono text-[0.8rem] text-ink-2">{delivery.webhookId}</code>
              ),
            },
            {
              name: 'Created',
              cell: (delivery) => (
                <span className="text-ink-2">
                  <Ago at={delivery.createdAt} />
                </span>
              ),
            },
          ]}
        />
        <Pager
          cursor={cursor}
          nextCursor={deliveries.data?.nextCursor}
          onChange={(next) => set({ cursor: next })}
        />
      </Card>
    </Page>
  );
}

function Chip({
  name,
  value,
  onRemove,
}: {
  readonly name: string;
  readonly value: string;
  readonly onRemove: () => void;
}) {
  return (
    <span className="inline-flex h-8 max-w-full items-center gap-1.5 rounded-lg bg-sunken pr-1 pl-2.5 text-[0.8667rem]">
      <span className="text-ink-3">{name}</span>
      <code className="min-w-0 truncate font-mono text-[0.8rem]">{value}</code>
      <button
        type="button"
        aria-label={`Remove the filter ${name}`}
        onClick={onRemove}
        className="rounded p-1 text-ink-3 hover:text-ink"
      >
        <X aria-hidden className="size-3.5" />
      </button>
    </span>
  );
}
