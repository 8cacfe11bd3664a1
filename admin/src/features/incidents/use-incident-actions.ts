import { useMutation } from '@tanstack/react-query';
import { toReasonLabel, type IncidentView } from '@tocsin/shared';
import { toast } from '../../components/ui/toast.tsx';
import { formatDuration } from '../../lib/format.ts';
import { toApiError } from '../../lib/api-error.ts';
import { queryClient, trpc } from '../../lib/trpc.ts';

const hourMs = 60 * 60_000;

const showError = (error: unknown) => toast(toApiError(error).message, 'bad');

/** Loads incidents and their counts again. */
function refresh(): void {
  void queryClient.invalidateQueries(trpc.incidents.pathFilter());
}

/** The actions of an incident that need no dialog. */
export function useIncidentActions({ id, webhookId }: Pick<IncidentView, 'id' | 'webhookId'>) {
  const ping = useMutation(
    trpc.webhooks.test.mutationOptions({
      onSuccess: ({ delivered, statusCode, reason, durationMs }) => {
        const answer = statusCode === null ? '' : ` with ${statusCode}`;
        if (delivered) toast(`The endpoint responded${answer} after ${formatDuration(durationMs)}.`);
        else toast(`The test failed${answer}: ${toReasonLabel(reason ?? 'test_failed')}.`, 'bad');
      },
      onError: showError,
    }),
  );
  const snooze = useMutation(
    trpc.incidents.snooze.mutationOptions({
      onSuccess: ({ snoozedUntil }) => {
        refresh();
        toast(snoozedUntil === null ? 'The snooze has ended.' : 'Incident snoozed.');
      },
      onError: showError,
    }),
  );
  return {
    isBusy: ping.isPending || snooze.isPending,
    test: () => ping.mutate({ id: webhookId }),
    /** @param hours - null ends the snooze */
    snooze: (hours: number | null) => {
      const until = hours === null ? null : new Date(Date.now() + hours * hourMs).toISOString();
      snooze.mutate({ id, until });
    },
  };
}
