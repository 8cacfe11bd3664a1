import { useMutation } from '@tanstack/react-query';
import type { WebhookView } from '@tocsin/shared';
import { useLocation } from 'wouter';
import { ConfirmDialog } from '../../../components/ui/dialog.tsx';
import { toast } from '../../../components/ui/toast.tsx';
import { maskUrl } from '@tocsin/shared';
import { queryClient, trpc } from '../../../lib/trpc.ts';

export function DeleteDialog({
  webhook,
  open,
  onClose,
}: {
  readonly webhook: WebhookView;
  readonly open: boolean;
  readonly onClose: () => void;
}) {
  const [, navigate] = useLocation();
  const remove = useMutation(
    trpc.webhooks.delete.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.webhooks.list.queryFilter());
        toast('Webhook deleted.');
        navigate(`/apps/${encodeURIComponent(webhook.appId)}`);
      },
    }),
  );
  return (
    <ConfirmDialog
      title="Delete this webhook?"
      confirmLabel="Delete webhook"
      open={open}
      loading={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ id: webhook.id })}
      onClose={onClose}
    >
      <code className="font-mono text-[0.8667rem] wrap-anywhere">{maskUrl(webhook.url)}</code> receives no
      more events, and its pending deliveries are cancelled. This cannot be undone. To stop deliveries
      temporarily, disable the webhook instead.
    </ConfirmDialog>
  );
}
