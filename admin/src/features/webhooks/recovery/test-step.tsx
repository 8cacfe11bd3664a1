import { useMutation, useQuery } from '@tanstack/react-query';
import { toReasonLabel, type TestResult, type WebhookView } from '@tocsin/shared';
import { CircleAlert, CircleCheck, Power, Radar } from 'lucide-react';
import { Button, ButtonLink } from '../../../components/ui/button.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { escapeControlCharacters } from '../../../lib/control-characters.ts';
import { formatDuration } from '../../../lib/format.ts';
import { useCan } from '../../../lib/session.ts';
import { queryClient, trpc } from '../../../lib/trpc.ts';
import type { ToggleWebhook } from '../detail/use-toggle-webhook.ts';

type ShownTest = Pick<TestResult, 'delivered' | 'statusCode' | 'reason' | 'durationMs' | 'reply'>;

/** The test ping of a recovery. Undefined: none was sent, or its result is not known. */
export function useRecoveryTest(
  webhookId: string,
  testedId: string | undefined,
  onTested: (id: string) => void,
) {
  const can = useCan();
  const ping = useMutation(
    trpc.webhooks.test.mutationOptions({
      onSuccess: ({ deliveryId }) => {
        onTested(deliveryId);
        void queryClient.invalidateQueries(trpc.deliveries.list.queryFilter());
        void queryClient.invalidateQueries(trpc.webhooks.get.queryFilter({ id: webhookId }));
      },
    }),
  );
  // After a reload.
  const stored = useQuery(
    trpc.deliveries.get.queryOptions(
      { id: testedId ?? '' },
      { enabled: testedId !== undefined && ping.data === undefined && can('deliveries:read') },
    ),
  );
  const attempt = stored.data?.webhookId === webhookId ? stored.data.attempts.at(-1) : undefined;
  const earlier: ShownTest | undefined = attempt && { ...attempt, delivered: attempt.reason === null };
  return {
    result: ping.data ?? (ping.isPending ? undefined : earlier),
    isPending: ping.isPending,
    error: ping.error,
    send: () => ping.mutate({ id: webhookId }),
  };
}

export type RecoveryTest = ReturnType<typeof useRecoveryTest>;

/** Step 1: does the endpoint respond? */
export function TestStep({
  webhook,
  test,
  toggle,
}: {
  readonly webhook: WebhookView;
  readonly test: RecoveryTest;
  readonly toggle: ToggleWebhook;
}) {
  const { result } = test;
  return (
    <>
      {result === undefined ? (
        <p className="text-[0.9rem] text-ink-2">
          Sends one signed ping now, also while the webhook is paused or disabled.
        </p>
      ) : (
        <TestOutcome result={result} />
      )}
      <InlineError error={test.error} />
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          variant={result?.delivered === true ? 'secondary' : 'primary'}
          icon={<Radar aria-hidden className="size-4" />}
          loading={test.isPending}
          onClick={test.send}
        >
          {result === undefined ? 'Test the endpoint' : 'Test again'}
        </Button>
        {result?.delivered === false && (
          <ButtonLink size="small" href={`/webhooks/${webhook.id}/edit`}>
            Edit webhook
          </ButtonLink>
        )}
        {!webhook.enabled && (
          <Button
            size="small"
            icon={<Power aria-hidden className="size-4" />}
            loading={toggle.isPending}
            onClick={() => toggle.toggle(true)}
          >
            Enable webhook
          </Button>
        )}
      </div>
      {!webhook.enabled && (
        <p className="text-[0.9rem] text-ink-2">
          The webhook is disabled, so nothing else is sent until you enable it.
        </p>
      )}
    </>
  );
}

function TestOutcome({ result }: { readonly result: ShownTest }) {
  const { delivered, statusCode, reason, durationMs, reply } = result;
  const Icon = delivered ? CircleCheck : CircleAlert;
  return (
    <div role="status" className="flex min-w-0 flex-col gap-1.5">
      <p className="flex items-start gap-1.5 text-[0.9333rem]">
        <Icon
          aria-hidden
          className={delivered ? 'mt-0.5 size-4 shrink-0 text-ok' : 'mt-0.5 size-4 shrink-0 text-bad'}
        />
        <span className="min-w-0">
          <b className="font-medium">
            {delivered ? 'The endpoint responded' : 'The ping failed'}
            {statusCode === null ? '' : ` with ${statusCode}`} after {formatDuration(durationMs)}.
          </b>{' '}
          {reason !== null && `${toReasonLabel(reason)}.`}
        </span>
      </p>
      {!delivered && reply !== '' && (
        <p className="truncate rounded-md bg-sunken px-2 py-1 font-mono text-xs text-ink-2" title={reply}>
          <bdi>{escapeControlCharacters(reply).slice(0, 300)}</bdi>
        </p>
      )}
    </div>
  );
}
