import { useState } from 'react';
import { ResendDialog } from '../../components/resend/resend-dialog.tsx';
import { toWebhookTitle } from '../../components/resend/webhook-combobox.tsx';
import { Button } from '../../components/ui/button.tsx';
import { useCan } from '../../lib/session.ts';
import type { Outputs } from '../../lib/trpc.ts';

/** Sends the event to the webhook of a verdict, after a confirmation. Nothing if the webhook was deleted. */
export function ResendButton({
  event,
  verdict: { verdict, webhookId, url, description, deliveryId },
}: {
  readonly event: Outputs['events']['explain']['event'];
  readonly verdict: Outputs['events']['explain']['verdicts'][number];
}) {
  const can = useCan();
  const [isOpen, setOpen] = useState(false);
  if (url === null || verdict === 'no_record' || !can('deliveries:write')) return null;
  return (
    <>
      <Button
        size="small"
        variant="ghost"
        className="h-6! px-1.5! first:-ml-1.5"
        onClick={() => setOpen(true)}
      >
        {deliveryId === null ? 'Send to this webhook' : 'Send to this webhook again'}
      </Button>
      {isOpen && (
        <ResendDialog
          event={event}
          webhook={{ id: webhookId, title: toWebhookTitle({ url, description }) }}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
