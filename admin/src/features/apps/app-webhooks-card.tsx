import { useQuery } from '@tanstack/react-query';
import type { WebhookView } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { WebhookName } from '../../components/webhook-name.tsx';
import { EndpointHealthBadge } from '../../components/badges/endpoint-health-badge.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, type Column } from '../../components/ui/data-table.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Time } from '../../components/ui/time.tsx';
import { formatCount } from '../../lib/format.ts';
import { toDestinationLabel } from '../../lib/chat-format.ts';
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
    cell: ({ url, description }) => <WebhookName url={url} description={description} />,
  },
  {
    header: 'Health',
    cell: (webhook) => <EndpointHealthBadge webhook={webhook} />,
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
    cell: (webhook) => <span className="text-ink-2">{toDestinationLabel(webhook)}</span>,
  },
  {
    header: 'Last delivery',
    visibleFrom: 'sm',
    onPhone: 'label',
    cell: (webhook) => (
      <span className="text-ink-2">
        {webhook.lastDeliveryAt === null ? 'Never' : <Time at={webhook.lastDeliveryAt} />}
      </span>
    ),
  },
];
