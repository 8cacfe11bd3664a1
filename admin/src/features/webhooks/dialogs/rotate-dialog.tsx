import { useMutation } from '@tanstack/react-query';
import type { WebhookView } from '@tocsin/shared';
import { useState } from 'react';
import { FormDialog } from '../../../components/ui/form-dialog.tsx';
import { SecretDialog } from '../../../components/ui/secret-dialog.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { queryClient, trpc } from '../../../lib/trpc.ts';
import { useCallKey } from '../../../lib/use-call-key.ts';

const expiries = [
  { value: 24, label: 'After 24 hours' },
  { value: 72, label: 'After 3 days' },
  { value: 168, label: 'After 7 days' },
  { value: 0, label: 'Immediately (the secret leaked)' },
] as const;

export function RotateDialog({
  webhook,
  onRotated,
  onClose,
}: {
  readonly webhook: WebhookView;
  /** Called when the new secret was seen. */
  readonly onRotated: (() => void) | undefined;
  readonly onClose: () => void;
}) {
  const [hours, setHours] = useState<(typeof expiries)[number]['value']>(24);
  const withKey = useCallKey();
  const rotate = useMutation(
    trpc.webhooks.rotateSecret.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.webhooks.get.queryFilter({ id: webhook.id })),
    }),
  );
  if (rotate.data !== undefined) {
    return (
      <SecretDialog
        title={rotate.data.publicKey === null ? 'New secret' : 'New public key'}
        secret={rotate.data.publicKey ?? rotate.data.secret}
        onClose={() => {
          onClose();
          onRotated?.();
        }}
      >
        {hours === 0
          ? 'The previous secret has expired. Copy the new one now: it is shown only once.'
          : 'Update the receiver before the previous secret expires. Copy the new one now: it is shown only once.'}
      </SecretDialog>
    );
  }
  return (
    <FormDialog
      title="Rotate secret"
      description="This creates a new secret. Until the previous secret expires, each request is signed with both, so the receiver can switch at any time."
      submitLabel="Rotate secret"
      loading={rotate.isPending}
      error={rotate.error}
      onSubmit={() => rotate.mutate(withKey({ id: webhook.id, overlapHours: hours }))}
      onClose={onClose}
    >
      <SelectField label="Previous secret expires" value={hours} options={expiries} onChange={setHours} />
    </FormDialog>
  );
}
