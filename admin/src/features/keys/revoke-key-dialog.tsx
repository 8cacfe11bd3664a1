import { useMutation } from '@tanstack/react-query';
import type { KeyView } from '@tocsin/shared';
import { ConfirmDialog } from '../../components/ui/dialog.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { queryClient, trpc } from '../../lib/trpc.ts';

export function RevokeKeyDialog({
  apiKey,
  onClose,
}: {
  /** The dialog is closed while this is undefined. */
  readonly apiKey: KeyView | undefined;
  readonly onClose: () => void;
}) {
  const revoke = useMutation(
    trpc.keys.revoke.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.keys.list.queryFilter());
        onClose();
        toast('API key revoked.');
      },
    }),
  );
  return (
    <ConfirmDialog
      title={`Revoke ${apiKey?.name ?? ''}?`}
      confirmLabel="Revoke key"
      open={apiKey !== undefined}
      loading={revoke.isPending}
      error={revoke.error}
      onConfirm={() => apiKey && revoke.mutate({ id: apiKey.id })}
      onClose={() => {
        revoke.reset();
        onClose();
      }}
    >
      Requests and sessions that use <code className="font-mono">{apiKey?.prefix}…</code> are rejected within
      a second. Keys that it created end too. This cannot be undone.
    </ConfirmDialog>
  );
}
