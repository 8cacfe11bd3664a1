import { useMutation } from '@tanstack/react-query';
import type { DeliveryDetail } from '@tocsin/shared';
import { ConfirmDialog } from '../../../components/ui/dialog.tsx';
import { toast } from '../../../components/ui/toast.tsx';
import { queryClient, trpc } from '../../../lib/trpc.ts';

export function CancelDeliveryDialog({
  delivery: { id, webhookId },
  open,
  onClose,
}: {
  readonly delivery: DeliveryDetail;
  readonly open: boolean;
  readonly onClose: () => void;
}) {
  const cancel = useMutation(
    trpc.deliveries.cancel.mutationOptions({
      onSuccess: async ({ count }) => {
        await queryClient.invalidateQueries(trpc.deliveries.get.queryFilter({ id }));
        onClose();
        toast(
          count === 1 ? 'Delivery cancelled.' : 'The delivery is already in progress and was not cancelled.',
        );
      },
    }),
  );
  return (
    <ConfirmDialog
      title="Cancel this delivery?"
      confirmLabel="Cancel 1 delivery"
      cancelLabel="Keep delivery"
      open={open}
      loading={cancel.isPending}
      error={cancel.error}
      onConfirm={() => cancel.mutate({ webhookId, ids: [id] })}
      onClose={onClose}
    >
      No further attempts are made. You can still retry or replay the delivery later. Other deliveries are not
      affected.
    </ConfirmDialog>
  );
}
