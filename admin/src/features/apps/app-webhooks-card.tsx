import { useQuery } from '@tanstack/react-query';
import { isChat, type WebhookView } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { EndpointHealthBadge } from '../../components/badges/endpoint-health-badge.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, type Column } from '../../components/ui/data-table.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Time } from '../../components/ui/time.tsx';
import { formatCount } from '../../lib/format.ts';
import { disabledReasonLabels, formatLabels, profileLabels } from '../../lib/labels.ts';
import { maskUrl } from '@tocsin/shared';
import { useCan } from '../../lib/session.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { toHref } from '../../lib/url-state.ts';

/** The webhooks of an app, with links to its events and deliveries. */
export function AppWebhooksCard({
  appId,
  emptyAction,
}: {
  readonly appId: string;
  readonly emptyAction: ReactNode;
}) {
  const can = useCan();
  const webhooks = useQuery(trpc.webhooks.list.queryOptions({ appId }, { refetchInterval: pollMs.fast }));
  return (
    <Card
      title="Webhooks"
      flush
      actions={
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
      }
    >
      <DataTable
        label="Webhooks of this app"
        items={webhooks.data?.items}
        query={webhooks}
        skeletonRows={3}
        getRowKey={(webhook) => webhook.id}
        getRowHref={(webhook) => `/webhooks/${webhook.id}`}
        empty={
          <EmptyNotice title="No webhooks yet" action={emptyAction}>
            Events of this app are accepted and stored, but not sent.
          </EmptyNotice>
        }
        columns={columns}
      />
    </Card>
  );
}

const columns: readonly Column<WebhookView>[] = [
  {
    header: 'Endpoint',
    grow: true,
    cell: (webhook) => (
      <>
        <span className="font-mono text-[0.8667rem]">{maskUrl(webhook.url)}</span>
        {webhook.description !== null && webhook.description !== '' && (
          <span className="block truncate text-xs text-ink-3">{webhook.description}</span>
        )}
      </>
    ),
  },
  {
    header: 'Health',
    cell: (webhook) => (
      <span
        title={webhook.disabledReason === null ? undefined : disabledReasonLabels[webhook.disabledReason]}
      >
        <EndpointHealthBadge state={webhook.health.state} />
      </span>
    ),
  },
  {
    header: 'Events',
    visibleFrom: 'md',
    align: 'right',
    cell: (webhook) => formatCount(webhook.events.length),
  },
  {
    header: 'Type',
    visibleFrom: 'lg',
    cell: (webhook) => (
      <span className="text-ink-2">
        {isChat(webhook.format) ? formatLabels[webhook.format].name : profileLabels[webhook.profile].name}
      </span>
    ),
  },
  {
    header: 'Last delivery',
    visibleFrom: 'sm',
    cell: (webhook) => (
      <span className="text-ink-2">
        {webhook.lastDeliveryAt === null ? 'Never' : <Time at={webhook.lastDeliveryAt} />}
      </span>
    ),
  },
];
