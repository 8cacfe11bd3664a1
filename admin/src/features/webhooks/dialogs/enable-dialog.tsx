import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CountStatus } from '../../../components/ui/count-status.tsx';
import { FormDialog } from '../../../components/ui/form-dialog.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { TimeField } from '../../../components/ui/time-field.tsx';
import { count, counted, fromLocalInput, toLocalInput } from '../../../lib/format.ts';
import { client, type Inputs } from '../../../lib/trpc.ts';

export type Backlog = NonNullable<Inputs['webhooks']['update']['backlog']>;

/** What waits for a disabled webhook; also asked before it is decided whether there is anything to decide. */
export const countBacklog = async (webhookId: string, until?: string) =>
  (
    await client.deliveries.cancel.mutate({
      webhookId,
      dryRun: true,
      ...(until !== undefined && { until }),
    })
  ).count;

const dayMs = 86_400_000;

const choices = [
  { value: 'send', text: 'Send all of it' },
  { value: 'since', text: 'Send what is younger than a time, cancel the rest' },
  { value: 'cancel', text: 'Cancel all of it' },
] as const;

/** Asks what becomes of the deliveries that waited while a webhook was disabled. */
export function EnableDialog({
  webhookId,
  waiting,
  isBusy,
  error,
  onEnable,
  onClose,
}: {
  readonly webhookId: string;
  readonly waiting: number;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onEnable: (backlog: Backlog) => void;
  readonly onClose: () => void;
}) {
  const [choice, setChoice] = useState<(typeof choices)[number]['value']>('send');
  const [since, setSince] = useState(() => toLocalInput(new Date(Date.now() - dayMs)));
  const start = fromLocalInput(since);
  const older = useQuery({
    queryKey: ['backlog before', webhookId, start],
    queryFn: () => countBacklog(webhookId, start),
    enabled: choice === 'since' && start !== undefined,
  });
  const cancelled = choice === 'send' ? 0 : choice === 'cancel' ? waiting : older.data;
  const isReady = cancelled !== undefined && (choice !== 'since' || start !== undefined);
  return (
    <FormDialog
      title="Enable this webhook?"
      description={
        <>
          <b className="font-semibold tabular-nums">{counted(waiting, 'delivery', 'deliveries')}</b> waited
          while it was disabled.
        </>
      }
      action={
        cancelled !== undefined && cancelled > 0
          ? `Enable and cancel ${counted(cancelled, 'delivery', 'deliveries')}`
          : 'Enable and send'
      }
      dismissal="Leave it disabled"
      isReady={isReady}
      isBusy={isBusy}
      error={error}
      onSubmit={() => isReady && onEnable(choice === 'since' ? { since: start ?? '' } : choice)}
      onClose={onClose}
    >
      <SelectField label="What waited" value={choice} choices={choices} onChange={setChoice} />
      {choice === 'since' && (
        <TimeField label="Send what came since" isRequired value={since} onChange={setSince} />
      )}
      <CountStatus error={older.error} isCounted={cancelled !== undefined}>
        {cancelled !== undefined &&
          `${count(Math.max(0, waiting - cancelled))} will be sent, ${count(cancelled)} cancelled.`}
      </CountStatus>
    </FormDialog>
  );
}
