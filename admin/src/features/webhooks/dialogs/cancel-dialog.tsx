import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CountStatus } from '../../../components/ui/count-status.tsx';
import { FormDialog } from '../../../components/ui/form-dialog.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { TimeField } from '../../../components/ui/time-field.tsx';
import { toast } from '../../../components/ui/toast.tsx';
import { counted, fromLocalInput } from '../../../lib/format.ts';
import { client, queryClient, trpc, type Inputs } from '../../../lib/trpc.ts';

type Input = Inputs['deliveries']['cancel'];

/** A call ends after some seconds; the count above the button falls meanwhile. */
async function cancelAll(input: Input): Promise<number> {
  let count = 0;
  for (;;) {
    const result = await client.deliveries.cancel.mutate(input);
    count += result.count;
    if (result.remaining === 0 || result.count === 0) return count;
  }
}

/** Cancels what waits for a webhook. How much that is comes first; the button then says it. */
export function CancelDialog({
  webhookId,
  types,
  onClose,
}: {
  readonly webhookId: string;
  readonly types: readonly string[];
  readonly onClose: () => void;
}) {
  const [since, setSince] = useState('');
  const [until, setUntil] = useState('');
  const [type, setType] = useState('');
  const start = fromLocalInput(since);
  const end = fromLocalInput(until);
  const input = {
    webhookId,
    ...(start !== undefined && { since: start }),
    ...(end !== undefined && { until: end }),
    ...(type !== '' && { events: [type] }),
  } as Input;
  const count = useQuery({
    queryKey: ['cancel count', input],
    // A mutation by nature; with dryRun it only counts.
    queryFn: () => client.deliveries.cancel.mutate({ ...input, dryRun: true }),
    refetchInterval: 5_000,
  });
  const cancel = useMutation({
    mutationFn: cancelAll,
    onSuccess: (cancelled) => {
      toast(`${counted(cancelled, 'delivery was', 'deliveries were')} cancelled.`);
      onClose();
    },
    onSettled: () => void queryClient.invalidateQueries(trpc.deliveries.list.queryFilter()),
  });
  const number = count.data?.count;
  const underWay = count.data?.underWay ?? 0;
  const isAny = number !== undefined && number > 0;
  return (
    <FormDialog
      title="Cancel what waits"
      description="Pending deliveries of this webhook are not tried again. Each can still be sent by a retry or a replay."
      action={isAny ? `Cancel ${counted(number, 'delivery', 'deliveries')}` : 'Cancel them'}
      dismissal="Close"
      look="danger"
      isReady={isAny}
      isBusy={cancel.isPending}
      error={cancel.error}
      onSubmit={() => cancel.mutate(input)}
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TimeField label="From" hint="Empty: from the first" value={since} onChange={setSince} />
        <TimeField label="To" hint="Empty: until now" value={until} onChange={setUntil} />
      </div>
      <SelectField
        label="Event"
        value={type}
        choices={[{ value: '', text: 'All of them' }, ...types.map((name) => ({ value: name, text: name }))]}
        onChange={setType}
      />
      <CountStatus error={count.error} isCounted={number !== undefined}>
        {isAny ? (
          <>
            <b className="font-semibold tabular-nums">{counted(number, 'delivery', 'deliveries')}</b> will not
            be sent.
          </>
        ) : (
          'Nothing waits.'
        )}
        {underWay > 0 &&
          ` ${counted(underWay, 'more is', 'more are')} under way at this moment and left alone.`}
      </CountStatus>
    </FormDialog>
  );
}
