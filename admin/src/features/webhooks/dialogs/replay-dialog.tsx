import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CountStatus } from '../../../components/ui/count-status.tsx';
import { FormDialog } from '../../../components/ui/form-dialog.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { TimeField } from '../../../components/ui/time-field.tsx';
import { toast } from '../../../components/ui/toast.tsx';
import { counted, fromLocalInput, toLocalInput } from '../../../lib/format.ts';
import { client, queryClient, trpc, type Inputs } from '../../../lib/trpc.ts';

type Input = Inputs['deliveries']['replay'];

const statuses = [
  { value: 'failed', text: 'Those that failed' },
  { value: 'cancelled', text: 'Those that were cancelled' },
  { value: 'delivered', text: 'Those that were delivered' },
  { value: '', text: 'All of them' },
] as const;

/** Sends a time range again. How much that is comes first; the button then says it. */
export function ReplayDialog({
  webhookId,
  onClose,
}: {
  readonly webhookId: string;
  readonly onClose: () => void;
}) {
  const [since, setSince] = useState(() => toLocalInput(new Date(Date.now() - 86_400_000)));
  const [until, setUntil] = useState('');
  const [status, setStatus] = useState<(typeof statuses)[number]['value']>('failed');
  const start = fromLocalInput(since);
  const end = until === '' ? undefined : fromLocalInput(until);
  const input = {
    webhookId,
    since: start ?? '',
    ...(end !== undefined && { until: end }),
    ...(status !== '' && { status }),
  } as Input;
  const count = useQuery({
    queryKey: ['replay count', input],
    // A mutation by nature; with dryRun it only counts.
    queryFn: () => client.deliveries.replay.mutate({ ...input, dryRun: true }),
    enabled: start !== undefined,
    staleTime: 5_000,
  });
  const replay = useMutation(
    trpc.deliveries.replay.mutationOptions({
      onSuccess: (result) => {
        void queryClient.invalidateQueries(trpc.deliveries.replays.queryFilter());
        toast(`${counted(result.count, 'delivery is', 'deliveries are')} being sent again.`);
        onClose();
      },
    }),
  );
  const number = count.data?.count;
  const isAny = number !== undefined && number > 0;
  return (
    <FormDialog
      title="Replay a time range"
      description="Events of this time are sent to this webhook again, as new deliveries with the same webhook-id."
      action={isAny ? `Replay ${counted(number, 'delivery', 'deliveries')}` : 'Replay'}
      isReady={isAny}
      isBusy={replay.isPending}
      error={replay.error}
      onSubmit={() => replay.mutate(input)}
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TimeField label="From" isRequired value={since} onChange={setSince} />
        <TimeField label="To" hint="Empty: until now" value={until} onChange={setUntil} />
      </div>
      <SelectField label="Which" value={status} choices={statuses} onChange={setStatus} />
      <CountStatus error={count.error} isCounted={number !== undefined}>
        {isAny ? (
          <>
            <b className="font-semibold tabular-nums">{counted(number, 'delivery', 'deliveries')}</b> will be
            sent again.
          </>
        ) : (
          'There is nothing to replay in this time.'
        )}
      </CountStatus>
    </FormDialog>
  );
}
