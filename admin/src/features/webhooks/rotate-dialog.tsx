import { useMutation } from '@tanstack/react-query';
import type { WebhookView } from '@tocsin/shared';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { InlineError } from '../../components/notice.tsx';
import { SecretDialog } from '../../components/secret-dialog.tsx';
import { queryClient, trpc } from '../../lib/trpc.ts';

const overlaps = [
  { hours: 24, text: 'for 24 hours' },
  { hours: 72, text: 'for 3 days' },
  { hours: 168, text: 'for 7 days' },
  { hours: 0, text: 'not at all: it leaked' },
] as const;

export function RotateDialog({
  webhook,
  onClose,
}: {
  readonly webhook: WebhookView;
  readonly onClose: () => void;
}) {
  const [hours, setHours] = useState(24);
  const rotate = useMutation(
    trpc.webhooks.rotateSecret.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.webhooks.get.queryFilter({ id: webhook.id })),
    }),
  );
  if (rotate.data !== undefined) {
    return (
      <SecretDialog
        title={rotate.data.publicKey === null ? 'The new secret' : 'The new public key'}
        secret={rotate.data.publicKey ?? rotate.data.secret}
        onClose={onClose}
      >
        {hours === 0
          ? 'Requests are signed with it from now on, and with nothing else. It is shown this once.'
          : 'Give it to the receiver while the old one is still in force. It is shown this once.'}
      </SecretDialog>
    );
  }
  return (
    <Dialog
      title="Rotate the secret"
      description="A new secret is made. While the old one stays in force, each request is signed with both, so a receiver can change at any moment."
      isOpen
      onClose={onClose}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          rotate.mutate({ id: webhook.id, overlapHours: hours });
        }}
      >
        <Field label="The old secret stays in force">
          {(ids) => (
            <select
              {...ids}
              className="field"
              value={hours}
              onChange={(event) => setHours(Number(event.target.value))}
            >
              {overlaps.map((each) => (
                <option key={each.hours} value={each.hours}>
                  {each.text}
                </option>
              ))}
            </select>
          )}
        </Field>
        <InlineError error={rotate.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={rotate.isPending}>
            Rotate
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
