import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { InlineError } from '../../components/notice.tsx';
import { toast } from '../../components/toast.tsx';
import { counted, fromLocalInput, toLocalInput } from '../../lib/format.ts';
import { client, queryClient, trpc, type Inputs } from '../../lib/trpc.ts';

type Input = Inputs['deliveries']['replay'];

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
  const [status, setStatus] = useState<'failed' | 'delivered' | 'cancelled' | ''>('failed');
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
  return (
    <Dialog
      title="Replay a time range"
      description="Events of this time are sent to this webhook again, as new deliveries with the same webhook-id."
      isOpen
      onClose={onClose}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          replay.mutate(input);
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="From">
            {(ids) => (
              <input
                {...ids}
                type="datetime-local"
                required
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
        <Field label="Which">
          {(ids) => (
            <select
              {...ids}
              className="field"
              value={status}
              onChange={(event) => setStatus(event.target.value as typeof status)}
            >
              <option value="failed">Those that failed</option>
              <option value="cancelled">Those that were cancelled</option>
              <option value="delivered">Those that were delivered</option>
              <option value="">All of them</option>
            </select>
          )}
        </Field>
        <div role="status" className="min-h-6 text-[0.9333rem]">
          {count.error !== null ? (
            <InlineError error={count.error} />
          ) : number === undefined ? (
            <span className="text-ink-3">Counting…</span>
          ) : number === 0 ? (
            'There is nothing to replay in this time.'
          ) : (
            <>
              <b className="font-semibold tabular-nums">{counted(number, 'delivery', 'deliveries')}</b> will
              be sent again.
            </>
          )}
        </div>
        <InlineError error={replay.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            isBusy={replay.isPending}
            disabled={number === undefined || number === 0}
          >
            {number === undefined || number === 0
              ? 'Replay'
              : `Replay ${counted(number, 'delivery', 'deliveries')}`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
