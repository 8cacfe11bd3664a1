import { useMutation } from '@tanstack/react-query';
import type { ChangedDeliveries, DeliveryView, SkippedReason } from '@tocsin/shared';
import { Button } from '../../../components/ui/button.tsx';
import { ConfirmDialog, Dialog } from '../../../components/ui/dialog.tsx';
import { toast } from '../../../components/ui/toast.tsx';
import { formatCount, pluralize } from '../../../lib/format.ts';
import { queryClient, trpc } from '../../../lib/trpc.ts';
import { useCallKey } from '../../../lib/use-call-key.ts';

export type ManyAction = 'retry' | 'cancel';

const skippedLabels: Readonly<Record<SkippedReason, string>> = {
  not_found: 'not found',
  being_sent: 'being sent right now',
  not_pending: 'not pending any more',
  webhook_deleted: 'the webhook was deleted',
  webhook_disabled: 'the webhook is disabled',
  not_subscribed: 'the webhook is not subscribed to the type any more',
  event_removed: 'the event was removed by retention',
};

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
  const count = pluralize(deliveries.length, 'delivery', 'deliveries');
  return (
    <ConfirmDialog
      title={action === 'retry' ? `Send ${count} again?` : `Cancel ${count}?`}
      confirmLabel={action === 'retry' ? `Retry ${count}` : `Cancel ${count}`}
      cancelLabel="Keep"
      open
      loading={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate(withKey({ ids: deliveries.map(({ id }) => id) }))}
      onClose={onClose}
    >
      <p>
        {action === 'retry'
          ? 'Each receiver gets another request now. It has the same webhook-id, so a receiver can ignore what it has handled.'
          : 'No further attempts are made. Cancelled deliveries can be retried later.'}
      </p>
      <Targets deliveries={deliveries} />
    </ConfirmDialog>
  );
}

const maxTargets = 5;

/** The webhooks of the deliveries, with how many each has. */
function Targets({ deliveries }: { readonly deliveries: readonly DeliveryView[] }) {
  const counts = new Map<string, { readonly name: string; count: number }>();
  for (const { webhookId, endpoint } of deliveries) {
    const target = counts.get(webhookId) ?? { name: toName(endpoint) ?? webhookId, count: 0 };
    target.count++;
    counts.set(webhookId, target);
  }
  const targets = [...counts].sort(([, a], [, b]) => b.count - a.count);
  return (
    <ul className="mt-3 flex flex-col gap-1 text-[0.9rem] text-ink">
      {targets.slice(0, maxTargets).map(([id, { name, count }]) => (
        <li key={id} className="flex justify-between gap-4">
          <bdi className="min-w-0 truncate">{name}</bdi>
          <span className="shrink-0 text-ink-2 tabular-nums">{formatCount(count)}</span>
        </li>
      ))}
      {targets.length > maxTargets && (
        <li className="text-ink-3">and {pluralize(targets.length - maxTargets, 'more webhook')}</li>
      )}
    </ul>
  );
}

function toName(endpoint: DeliveryView['endpoint']): string | undefined {
  if (endpoint === null) return undefined;
  return endpoint.description ?? endpoint.url.replace(/^https?:\/\//, '');
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
      <ul className="flex flex-col gap-1 text-[0.9333rem]">
        {[...counts].map(([reason, count]) => (
          <li key={reason}>
            <span className="font-medium tabular-nums">{formatCount(count)}</span>: {skippedLabels[reason]}
          </li>
        ))}
      </ul>
      <div className="mt-4 flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}

function toDoneText(action: ManyAction, count: number): string {
  const many = pluralize(count, 'delivery', 'deliveries');
  return action === 'retry' ? `${many} sent again.` : `${many} cancelled.`;
}
