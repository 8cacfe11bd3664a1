import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CountStatus } from '../../../components/ui/count-status.tsx';
import { FormDialog } from '../../../components/ui/form-dialog.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { TimeField } from '../../../components/ui/time-field.tsx';
import { toast } from '../../../components/ui/toast.tsx';
import { pluralize, isoFromDateTimeInput } from '../../../lib/format.ts';
import { client, queryClient, trpc, type Inputs } from '../../../lib/trpc.ts';

type Input = Inputs['deliveries']['cancel'];

/** Repeats the call until nothing is left, because one call only cancels for a few seconds. */
async function cancelAll(input: Input): Promise<number> {
  let count = 0;
  for (;;) {
    const result = await client.deliveries.cancel.mutate(input);
    count += result.count;
    if (result.remaining === 0 || result.count === 0) return count;
  }
}

/** Cancels the pending deliveries of a webhook. Shows how many match before anything is cancelled. */
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
  const start = isoFromDateTimeInput(since);
  const end = isoFromDateTimeInput(until);
  const input = {
    webhookId,
    ...(start !== undefined && { since: start }),
    ...(end !== undefined && { until: end }),
    ...(type !== '' && { events: [type] }),
  } as Input;
  const count = useQuery({
    queryKey: ['cancel count', input],
    // With `dryRun` the mutation only counts.
    queryFn: () => client.deliveries.cancel.mutate({ ...input, dryRun: true }),
    refetchInterval: 5_000,
  });
  const cancel = useMutation({
    mutationFn: cancelAll,
    onSuccess: (cancelled) => {
      toast(`${pluralize(cancelled, 'delivery was', 'deliveries were')} cancelled.`);
      onClose();
    },
    onSettled: () => void queryClient.invalidateQueries(trpc.deliveries.list.queryFilter()),
  });
  const number = count.data?.count;
  const inProgress = count.data?.underWay ?? 0;
  const isAny = number !== undefined && number > 0;
  return (
    <FormDialog
      title="Cancel pending deliveries"
      description="No further attempts are made for these deliveries. You can still retry or replay them later."
      submitLabel={isAny ? `Cancel ${pluralize(number, 'delivery', 'deliveries')}` : 'Cancel deliveries'}
      cancelLabel="Close"
      variant="danger"
      canSubmit={isAny}
      loading={cancel.isPending}
      error={cancel.error}
      onSubmit={() => cancel.mutate(input)}
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TimeField label="From" hint="Leave empty for no start time." value={since} onChange={setSince} />
        <TimeField label="To" hint="Leave empty for now." value={until} onChange={setUntil} />
      </div>
      <SelectField
        label="Event"
        value={type}
        options={[{ value: '', label: 'All events' }, ...types.map((name) => ({ value: name, label: name }))]}
        onChange={setType}
      />
      <CountStatus error={count.error} loading={number === undefined}>
        {isAny ? (
          <>
            <b className="font-semibold tabular-nums">{pluralize(number, 'delivery', 'deliveries')}</b> will
            be cancelled.
          </>
        ) : (
          'No pending deliveries.'
        )}
        {inProgress > 0 &&
          ` ${pluralize(inProgress, 'delivery is', 'deliveries are')} in progress and cannot be cancelled.`}
      </CountStatus>
    </FormDialog>
  );
}
