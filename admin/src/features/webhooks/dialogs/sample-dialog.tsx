import { useMutation } from '@tanstack/react-query';
import { toReasonLabel, isEventPattern, type WebhookView } from '@tocsin/shared';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { EventTypeCombobox } from '../../../components/event-type-combobox.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { FormDialog } from '../../../components/ui/form-dialog.tsx';
import { useApp } from '../../../lib/apps.ts';
import { formatDuration } from '../../../lib/format.ts';
import { trpc } from '../../../lib/trpc.ts';

/** Sends the example of an event type to one webhook only. */
export function SampleDialog({
  webhook,
  onClose,
}: {
  readonly webhook: WebhookView;
  readonly onClose: () => void;
}) {
  const { id, appId, events } = webhook;
  const [type, setType] = useState(() => events.find((entry) => !isEventPattern(entry)) ?? '');
  const app = useApp(appId);
  const send = useMutation(trpc.webhooks.sendSample.mutationOptions());
  return (
    <FormDialog
      title="Send a sample event"
      description="Sends the example of an event type to this webhook only: signed like a delivery, and marked as a sample. No other webhook and no feed gets it."
      submitLabel={send.data === undefined ? 'Send sample' : 'Send again'}
      cancelLabel="Close"
      canSubmit={type !== ''}
      loading={send.isPending}
      error={send.error}
      onSubmit={() => send.mutate({ id, event: type })}
      onClose={onClose}
    >
      <Field label="Event type">
        {(ids) => (
          <EventTypeCombobox
            ids={ids}
            value={type}
            accountId={app?.accountId}
            onSelect={(chosen) => {
              setType(chosen);
              send.reset();
            }}
          />
        )}
      </Field>
      <p role="status" className="flex min-h-6 items-start gap-1.5 text-[0.9333rem]">
        {send.data !== undefined && (
          <>
            {send.data.delivered ? (
              <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
            ) : (
              <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
            )}
            <span>
              {send.data.delivered ? 'The endpoint accepted it' : 'The endpoint did not accept it'}
              {send.data.statusCode !== null && ` with ${send.data.statusCode}`} after{' '}
              {formatDuration(send.data.durationMs)}.
              {send.data.reason !== null && ` ${toReasonLabel(send.data.reason)}.`}
            </span>
          </>
        )}
      </p>
    </FormDialog>
  );
}
