import { useMutation } from '@tanstack/react-query';
import { maskUrl } from '@tocsin/shared';
import { useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog } from '../../components/ui/dialog.tsx';
import { InlineError } from '../../components/ui/notice.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { useCan } from '../../lib/session.ts';
import { queryClient, trpc, type Outputs } from '../../lib/trpc.ts';
import { useCallKey } from '../../lib/use-call-key.ts';

/** Sends the event to one webhook again, after a confirmation. Nothing if the webhook never got it. */
export function ResendButton({
  eventId,
  eventType,
  verdict: { verdict, webhookId, url, deliveryId },
}: {
  readonly eventId: string;
  readonly eventType: string;
  readonly verdict: Outputs['events']['explain']['verdicts'][number];
}) {
  const can = useCan();
  const withKey = useCallKey();
  const [isOpen, setOpen] = useState(false);
  const retry = useMutation(
    trpc.deliveries.retry.mutationOptions({
      onSuccess: async ({ reason }) => {
        await queryClient.invalidateQueries(trpc.events.explain.queryFilter({ id: eventId }));
        setOpen(false);
        toast(
          reason === 'webhook_disabled'
            ? 'Scheduled. It is sent once the webhook is enabled.'
            : 'Sent to this webhook again.',
        );
      },
    }),
  );
  if (deliveryId === null || verdict === 'deleted' || !can('deliveries:write')) return null;
  const name = url === null ? webhookId : maskUrl(url);
  return (
    <>
      <Button size="small" variant="ghost" className="h-6! px-1.5!" onClick={() => setOpen(true)}>
        Send to this webhook again
      </Button>
      <Dialog
        title="Send to this webhook again?"
        description={
          <>
            <bdi className="font-mono text-[0.8667rem] break-all text-ink">{name}</bdi> gets {eventType} once
            more, with the same webhook-id. No other webhook gets it.
          </>
        }
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <div className="flex flex-col gap-3">
          <InlineError error={retry.error} />
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Keep as it is</Button>
            <Button
              variant="primary"
              loading={retry.isPending}
              onClick={() => retry.mutate(withKey({ id: deliveryId }))}
            >
              Send again
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
