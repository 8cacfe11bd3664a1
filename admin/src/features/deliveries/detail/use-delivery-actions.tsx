import { useMutation } from '@tanstack/react-query';
import type { DeliveryDetail } from '@tocsin/shared';
import { Ban, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { SendToWebhookButton } from '../../../components/resend/resend-button.tsx';
import { Button } from '../../../components/ui/button.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { toast } from '../../../components/ui/toast.tsx';
import { useCan } from '../../../lib/session.ts';
import { queryClient, trpc } from '../../../lib/trpc.ts';
import { CancelDeliveryDialog } from './cancel-delivery-dialog.tsx';

/** The buttons that change a delivery, and what they show besides: the error of a retry and a dialog. */
export function useDeliveryActions(
  delivery: DeliveryDetail | undefined,
  size: 'small' | 'medium' = 'medium',
) {
  const can = useCan();
  const [isCancelling, setCancelling] = useState(false);
  const retry = useMutation(
    trpc.deliveries.retry.mutationOptions({
      onSuccess: (updated) => {
        queryClient.setQueryData(trpc.deliveries.get.queryKey({ id: updated.id }), updated);
        void queryClient.invalidateQueries(trpc.deliveries.list.pathFilter());
        toast(
          updated.reason === 'webhook_disabled'
            ? 'Scheduled. It is sent once the webhook is enabled.'
            : 'Retry scheduled.',
        );
      },
    }),
  );
  if (delivery === undefined || !can('deliveries:write')) return { buttons: undefined, others: undefined };
  const { id, status, eventId, event, appId } = delivery;
  return {
    buttons: (
      <>
        {status === 'pending' && (
          <Button
            size={size}
            icon={<Ban aria-hidden className="size-4" />}
            onClick={() => setCancelling(true)}
          >
            Cancel
          </Button>
        )}
        <SendToWebhookButton
          size={size}
          event={{ id: eventId, event, appId }}
          label={size === 'small' ? 'Send elsewhere' : 'Send to another webhook'}
        />
        <Button
          size={size}
          variant={status === 'delivered' ? 'secondary' : 'primary'}
          icon={<RotateCw aria-hidden className="size-4" />}
          loading={retry.isPending}
          onClick={() => retry.mutate({ id })}
        >
          {status === 'delivered' ? 'Send again' : 'Retry now'}
        </Button>
      </>
    ),
    others: (
      <>
        <InlineError error={retry.error} />
        <CancelDeliveryDialog delivery={delivery} open={isCancelling} onClose={() => setCancelling(false)} />
      </>
    ),
  };
}
