import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CountStatus } from '../../../components/ui/count-status.tsx';
import { FormDialog } from '../../../components/ui/form-dialog.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { TimeField } from '../../../components/ui/time-field.tsx';
import { toast } from '../../../components/ui/toast.tsx';
import { pluralize, isoFromDateTimeInput, toDateTimeInput } from '../../../lib/format.ts';
import { client, queryClient, trpc, type Inputs } from '../../../lib/trpc.ts';
import { useCallKey } from '../../../lib/use-call-key.ts';

type Input = Inputs['deliveries']['replay'];

const statuses = [
  { value: 'failed', label: 'Failed deliveries' },
  { value: 'cancelled', label: 'Cancelled deliveries' },
  { value: 'delivered', label: 'Successful deliveries' },
  { value: '', label: 'All deliveries' },
] as const;

/** Resends the events of a time range. Shows how many match before anything is sent. */
export function ReplayDialog({
  webhookId,
  onClose,
}: {
  readonly webhookId: string;
  readonly onClose: () => void;
}) {
  const [since, setSince] = useState(() => toDateTimeInput(new Date(Date.now() - 86_400_000)));
  const [until, setUntil] = useState('');
  const [status, setStatus] = useState<(typeof statuses)[number]['value']>('failed');
  const withKey = useCallKey();
  const start = isoFromDateTimeInput(since);
  const end = until === '' ? undefined : isoFromDateTimeInput(until);
  const input = {
    webhookId,
    since: start ?? '',
    ...(end !== undefined && { until: end }),
    ...(status !== '' && { status }),
  } as Input;
  const count = useQuery({
    queryKey: ['replay count', input],
    // With `dryRun` the mutation only counts.
    queryFn: () => client.deliveries.replay.mutate({ ...input, dryRun: true }),
    enabled: start !== undefined,
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
  const number = count.data?.count;
  const isAny = number !== undefined && number > 0;
  return (
    <FormDialog
      title="Replay deliveries"
      description="Resends events of a time range to this webhook, as new deliveries with the same webhook-id."
      submitLabel={isAny ? `Replay ${pluralize(number, 'delivery', 'deliveries')}` : 'Replay'}
      canSubmit={isAny}
      loading={replay.isPending}
      error={replay.error}
      onSubmit={() => replay.mutate(withKey(input))}
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TimeField label="From" required value={since} onChange={setSince} />
        <TimeField label="To" hint="Leave empty for now." value={until} onChange={setUntil} />
      </div>
      <SelectField label="Status" value={status} options={statuses} onChange={setStatus} />
      <CountStatus error={count.error} loading={number === undefined}>
        {isAny ? (
          <>
            <b className="font-semibold tabular-nums">{pluralize(number, 'delivery', 'deliveries')}</b> will
            be replayed.
          </>
        ) : (
          'No deliveries match.'
        )}
      </CountStatus>
    </FormDialog>
  );
}
