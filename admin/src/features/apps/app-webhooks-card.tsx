import type { WebhookCounts, WebhookSummary } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { EndpointHealthBadge } from '../../components/badges/endpoint-health-badge.tsx';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { Card, CardToolbar } from '../../components/ui/card.tsx';
import type { Column } from '../../components/ui/data-table.tsx';
import { EndlessTable } from '../../components/ui/endless-table.tsx';
import { FilterSelect } from '../../components/ui/field.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { SearchField } from '../../components/ui/search-field.tsx';
import { Time } from '../../components/ui/time.tsx';
import { WebhookName } from '../../components/webhook-name.tsx';
import { toDestinationLabel } from '../../lib/chat-format.ts';
import { formatCount, pluralize } from '../../lib/format.ts';
import { countHealth, healthFilters, type HealthFilter } from '../../lib/health-filter.ts';
import { useCan } from '../../lib/session.ts';
import { toHref, useUrlState } from '../../lib/url-state.ts';
import { toBadgeHealth } from './badge-health.ts';
import { HealthSummary } from './health-summary.tsx';
import { useWebhookList } from './use-webhook-list.ts';

const filters = [
  'failing',
  'paused',
  'auto_disabled',
  'switched_off',
  'healthy',
] as const satisfies readonly HealthFilter[];

/** The webhooks of an app, with links to its events and deliveries. */
export function AppWebhooksCard({
  appId,
  emptyAction,
  after,
}: {
  readonly appId: string;
  readonly emptyAction: ReactNode;
  /** What is below the list, once its height is known. */
  readonly after: ReactNode;
}) {
  const [{ search, state: given }, set] = useUrlState(['search', 'state']);
  const state = filters.find((known) => known === given);
  const { list, items, counts, total, onVisible } = useWebhookList({ appId, search, health: state });
  const isFiltered = search !== undefined || state !== undefined;
  const clear = () => set({ search: undefined, state: undefined });
  return (
    <>
      <Card title="Webhooks" hint={toTotalText(total, isFiltered)} flush actions={<AppLinks appId={appId} />}>
        <CardToolbar>
          <SearchField
            label="Search webhooks"
            placeholder="Search by description, URL or ID"
            value={search}
            onChange={(next) => set({ search: next }, { replace: true })}
          />
          <FilterSelect
            label="Health"
            value={state}
            options={filters.map((value) => ({ value, label: toStateLabel(value, counts) }))}
            onChange={(next) => set({ state: next })}
          />
          {isFiltered && (
            <Button size="small" variant="ghost" onClick={clear}>
              Clear filters
            </Button>
          )}
          <span className="ml-auto max-sm:hidden">
            <HealthSummary
              counts={total === null ? null : counts}
              toFilterHref={(filter) => toHref(`/apps/${appId}`, { state: filter })}
            />
          </span>
        </CardToolbar>
        <EndlessTable
          label="Webhooks of this app"
          items={items}
          total={total}
          query={list}
          filterKey={`${search ?? ''} ${state ?? ''}`}
          getRowKey={getId}
          getRowHref={(webhook) => `/webhooks/${webhook.id}`}
          onVisible={onVisible}
          empty={
            isFiltered ? (
              <EmptyNotice title="No webhooks match" action={<Button onClick={clear}>Clear filters</Button>}>
                A search finds words of descriptions, URLs and IDs by how they begin.
              </EmptyNotice>
            ) : (
              <EmptyNotice title="No webhooks yet" action={emptyAction}>
                Events of this app are accepted and stored, but not sent.
              </EmptyNotice>
            )
          }
          columns={columns}
        />
      </Card>
      {(items !== undefined || list.error !== null) && after}
    </>
  );
}

function AppLinks({ appId }: { readonly appId: string }) {
  const can = useCan();
  return (
    <>
      {can('events:read') && (
        <ButtonLink size="small" variant="ghost" href={toHref('/events', { app: appId })}>
          Events
        </ButtonLink>
      )}
      {can('deliveries:read') && (
        <ButtonLink size="small" variant="ghost" href={toHref('/deliveries', { app: appId })}>
          Deliveries
        </ButtonLink>
      )}
    </>
  );
}

function getId({ id }: WebhookSummary): string {
  return id;
}

/** A line of its own from the first frame on, so that nothing moves when the number arrives. */
function toTotalText(total: number | null | undefined, isFiltered: boolean): string {
  if (total === undefined) return 'Counting';
  const text = total === null ? 'More than 10,000 webhooks' : pluralize(total, 'webhook');
  return isFiltered ? `${text} found` : text;
}

function toStateLabel(filter: HealthFilter, counts: WebhookCounts | undefined): string {
  const { label } = healthFilters[filter];
  return counts === undefined ? label : `${label} (${formatCount(countHealth(counts, filter))})`;
}

const columns: readonly Column<WebhookSummary>[] = [
  {
    header: 'Endpoint',
    grow: true,
    cell: ({ url, description }) => <WebhookName url={url} description={description} />,
  },
  {
    header: 'Health',
    width: 'sm:w-32 md:w-56',
    cell: (webhook) => <EndpointHealthBadge webhook={toBadgeHealth(webhook)} />,
  },
  {
    header: 'Events',
    visibleFrom: 'md',
    width: 'sm:w-20',
    align: 'right',
    cell: (webhook) => <span title={webhook.events.join('\n')}>{formatCount(webhook.eventCount)}</span>,
  },
  {
    header: 'Type',
    visibleFrom: 'xl',
    width: 'sm:w-44',
    cell: (webhook) => <span className="text-ink-2">{toDestinationLabel(webhook)}</span>,
  },
  {
    header: 'Last delivery',
    visibleFrom: 'sm',
    onPhone: 'label',
    width: 'sm:w-36',
    cell: (webhook) => (
      <span className="text-ink-2">
        {webhook.lastDeliveryAt === null ? 'Never' : <Time at={webhook.lastDeliveryAt} />}
      </span>
    ),
  },
];
