import { useMutation } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { ConfirmDialog } from '../../components/ui/dialog.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { queryClient, trpc } from '../../lib/trpc.ts';

export function DeleteAppDialog({
  id,
  open,
  onClose,
}: {
  readonly id: string;
  readonly open: boolean;
  readonly onClose: () => void;
}) {
  const [, navigate] = useLocation();
  const remove = useMutation(
    trpc.apps.delete.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.apps.pathFilter());
        toast('App deleted.');
        navigate('/apps');
      },
    }),
  );
  return (
    <ConfirmDialog
      title="Delete this app?"
      confirmLabel="Delete app"
      open={open}
      loading={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ id })}
      onClose={onClose}
    >
      This deletes the app’s webhooks and erases its events and deliveries, also those that are pending. Its
      ID cannot be used again. This cannot be undone.
    </ConfirmDialog>
  );
}
