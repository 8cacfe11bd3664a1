import { useMutation, useQuery } from '@tanstack/react-query';
import type { IncidentView } from '@tocsin/shared';
import { useState } from 'react';
import { CountStatus } from '../../components/ui/count-status.tsx';
import { ConfirmDialog } from '../../components/ui/dialog.tsx';
import { Field } from '../../components/ui/field.tsx';
import { FormDialog } from '../../components/ui/form-dialog.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { pluralize } from '../../lib/format.ts';
import { client, queryClient, trpc } from '../../lib/trpc.ts';
import { useCallKey } from '../../lib/use-call-key.ts';

interface DialogProps {
  readonly incident: IncidentView;
  readonly onClose: () => void;
}

const maxNoteLength = 1_000;

export function DisableDialog({ incident, onClose }: DialogProps) {
  const disable = useMutation(
    trpc.webhooks.update.mutationOptions({
      onSuccess: () => {
        void queryClient.invalidateQueries(trpc.incidents.pathFilter());
        toast('Webhook disabled. Its deliveries stay pending.');
        onClose();
      },
    }),
  );
  return (
    <ConfirmDialog
      open
      title="Disable the webhook?"
      confirmLabel="Disable"
      loading={disable.isPending}
      error={disable.error}
      onConfirm={() => disable.mutate({ id: incident.webhookId, enabled: false })}
      onClose={onClose}
    >
      Nothing is sent to it until it is enabled again. New events make no deliveries for it.{' '}
      {incident.waiting > 0 &&
        `${pluralize(incident.waiting, 'delivery', 'deliveries')} that wait stay pending.`}
    </ConfirmDialog>
  );
}

export function NoteDialog({ incident, onClose }: DialogProps) {
  const [note, setNote] = useState(incident.note ?? '');
  const save = useMutation(
    trpc.incidents.note.mutationOptions({
      onSuccess: () => {
        void queryClient.invalidateQueries(trpc.incidents.pathFilter());
        toast('Note saved.');
        onClose();
      },
    }),
  );
  const text = note.trim();
  return (
    <FormDialog
      title="Note"
      description="For operators. Everybody who can view this incident sees it."
      submitLabel="Save note"
      loading={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate({ id: incident.id, note: text === '' ? null : text })}
      onClose={onClose}
    >
      <Field label="Note" hint="Leave empty to remove the note.">
        {(ids) => (
          <textarea
            {...ids}
            className="field min-h-24"
            maxLength={maxNoteLength}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}

/** Replays what failed for good since the incident began. Shows how many before anything is sent. */
export function ReplayFailedDialog({ incident, onClose }: DialogProps) {
  const withKey = useCallKey();
  const input = { webhookId: incident.webhookId, since: incident.firstSeenAt, status: 'failed' } as const;
  const count = useQuery({
    queryKey: ['replay count', input],
    // With `dryRun` the mutation only counts.
    queryFn: () => client.deliveries.replay.mutate({ ...input, dryRun: true }),
    staleTime: 5_000,
  });
  const replay = useMutation(
    trpc.deliveries.replay.mutationOptions({
      onSuccess: (result) => {
        void queryClient.invalidateQueries(trpc.deliveries.replays.queryFilter());
        toast(`Replaying ${pluralize(result.count, 'delivery', 'deliveries')}.`);
        onClose();
      },
    }),
  );
  const number = count.data?.count ?? 0;
  return (
    <FormDialog
      title="Replay failed deliveries"
      description="Sends again what failed for good since this incident was first seen. Deliveries that wait are sent by themselves."
      submitLabel={number > 0 ? `Replay ${pluralize(number, 'delivery', 'deliveries')}` : 'Replay'}
      canSubmit={number > 0}
      loading={replay.isPending}
      error={replay.error}
      onSubmit={() => replay.mutate(withKey(input))}
      onClose={onClose}
    >
      <CountStatus error={count.error} loading={count.data === undefined}>
        {number === 0
          ? 'No delivery to this webhook has failed for good.'
          : `${pluralize(number, 'delivery matches', 'deliveries match')}.`}
      </CountStatus>
    </FormDialog>
  );
}
