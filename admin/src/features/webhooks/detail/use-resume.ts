import { useMutation } from '@tanstack/react-query';
import { toast } from '../../../components/ui/toast.tsx';
import { pluralize } from '../../../lib/format.ts';
import { queryClient, trpc } from '../../../lib/trpc.ts';
import { sendWaiting } from '../recovery/send-waiting.ts';

/** Tests a paused webhook, makes it active if the test succeeds, and sends its waiting deliveries. */
export function useResume(id: string) {
  return useMutation({
    mutationFn: () => sendWaiting(id),
    onSuccess: (count) => {
      toast(`Resumed. ${pluralize(count, 'waiting delivery is', 'waiting deliveries are')} being sent.`);
    },
    // A failed test is stored as a delivery, too.
    onSettled: async () => {
      await Promise.all([
        queryClient.invalidateQueries(trpc.webhooks.pathFilter()),
        queryClient.invalidateQueries(trpc.deliveries.pathFilter()),
      ]);
    },
  });
}

export type Resume = ReturnType<typeof useResume>;
