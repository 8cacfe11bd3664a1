import { useMutation, useQuery } from '@tanstack/react-query';
import { Ban, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { DeliveryStatusBadge } from '../../components/badges/delivery-status-badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { CopyableId } from '../../components/ui/copy-button.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { InlineError } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { useCan } from '../../lib/session.ts';
import { pollMs, queryClient, trpc } from '../../lib/trpc.ts';
import { AttemptsCard } from './attempts-card.tsx';
import { CancelDeliveryDialog } from './cancel-delivery-dialog.tsx';
import { DeliveryDetailsCard } from './delivery-details-card.tsx';
import { DeliveryStatusBanner } from './delivery-status-banner.tsx';
import { RequestCard } from './request-card.tsx';

const breadcrumbs = [{ href: '/deliveries', label: 'Deliveries' }];

export function DeliveryPage({ id }: { readonly id: string }) {
  const can = useCan();
  const delivery = useQuery(
    trpc.deliveries.get.queryOptions(
      { id },
      { refetchInterval: ({ state }) => (state.data?.status === 'pending' ? 1_500 : pollMs.slow) },
    ),
  );
  const retry = useMutation(
    trpc.deliveries.retry.mutationOptions({
      onSuccess: (updated) => {
        queryClient.setQueryData(trpc.deliveries.get.queryKey({ id }), updated);
        toast('Retry scheduled.');
      },
    }),
  );
  const [isCancelling, setCancelling] = useState(false);
  const { data } = delivery;
  if (data === undefined) {
    return (
      <Page title="Delivery" breadcrumbs={breadcrumbs}>
        <Card flush>
          <LoadFallback error={delivery.error} onRetry={() => void delivery.refetch()} className="m-4 h-72" />
        </Card>
      </Page>
    );
  }
  const actions = can('deliveries:write') && (
    <>
      {data.status === 'pending' && (
        <Button icon={<Ban aria-hidden className="size-4" />} onClick={() => setCancelling(true)}>
          Cancel
        </Button>
      )}
      <Button
        variant={data.status === 'delivered' ? 'secondary' : 'primary'}
        icon={<RotateCw aria-hidden className="size-4" />}
        loading={retry.isPending}
        onClick={() => retry.mutate({ id })}
      >
        {data.status === 'delivered' ? 'Send again' : 'Retry now'}
      </Button>
    </>
  );
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
      actions={actions}
    >
      <InlineError error={retry.error} />
      <DeliveryStatusBanner delivery={data} />
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <AttemptsCard delivery={data} />
        <DeliveryDetailsCard delivery={data} />
      </div>
      <RequestCard delivery={data} />
      <CancelDeliveryDialog delivery={data} open={isCancelling} onClose={() => setCancelling(false)} />
    </Page>
  );
}
