import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { toReasonLabel, type UnhealthyWebhookView } from '@tocsin/shared';
import { EndpointHealthBadge } from '../../components/badges/endpoint-health-badge.tsx';
import { createWebhookColumns } from '../../components/incidents/webhook-columns.tsx';
import { DataTable, Pager, type Column } from '../../components/ui/data-table.tsx';
import { EmptyNotice, EmptyPage, GonePosition } from '../../components/ui/notice.tsx';
import { Time } from '../../components/ui/time.tsx';
import { formatCount } from '../../lib/format.ts';
import { healthFilters, toHealthInput, type HealthFilter } from '../../lib/health-filter.ts';
import { useCan } from '../../lib/session.ts';
import { toListPosition } from '../../lib/list-position.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';

/** The webhooks of one health, with their backlogs. */
export function UnhealthyList({
  filter,
  account,
  app,
  cursor: given,
  onPage,
}: {
  readonly filter: Exclude<HealthFilter, 'healthy'>;
  readonly account: string | undefined;
  readonly app: string | undefined;
  readonly cursor: string | undefined;
  readonly onPage: (cursor: string | undefined) => void;
}) {
  const can = useCan();
  const state = healthFilters[filter].label.toLowerCase();
  const { cursor, isGone } = toListPosition('unhealthyWebhooks', given);
  const webhooks = useQuery(
    trpc.incidents.webhooks.queryOptions(
      { ...toHealthInput(filter), accountId: account, appId: app, cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && pollMs.fast },
    ),
  );
  return (
    <>
      <GonePosition isGone={isGone} />
      <DataTable
        label={`Webhooks that are ${state}`}
        items={webhooks.data?.items}
        query={webhooks}
        skeletonRows={8}
        getRowKey={({ id }) => id}
        getRowHref={can('webhooks:read') ? ({ id }) => `/webhooks/${id}` : undefined}
        columns={columns}
        empty={
          <EmptyPage cursor={cursor} nextCursor={webhooks.data?.nextCursor} onFirst={() => onPage(undefined)}>
            <EmptyNotice title={`No webhook is ${state}`} />
          </EmptyPage>
        }
      />
      <Pager
        cursor={cursor}
        nextCursor={webhooks.data?.nextCursor}
        isOutdated={webhooks.isPlaceholderData}
        labels={{ first: 'Worst', next: 'More' }}
        onChange={onPage}
      />
    </>
  );
}

const { webhook, waiting } = createWebhookColumns<UnhealthyWebhookView>(({ id }) => id);

const columns: readonly Column<UnhealthyWebhookView>[] = [
  webhook,
  {
    header: 'State',
    cell: (unhealthy) => <EndpointHealthBadge webhook={unhealthy} />,
  },
  {
    header: 'Reason',
    visibleFrom: 'md',
    onPhone: 'text',
    cell: (unhealthy) => (
      <span className="block text-ink-2 sm:w-48 sm:whitespace-normal lg:w-56">{toReason(unhealthy)}</span>
    ),
  },
  waiting,
  {
    header: 'In a row',
    align: 'right',
    visibleFrom: 'lg',
    cell: ({ health }) => formatCount(health.failuresInARow),
  },
  {
    header: 'Since',
    visibleFrom: 'sm',
    onPhone: 'label',
    cell: ({ health }) => (health.failingSince === null ? '–' : <Time at={health.failingSince} />),
  },
];

/** What the attempts failed with. The badge says why the platform disabled the webhook. */
function toReason({ disabledReason, health }: UnhealthyWebhookView): string {
  const reason = disabledReason === 'by_user' ? disabledReason : (health.lastFailureReason ?? disabledReason);
  return reason === null ? '–' : toReasonLabel(reason);
}
