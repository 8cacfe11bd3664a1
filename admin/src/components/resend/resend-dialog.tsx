import { useMutation } from '@tanstack/react-query';
import type { WebhookView } from '@tocsin/shared';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useCan } from '../../lib/session.ts';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { useCallKey } from '../../lib/use-call-key.ts';
import { Field } from '../ui/field.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { toast } from '../ui/toast.tsx';
import { toWebhookTitle, WebhookCombobox } from './webhook-combobox.tsx';

export interface ResentEvent {
  readonly id: string;
  readonly event: string;
  readonly appId: string;
}

/** Asks before an event is sent to one webhook of its app, which the user chooses unless it is given. */
export function ResendDialog({
  event,
  webhook,
  onClose,
}: {
  readonly event: ResentEvent;
  /** The only choice. Undefined: any webhook of the app. */
  readonly webhook?: { readonly id: string; readonly title: string } | undefined;
  readonly onClose: () => void;
}) {
  const can = useCan();
  const withKey = useCallKey();
  const [, navigate] = useLocation();
  const [chosen, setChosen] = useState(webhook?.id ?? '');
  const [details, setDetails] = useState<WebhookView>();
  const resend = useMutation(
    trpc.deliveries.resend.mutationOptions({
      onSuccess: ({ id }) => {
        void queryClient.invalidateQueries(trpc.events.pathFilter());
        void queryClient.invalidateQueries(trpc.deliveries.pathFilter());
        toast(`${event.event} is being sent to ${title}.`);
        onClose();
        if (webhook === undefined && can('deliveries:read')) navigate(`/deliveries/${id}`);
      },
    }),
  );
  const title = webhook?.title ?? (details === undefined ? chosen : toWebhookTitle(details));
  const isDisabled = details?.enabled === false;
  return (
    <FormDialog
      title={webhook === undefined ? 'Send this event to a webhook?' : 'Send this event to the webhook?'}
      submitLabel="Send event"
      canSubmit={chosen !== '' && !isDisabled}
      loading={resend.isPending}
      error={resend.error}
      onSubmit={() => resend.mutate(withKey({ eventId: event.id, webhookId: chosen }))}
      onClose={onClose}
    >
      {webhook === undefined && (
        <Field label="Webhook of the same app">
          {(ids) => (
            <WebhookCombobox
              ids={ids}
              appId={event.appId}
              value={chosen}
              onSelect={(id, found) => {
                setChosen(id);
                setDetails(found);
                resend.reset();
              }}
            />
          )}
        </Field>
      )}
      <p className="min-h-11 text-[0.9333rem] text-ink-2" aria-live="polite">
        {isDisabled ? (
          <>
            <Name>{title}</Name> is disabled, so nothing can be sent to it. Enable it first.
          </>
        ) : (
          <>
            {chosen === '' ? 'The webhook' : <Name>{title}</Name>} gets{' '}
            <code className="font-mono text-[0.8667rem] wrap-anywhere text-ink">{event.event}</code> now,
            whatever it is subscribed to. It has the same webhook-id as for other webhooks, which get nothing.
          </>
        )}
      </p>
    </FormDialog>
  );
}

function Name({ children }: { readonly children: string }) {
  return <bdi className="font-medium break-words text-ink">{children}</bdi>;
}
