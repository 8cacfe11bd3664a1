import { useMutation, useQuery } from '@tanstack/react-query';
import type { DeliveryFilter } from '@tocsin/shared';
import { useRef, useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { CountStatus } from '../../../components/ui/count-status.tsx';
import { Dialog } from '../../../components/ui/dialog.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { formatCount, pluralize } from '../../../lib/format.ts';
import { client, queryClient, trpc } from '../../../lib/trpc.ts';
import { useCallKey } from '../../../lib/use-call-key.ts';
import {
  changeInBatches,
  collectMatching,
  maxCollected,
  noProgress,
  type Collected,
} from './change-matching.ts';
import { actionTexts, countDeliveries, toDoneText, type ManyAction } from './change-text.ts';
import { SkippedList, Targets } from './targets.tsx';

/** Retries or cancels all deliveries that match any filters, in batches, after it has counted them. */
export function ChangeCollectedDialog({
  filter,
  action,
  onDone,
  onClose,
}: {
  readonly filter: DeliveryFilter;
  readonly action: ManyAction;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  // The start of a period moves on while the dialog is open.
  const [frozen] = useState(filter);
  const { collected, count } = useCollected(frozen, action);
  const run = useBatches(action, collected.data?.deliveries ?? []);
  const { progress, total } = run;
  const isEnded = progress.done > 0 && (progress.done === total || run.isStopped) && !run.change.isPending;
  const close = () => {
    run.stop();
    if (progress.done > 0) onDone();
    onClose();
  };
  return (
    <Dialog
      title={action === 'retry' ? 'Send all that match again?' : 'Cancel all that match?'}
      description={actionTexts[action]}
      open
      onClose={close}
    >
      <div className="flex flex-col gap-4">
        {progress.done === 0 && !run.change.isPending ? (
          <Counted collected={collected.data} error={collected.error} count={count} />
        ) : (
          <Progress action={action} {...run} isEnded={isEnded} />
        )}
        <InlineError error={run.change.error} />
        <div className="flex justify-end gap-2">
          {run.change.isPending ? (
            <Button onClick={run.stop}>Stop</Button>
          ) : (
            <Button onClick={close}>
              {progress.done > 0 ? 'Close' : action === 'retry' ? 'Cancel' : 'Keep'}
            </Button>
          )}
          {!isEnded && (
            <Button
              variant={action === 'retry' ? 'primary' : 'danger'}
              loading={run.change.isPending}
              disabled={total === 0}
              onClick={() => run.change.mutate()}
            >
              {toLabel(action, total - progress.done)}
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function toLabel(action: ManyAction, count: number): string {
  return `${action === 'retry' ? 'Retry' : 'Cancel'} ${count > 0 ? countDeliveries(count) : 'deliveries'}`;
}

/** Only pending deliveries can be cancelled. */
function useCollected(filter: DeliveryFilter, action: ManyAction) {
  const [count, setCount] = useState(0);
  const collected = useQuery({
    queryKey: ['collected deliveries', filter, action],
    queryFn: async ({ signal }) => {
      const status = action === 'cancel' ? 'pending' : filter.status;
      return await collectMatching(
        async (page) => await client.deliveries.list.query({ ...filter, status, ...page }, { signal }),
        setCount,
      );
    },
    // What the user has confirmed must not change while it is done.
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  return { collected, count };
}

function useBatches(action: ManyAction, deliveries: Collected['deliveries']) {
  const withKey = useCallKey();
  const isStopping = useRef(false);
  const [progress, setProgress] = useState(noProgress);
  const [isStopped, setStopped] = useState(false);
  const change = useMutation({
    mutationFn: async () => {
      isStopping.current = false;
      const procedure = action === 'retry' ? client.deliveries.retryMany : client.deliveries.cancelMany;
      await changeInBatches(
        deliveries.map(({ id }) => id),
        async (ids) => await procedure.mutate(withKey({ ids: [...ids] })),
        progress,
        (next) => {
          setProgress(next);
          return !isStopping.current;
        },
      );
    },
    onSettled: () => {
      setStopped(isStopping.current);
      void queryClient.invalidateQueries(trpc.deliveries.pathFilter());
    },
  });
  return {
    change,
    progress,
    isStopped,
    total: deliveries.length,
    /** After the batch that is under way. */
    stop: () => {
      isStopping.current = true;
    },
  };
}

function Counted({
  collected,
  error,
  count,
}: {
  readonly collected: Collected | undefined;
  readonly error: unknown;
  readonly count: number;
}) {
  const deliveries = collected?.deliveries ?? [];
  const delivered = deliveries.filter(({ status }) => status === 'delivered').length;
  return (
    <>
      <CountStatus error={error} loading={collected === undefined}>
        {collected === undefined ? (
          `${formatCount(count)} so far`
        ) : deliveries.length === 0 ? (
          'No delivery matches.'
        ) : (
          <>
            <b className="font-semibold tabular-nums">{countDeliveries(deliveries.length)}</b> to{' '}
            {pluralize(new Set(deliveries.map(({ webhookId }) => webhookId)).size, 'webhook')}.
            {delivered > 0 && ` ${formatCount(delivered)} of them were delivered already.`}
            {collected.hasMore &&
              ` These are the newest ${formatCount(maxCollected)}; more match. Repeat it for the others, or narrow the filters.`}
          </>
        )}
      </CountStatus>
      {deliveries.length > 0 && <Targets deliveries={deliveries} />}
    </>
  );
}

function Progress({
  action,
  progress: { done, changed, skipped },
  total,
  isEnded,
}: Pick<ReturnType<typeof useBatches>, 'progress' | 'total'> & {
  readonly action: ManyAction;
  readonly isEnded: boolean;
}) {
  return (
    <div role="status" className="flex flex-col gap-2.5 text-[0.9333rem]">
      <p className="font-medium tabular-nums">
        {isEnded ? toDoneText(action, changed) : `${formatCount(done)} of ${formatCount(total)}`}
        {isEnded && done < total && ` ${formatCount(total - done)} were left as they are.`}
      </p>
      <progress value={done} max={total} aria-label="Progress" className="h-1.5 w-full accent-accent" />
      {skipped.size > 0 && <SkippedList skipped={skipped} />}
    </div>
  );
}
