import { useMutation, useQuery } from '@tanstack/react-query';
import type { WebhookBacklog } from '@tocsin/shared';
import { useState } from 'react';
import { useCan } from '../../../lib/session.ts';
import { client, queryClient, trpc } from '../../../lib/trpc.ts';
import { useCallKey } from '../../../lib/use-call-key.ts';
import { toSpanStart, type FailureSpan } from './failure-spans.ts';
import { sendWaiting } from './send-waiting.ts';

/** What a webhook missed: the deliveries that wait, and those that failed for good in a span. Sends both. */
export function useMissed(
  id: string,
  backlog: WebhookBacklog,
  onSent: (sent: number, replayId: string | undefined) => void,
) {
  const can = useCan();
  const withKey = useCallKey();
  const canReplay = can('deliveries:write');
  const [span, setSpan] = useState<FailureSpan>('yesterday');
  const [isReplaying, setIsReplaying] = useState(true);
  const since = toSpanStart(span);
  const replayInput = { webhookId: id, since, status: 'failed' } as const;
  const failed = useQuery({
    queryKey: ['replay count', replayInput],
    // With `dryRun` the mutation only counts.
    queryFn: () => client.deliveries.replay.mutate({ ...replayInput, dryRun: true }),
    enabled: canReplay,
    staleTime: 5_000,
  });
  const failedCount = isReplaying ? (failed.data?.count ?? 0) : 0;
  const send = useMutation({
    mutationFn: async () => {
      const sent = backlog.waiting > 0 ? await sendWaiting(id) : 0;
      const replay =
        failedCount > 0 ? await client.deliveries.replay.mutate(withKey(replayInput)) : undefined;
      return { sent, replayId: replay?.jobId ?? undefined };
    },
    onSuccess: ({ sent, replayId }) => {
      onSent(sent, replayId);
      void queryClient.invalidateQueries(trpc.webhooks.pathFilter());
      void queryClient.invalidateQueries(trpc.deliveries.pathFilter());
    },
  });
  return {
    canReplay,
    span,
    setSpan,
    since,
    isReplaying,
    setIsReplaying,
    /** Undefined: not counted yet. */
    failed: failed.data?.count,
    total: backlog.waiting + failedCount,
    isSending: send.isPending,
    error: send.error ?? failed.error,
    send: () => send.mutate(),
  };
}

export type Missed = ReturnType<typeof useMissed>;
