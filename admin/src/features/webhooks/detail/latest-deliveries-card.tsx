import type { DeliveryView } from '@tocsin/shared';
import { Ban, History } from 'lucide-react';
import { DeliveryStatusBadge } from '../../../components/badges/delivery-status-badge.tsx';
import { Button, ButtonLink } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { DataTable, type Column, type TableQuery } from '../../../components/ui/data-table.tsx';
import { EmptyNotice } from '../../../components/ui/notice.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { useCan } from '../../../lib/session.ts';
import { toHref } from '../../../lib/url-state.ts';

export function LatestDeliveriesCard({
  webhookId,
  deliveries,
  query,
  waiting,
  onOpen,
}: {
  readonly webhookId: string;
  /** Undefined during the first load. */
  readonly deliveries: readonly DeliveryView[] | undefined;
  readonly query: TableQuery;
  /** Deliveries that wait for an attempt. Undefined while they are not counted. */
  readonly waiting: number | undefined;
  readonly onOpen: (dialog: 'replay' | 'cancel') => void;
}) {
  const can = useCan();
  return (
    <Card
      title="Latest deliveries"
      flush
      actions={
        <>
          {can('deliveries:write') && (
            <>
              <Button
                size="small"
                icon={<History aria-hidden className="size-4" />}
                onClick={() => onOpen('replay')}
              >
                Replay
              </Button>
              <Button
                size="small"
                icon={<Ban aria-hidden className="size-4" />}
                disabled={waiting === 0}
                title={waiting === 0 ? 'No delivery is pending' : undefined}
                onClick={() => onOpen('cancel')}
              >
                Cancel pending deliveries
              </Button>
            </>
          )}
          <ButtonLink size="small" variant="ghost" href={toHref('/deliveries', { webhook: webhookId })}>
            View all
          </ButtonLink>
        </>
      }
    >
      <DataTable
        label="Latest deliveries of this webhook"
        items={deliveries?.slice(0, 10)}
        query={query}
        getRowKey={(delivery) => delivery.id}
        getRowHref={(delivery) => `/deliveries/${delivery.id}`}
        empty={
          <EmptyNotice title="No deliveries yet">
            Send a test ping to check that the endpoint responds.
          </EmptyNotice>
        }
        columns={columns}
      />
    </Card>
  );
}

const columns: readonly Column<DeliveryView>[] = [
  {
    header: 'Event',
    grow: true,
    cell: (delivery) => <span className="font-medium">{delivery.event}</span>,
  },
  { header: 'Status', cell: (delivery) => <DeliveryStatusBadge status={delivery.status} /> },
  { header: 'Attempts', visibleFrom: 'sm', align: 'right', cell: (delivery) => delivery.attemptCount },
  {
    header: 'Created',
    cell: (delivery) => (
      <span className="text-ink-2">
        <Time at={delivery.createdAt} />
      </span>
    ),
  },
];
