import { useMutation } from '@tanstack/react-query';
import type { WebhookView } from '@tocsin/shared';
import { useState } from 'react';
import { FormDialog } from '../../../components/ui/form-dialog.tsx';
import { SecretDialog } from '../../../components/ui/secret-dialog.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { queryClient, trpc } from '../../../lib/trpc.ts';

const overlaps = [
  { value: 24, text: 'for 24 hours' },
  { value: 72, text: 'for 3 days' },
  { value: 168, text: 'for 7 days' },
  { value: 0, text: 'not at all: it leaked' },
] as const;

export function RotateDialog({
  webhook,
  onClose,
}: {
  readonly webhook: WebhookView;
  readonly onClose: () => void;
}) {
  const [hours, setHours] = useState<(typeof overlaps)[number]['value']>(24);
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
    <FormDialog
      title="Rotate the secret"
      description="A new secret is made. While the old one stays in force, each request is signed with both, so a receiver can change at any moment."
      action="Rotate"
      isBusy={rotate.isPending}
      error={rotate.error}
      onSubmit={() => rotate.mutate({ id: webhook.id, overlapHours: hours })}
      onClose={onClose}
    >
      <SelectField
        label="The old secret stays in force"
        value={hours}
        choices={overlaps}
        onChange={setHours}
      />
    </FormDialog>
  );
}
