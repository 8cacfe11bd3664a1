import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { InlineError } from '../../components/notice.tsx';
import { toast } from '../../components/toast.tsx';
import { counted, fromLocalInput } from '../../lib/format.ts';
import { client, queryClient, trpc, type Inputs } from '../../lib/trpc.ts';

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
  return (
    <Dialog
      title="Cancel what waits"
      description="Pending deliveries of this webhook are not tried again. Each can still be sent by a retry or a replay."
      isOpen
      onClose={onClose}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          cancel.mutate(input);
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="From" hint="Empty: from the first">
            {(ids) => (
              <input
                {...ids}
                type="datetime-local"
                className="field"
                value={since}
                onChange={(event) => setSince(event.target.value)}
              />
            )}
          </Field>
          <Field label="To" hint="Empty: until now">
            {(ids) => (
              <input
                {...ids}
                type="datetime-local"
                className="field"
                value={until}
                onChange={(event) => setUntil(event.target.value)}
              />
            )}
          </Field>
        </div>
        <Field label="Event">
          {(ids) => (
            <select {...ids} className="field" value={type} onChange={(event) => setType(event.target.value)}>
              <option value="">All of them</option>
              {types.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </Field>
        <div role="status" className="min-h-6 text-[0.9333rem]">
          {count.error !== null ? (
            <InlineError error={count.error} />
          ) : number === undefined ? (
            <span className="text-ink-3">Counting…</span>
          ) : number === 0 ? (
            'Nothing waits.'
          ) : (
            <>
              <b className="font-semibold tabular-nums">{counted(number, 'delivery', 'deliveries')}</b> will
              not be sent.
            </>
          )}
          {underWay > 0 &&
            ` ${counted(underWay, 'more is', 'more are')} under way at this moment and left alone.`}
        </div>
        <InlineError error={cancel.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button
            type="submit"
            look="danger"
            isBusy={cancel.isPending}
            disabled={number === undefined || number === 0}
          >
            {number === undefined || number === 0
              ? 'Cancel them'
              : `Cancel ${counted(number, 'delivery', 'deliveries')}`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
