import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CountStatus } from '../../../components/ui/count-status.tsx';
import { FormDialog } from '../../../components/ui/form-dialog.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { TimeField } from '../../../components/ui/time-field.tsx';
import { formatCount, isoFromDateTimeInput, pluralize, toDateTimeInput } from '../../../lib/format.ts';
import { countBacklog, type Backlog } from '../count-backlog.ts';

const dayMs = 86_400_000;

const options = [
  { value: 'send', label: 'Send all pending deliveries' },
  { value: 'since', label: 'Send deliveries after a time, cancel the rest' },
  { value: 'cancel', label: 'Cancel all pending deliveries' },
] as const;

/** Asks whether to send or cancel the deliveries that are pending for a disabled webhook. */
export function EnableDialog({
  webhookId,
  backlogCount,
  loading,
  error,
  onEnable,
  onClose,
}: {
  readonly webhookId: string;
  readonly backlogCount: number;
  readonly loading: boolean;
  readonly error: unknown;
  readonly onEnable: (backlog: Backlog) => void;
  readonly onClose: () => void;
}) {
  const [choice, setChoice] = useState<(typeof options)[number]['value']>('send');
  const [since, setSince] = useState(() => toDateTimeInput(new Date(Date.now() - dayMs)));
  const start = isoFromDateTimeInput(since);
  const older = useQuery({
    queryKey: ['backlog before', webhookId, start],
    queryFn: () => countBacklog(webhookId, start),
    enabled: choice === 'since' && start !== undefined,
  });
  const cancelled = choice === 'send' ? 0 : choice === 'cancel' ? backlogCount : older.data;
  const isComplete = cancelled !== undefined && (choice !== 'since' || start !== undefined);
  return (
    <FormDialog
      title="Enable this webhook?"
      description={
        <>
          <b className="font-semibold tabular-nums">
            {pluralize(backlogCount, 'delivery is', 'deliveries are')}
          </b>{' '}
          pending. Choose whether to send them.
        </>
      }
      submitLabel={
        cancelled !== undefined && cancelled > 0
          ? `Enable and cancel ${pluralize(cancelled, 'delivery', 'deliveries')}`
          : 'Enable and send'
      }
      cancelLabel="Keep disabled"
      canSubmit={isComplete}
      loading={loading}
      error={error}
      onSubmit={() => isComplete && onEnable(choice === 'since' ? { since: start ?? '' } : choice)}
      onClose={onClose}
    >
      <SelectField label="Pending deliveries" value={choice} options={options} onChange={setChoice} />
      {choice === 'since' && (
        <TimeField label="Send deliveries after" required value={since} onChange={setSince} />
      )}
      <CountStatus error={older.error} loading={cancelled === undefined}>
        {cancelled !== undefined &&
          `${formatCount(Math.max(0, backlogCount - cancelled))} will be sent, ${formatCount(cancelled)} will be cancelled.`}
      </CountStatus>
    </FormDialog>
  );
}
