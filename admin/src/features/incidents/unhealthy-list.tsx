import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { UnhealthyState, UnhealthyWebhookView } from '@tocsin/shared';
import { EndpointHealthBadge } from '../../components/badges/endpoint-health-badge.tsx';
import { ScopedLink } from '../../components/scoped-link.tsx';
import { DataTable, Pager, type Column } from '../../components/ui/data-table.tsx';
import { EmptyNotice, EmptyPage } from '../../components/ui/notice.tsx';
import { Time } from '../../components/ui/time.tsx';
import { WebhookName } from '../../components/webhook-name.tsx';
import { formatCount } from '../../lib/format.ts';
import { formatLeast } from '../../lib/incident-text.ts';
import { toReasonLabel } from '../../lib/labels.ts';
import { useCan } from '../../lib/session.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { toHref } from '../../lib/url-state.ts';

/** The webhooks in one state, with their backlogs. */
export function UnhealthyList({
  state,
  app,
  cursor,
  onPage,
}: {
  readonly state: UnhealthyState;
  readonly app: string | undefined;
  readonly cursor: string | undefined;
  readonly onPage: (cursor: string | undefined) => void;
}) {
  const can = useCan();
  const webhooks = useQuery(
    trpc.incidents.webhooks.queryOptions(
      { state, appId: app, cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && pollMs.fast },
    ),
  );
  return (
    <>
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

const columns: readonly Column<UnhealthyWebhookView>[] = [
  {
    header: 'Webhook',
    grow: true,
    cell: ({ url, description }) => <WebhookName url={url} description={description} />,
  },
  { header: 'State', cell: (webhook) => <EndpointHealthBadge webhook={webhook} /> },
  {
    header: 'Reason',
    visibleFrom: 'md',
    onPhone: 'value',
    cell: ({ disabledReason, health }) => (
      <span className="block text-ink-2 sm:w-48 sm:whitespace-normal lg:w-56">
        {toReason(disabledReason ?? health.lastFailureReason)}
      </span>
    ),
  },
  {
    header: 'Waiting',
    align: 'right',
    visibleFrom: 'sm',
    onPhone: 'label',
    cell: ({ id, waiting, waitingIsCapped }) => (
      <ScopedLink
        scope="deliveries:read"
        href={toHref('/deliveries', { webhook: id, status: 'pending' })}
        className="relative hover:underline"
      >
        {formatLeast(waiting, waitingIsCapped)}
      </ScopedLink>
    ),
  },
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

function toReason(reason: string | null): string {
  return reason === null ? '–' : toReasonLabel(reason);
}
