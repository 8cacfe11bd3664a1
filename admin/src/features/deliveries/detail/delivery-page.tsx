import { useQuery } from '@tanstack/react-query';
import { DeliveryStatusBadge } from '../../../components/badges/delivery-status-badge.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { CopyableId } from '../../../components/ui/copy-button.tsx';
import { LoadFallback } from '../../../components/ui/load-fallback.tsx';
import { Page } from '../../../components/ui/page.tsx';
import { pollMs, trpc } from '../../../lib/trpc.ts';
import { AttemptsCard } from './attempts-card.tsx';
import { DeliveryDetailsCard } from './delivery-details-card.tsx';
import { DeliveryStatusBanner } from './delivery-status-banner.tsx';
import { RequestCard } from './request-card.tsx';
import { useDeliveryActions } from './use-delivery-actions.tsx';

const breadcrumbs = [{ href: '/deliveries', label: 'Deliveries' }];

export function DeliveryPage({ id }: { readonly id: string }) {
  const delivery = useQuery(
    trpc.deliveries.get.queryOptions(
      { id },
      { refetchInterval: ({ state }) => (state.data?.status === 'pending' ? 1_500 : pollMs.slow) },
    ),
  );
  const { data } = delivery;
  const { buttons, others } = useDeliveryActions(data);
  if (data === undefined) {
    return (
      <Page title="Delivery" breadcrumbs={breadcrumbs}>
        <Card flush>
          <LoadFallback error={delivery.error} onRetry={() => void delivery.refetch()} className="m-4 h-72" />
        </Card>
      </Page>
    );
  }
  return (
    <Page
      title={`Delivery of ${data.event}`}
      heading={
        <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
          {data.event} <DeliveryStatusBadge status={data.status} />
        </span>
      }
      breadcrumbs={breadcrumbs}
      subtitle={<CopyableId id={id} />}
      actions={buttons}
    >
      {others}
      <DeliveryStatusBanner delivery={data} />
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <AttemptsCard delivery={data} />
        <DeliveryDetailsCard delivery={data} />
      </div>
      <RequestCard delivery={data} />
    </Page>
  );
}
