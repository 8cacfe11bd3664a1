import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { DeliveryFilter, DeliveryStatus } from '@tocsin/shared';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Card, CardToolbar } from '../../components/ui/card.tsx';
import { Pager } from '../../components/ui/data-table.tsx';
import { FilterSelect } from '../../components/ui/field.tsx';
import { EmptyNotice, EmptyPage } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { DeliveriesTable } from './deliveries-table.tsx';
import { FilterChip } from './filter-chip.tsx';

const statuses: readonly { readonly value: DeliveryStatus; readonly label: string }[] = [
  { value: 'delivered', label: 'Delivered' },
  { value: 'pending', label: 'Pending' },
  { value: 'failed', label: 'Failed' },
  { value: 'cancelled', label: 'Cancelled' },
];

/** The filters in the address bar. The compiler asks for one per filter of the server. */
const noFilters = {
  app: undefined,
  status: undefined,
  webhook: undefined,
  event: undefined,
} satisfies Record<FilterName, undefined>;

type FilterName = {
  appId: 'app';
  status: 'status';
  webhookId: 'webhook';
  eventId: 'event';
}[keyof Pick<DeliveryFilter, 'appId' | 'status' | 'webhookId' | 'eventId'>];

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
        status: statuses.find((known) => known.value === status)?.value,
        webhookId: webhook,
        eventId: event,
        cursor,
        limit: 50,
      },
      // Poll the first page only, so that rows of older pages do not move while they are read.
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && pollMs.fast },
    ),
  );
  const isFiltered = [app, status, webhook, event].some((value) => value !== undefined);
  return (
    <Page title="Deliveries" subtitle="Each delivery sends one event to one webhook. Newest first.">
      <Card flush>
        <CardToolbar>
          <AppFilter value={app} onChange={(value) => set({ app: value })} />
          <FilterSelect
            label="Status"
            value={status}
            options={statuses}
            onChange={(value) => set({ status: value })}
          />
          {webhook !== undefined && (
            <FilterChip label="Webhook" value={webhook} onRemove={() => set({ webhook: undefined })} />
          )}
          {event !== undefined && (
            <FilterChip label="Event" value={event} onRemove={() => set({ event: undefined })} />
          )}
          {isFiltered && (
            <Button size="small" variant="ghost" onClick={() => set(noFilters)}>
              Clear filters
            </Button>
          )}
        </CardToolbar>
        <DeliveriesTable
          deliveries={deliveries.data?.items}
          query={deliveries}
          empty={
            <EmptyPage
              cursor={cursor}
              nextCursor={deliveries.data?.nextCursor}
              onFirst={() => set({ cursor: undefined })}
            >
              {isFiltered ? (
                <EmptyNotice title="No deliveries match these filters" />
              ) : (
                <EmptyNotice title="No deliveries yet">
                  Publish an event that a webhook is subscribed to.
                </EmptyNotice>
              )}
            </EmptyPage>
          }
        />
        <Pager
          cursor={cursor}
          nextCursor={deliveries.data?.nextCursor}
          isOutdated={deliveries.isPlaceholderData}
          onChange={(next) => set({ cursor: next })}
        />
      </Card>
    </Page>
  );
}
