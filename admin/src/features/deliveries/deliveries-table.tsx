import type { DeliveryView } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { DeliveryStatusBadge } from '../../components/badges/delivery-status-badge.tsx';
import { DataTable, type Column, type TableQuery } from '../../components/ui/data-table.tsx';
import { Time } from '../../components/ui/time.tsx';
import { toReasonLabel } from '../../lib/labels.ts';

export function DeliveriesTable({
  deliveries,
  query,
  empty,
}: {
  readonly deliveries: readonly DeliveryView[] | undefined;
  readonly query: TableQuery;
  readonly empty: ReactNode;
}) {
  return (
    <DataTable
      label="Deliveries"
      items={deliveries}
      query={query}
      skeletonRows={10}
      getRowKey={(delivery) => delivery.id}
      getRowHref={(delivery) => `/deliveries/${delivery.id}`}
      empty={empty}
      columns={columns}
    />
  );
}

const columns: readonly Column<DeliveryView>[] = [
  {
    header: 'Event',
    grow: true,
    cell: (delivery) => <span className="font-medium">{delivery.event}</span>,
  },
  { header: 'Status', cell: (delivery) => <DeliveryStatusBadge status={delivery.status} /> },
  {
    header: 'Reason',
    visibleFrom: 'md',
    cell: (delivery) => (
      <span
        className="text-ink-2"
        title={delivery.reason === null ? undefined : toReasonLabel(delivery.reason)}
      >
        {delivery.reason === null ? '' : delivery.reason.replaceAll('_', ' ')}
      </span>
    ),
  },
  { header: 'Attempts', visibleFrom: 'sm', align: 'right', cell: (delivery) => delivery.attemptCount },
  {
    header: 'Next attempt',
    visibleFrom: 'lg',
    cell: (delivery) =>
      delivery.nextAttemptAt === null ? '' : <Time at={delivery.nextAttemptAt} format="due" />,
  },
  {
    header: 'Webhook',
    visibleFrom: 'lg',
    cell: (delivery) => <code className="font-mono text-[0.8rem] text-ink-2">{delivery.webhookId}</code>,
  },
  {
    header: 'Created',
    cell: (delivery) => (
      <span className="text-ink-2">
        <Time at={delivery.createdAt} />
      </span>
    ),
  },
];
