import { useMutation } from '@tanstack/react-query';
import type { AlertChannelView } from '@tocsin/shared';
import { Button } from '../../components/ui/button.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { queryClient, trpc } from '../../lib/trpc.ts';

/** Sends a test message, and says what came of it. */
export function TestChannelButton({ channel }: { readonly channel: AlertChannelView }) {
  const test = useMutation(
    trpc.alertChannels.test.mutationOptions({
      onSuccess: async ({ delivered, error }) => {
        toast(
          delivered
            ? `The test message reached ${channel.name}.`
            : `The test message did not reach ${channel.name}: ${error ?? 'unknown error'}.`,
          delivered ? 'ok' : 'bad',
        );
        await queryClient.invalidateQueries(trpc.alerts.history.queryFilter());
      },
      onError: (error) => toast(`The test message was not sent: ${error.message}.`, 'bad'),
    }),
  );
  return (
    <Button size="small" loading={test.isPending} onClick={() => test.mutate({ id: channel.id })}>
      Send test<span className="sr-only"> to {channel.name}</span>
    </Button>
  );
}
