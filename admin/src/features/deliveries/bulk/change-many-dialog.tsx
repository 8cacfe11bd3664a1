import { useMutation } from '@tanstack/react-query';
import type { ChangedDeliveries, DeliveryView, SkippedReason } from '@tocsin/shared';
import { Button } from '../../../components/ui/button.tsx';
import { ConfirmDialog, Dialog } from '../../../components/ui/dialog.tsx';
import { toast } from '../../../components/ui/toast.tsx';
import { pluralize } from '../../../lib/format.ts';
import { queryClient, trpc } from '../../../lib/trpc.ts';
import { useCallKey } from '../../../lib/use-call-key.ts';
import { actionTexts, countDeliveries, toDoneText, type ManyAction } from './change-text.ts';
import { SkippedList, Targets } from './targets.tsx';

/** Asks before chosen deliveries are sent again or cancelled, and says what became of them. */
export function ChangeManyDialog({
  action,
  deliveries,
  onDone,
  onClose,
}: {
  readonly action: ManyAction;
  readonly deliveries: readonly DeliveryView[];
  /** Called when the deliveries were changed. */
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const withKey = useCallKey();
  const options = {
    onSuccess: (result: ChangedDeliveries) => {
      void queryClient.invalidateQueries(trpc.deliveries.pathFilter());
      if (result.changed < result.results.length) return;
      toast(toDoneText(action, result.changed));
      onDone();
      onClose();
    },
  };
  const retry = useMutation(trpc.deliveries.retryMany.mutationOptions(options));
  const cancel = useMutation(trpc.deliveries.cancelMany.mutationOptions(options));
  const change = action === 'retry' ? retry : cancel;
  if (change.data !== undefined && change.data.changed < change.data.results.length) {
    const close = () => {
      onDone();
      onClose();
    };
    return <ResultDialog action={action} result={change.data} onClose={close} />;
  }
  const count = countDeliveries(deliveries.length);
  return (
    <ConfirmDialog
      title={action === 'retry' ? `Send ${count} again?` : `Cancel ${count}?`}
      confirmLabel={action === 'retry' ? `Retry ${count}` : `Cancel ${count}`}
      cancelLabel={action === 'retry' ? 'Cancel' : 'Keep'}
      open
      loading={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate(withKey({ ids: deliveries.map(({ id }) => id) }))}
      onClose={onClose}
    >
      <p>{actionTexts[action]}</p>
      <Targets deliveries={deliveries} />
    </ConfirmDialog>
  );
}

function ResultDialog({
  action,
  result: { changed, results },
  onClose,
}: {
  readonly action: ManyAction;
  readonly result: ChangedDeliveries;
  readonly onClose: () => void;
}) {
  const counts = new Map<SkippedReason, number>();
  for (const { skipped } of results) {
    if (skipped !== null) counts.set(skipped, (counts.get(skipped) ?? 0) + 1);
  }
  return (
    <Dialog
      title={toDoneText(action, changed)}
      description={`${pluralize(results.length - changed, 'delivery was', 'deliveries were')} skipped:`}
      open
      onClose={onClose}
    >
      <SkippedList skipped={counts} />
      <div className="mt-4 flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}
