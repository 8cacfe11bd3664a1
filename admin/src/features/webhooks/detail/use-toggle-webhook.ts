import { useMutation } from '@tanstack/react-query';
import { toast } from '../../../components/ui/toast.tsx';
import { useCan } from '../../../lib/session.ts';
import { queryClient, trpc } from '../../../lib/trpc.ts';
import { countBacklog, type Backlog } from '../count-backlog.ts';

export interface ToggleWebhook {
  readonly isPending: boolean;
  readonly error: unknown;
  /** The number of pending deliveries, counted before a disabled webhook is enabled. */
  readonly backlogCount: number;
  readonly toggle: (enabled: boolean) => void;
  readonly enable: (backlog: Backlog) => void;
}

/**
 * Enables and disables a webhook. Calls `onBacklog` instead of enabling if deliveries are pending, so that
 * the user can decide whether to send or cancel them.
 */
export function useToggleWebhook(
  id: string,
  {
    onBacklog,
    onToggled,
  }: { readonly onBacklog: () => void; readonly onToggled: (enabled: boolean) => void },
): ToggleWebhook {
  const can = useCan();
  const update = useMutation(
    trpc.webhooks.update.mutationOptions({
      onSuccess: (webhook) => {
        queryClient.setQueryData(trpc.webhooks.get.queryKey({ id }), webhook);
        void queryClient.invalidateQueries(trpc.deliveries.list.queryFilter());
        onToggled(webhook.enabled);
        toast(webhook.enabled ? 'Webhook enabled.' : 'Webhook disabled. Its deliveries stay pending.');
      },
    }),
  );
  const backlog = useMutation({
    mutationFn: () => countBacklog(id),
    onSuccess: (count) => {
      if (count > 0) onBacklog();
      else update.mutate({ id, enabled: true });
    },
  });
  return {
    isPending: update.isPending || backlog.isPending,
    error: backlog.error ?? update.error,
    backlogCount: backlog.data ?? 0,
    toggle: (enabled) => {
      // Without `deliveries:write` the backlog cannot be cancelled, so there is no choice to offer.
      if (enabled && can('deliveries:write')) backlog.mutate();
      else update.mutate({ id, enabled });
    },
    enable: (choice) => update.mutate({ id, enabled: true, backlog: choice }),
  };
}
