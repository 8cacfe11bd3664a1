import { useMutation } from '@tanstack/react-query';
import type { EventTypeDetail } from '@tocsin/shared';
import { useLocation } from 'wouter';
import { ConfirmDialog } from '../../components/ui/dialog.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { queryClient, trpc } from '../../lib/trpc.ts';

export function DeleteTypeDialog({
  type: { type, accountId },
  open,
  onClose,
}: {
  readonly type: EventTypeDetail;
  readonly open: boolean;
  readonly onClose: () => void;
}) {
  const [, navigate] = useLocation();
  const remove = useMutation(
    trpc.eventTypes.delete.mutationOptions({
      onSuccess: async () => {
        navigate('/catalog');
        toast('Event type deleted.');
        queryClient.removeQueries(trpc.eventTypes.get.queryFilter());
        await queryClient.invalidateQueries(trpc.eventTypes.list.queryFilter());
      },
    }),
  );
  return (
    <ConfirmDialog
      title="Delete this event type?"
      confirmLabel="Delete event type"
      open={open}
      loading={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ type, accountId })}
      onClose={onClose}
    >
      <code className="font-mono text-[0.8667rem] wrap-anywhere">{type}</code> is deleted with all versions
      {accountId === null ? ', for all accounts' : ''}. Publishing it is rejected from then on. Deliveries
      that wait are still sent, as their events were accepted. Webhooks keep the name in their events, so
      registering it again resumes them.
    </ConfirmDialog>
  );
}
