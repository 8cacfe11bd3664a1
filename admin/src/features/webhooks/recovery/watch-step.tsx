import { useQuery } from '@tanstack/react-query';
import { toReasonLabel, type WebhookBacklog, type WebhookView } from '@tocsin/shared';
import { CircleAlert, CircleCheck, LoaderCircle } from 'lucide-react';
import { Time } from '../../../components/ui/time.tsx';
import { formatCount, pluralize } from '../../../lib/format.ts';
import { trpc } from '../../../lib/trpc.ts';
import { toDeliveriesHref } from '../deliveries-href.ts';
import { toRecoveryProgress } from './recovery-progress.ts';
import { ListLink } from './list-link.tsx';

/** Step 3: what became of the deliveries, until none is left. */
export function WatchStep({
  webhook,
  backlog,
  sent,
  replayId,
}: {
  readonly webhook: WebhookView;
  readonly backlog: WebhookBacklog;
  readonly sent: number;
  readonly replayId: string | undefined;
}) {
  const { id, health } = webhook;
  const replays = useQuery(
    trpc.deliveries.replays.queryOptions(
      { webhookId: id },
      { enabled: replayId !== undefined, refetchInterval: 1_000 },
    ),
  );
  const replay = replays.data?.items.find((job) => job.id === replayId);
  const progress = toRecoveryProgress({ backlog, sent, replay, isReplayed: replayId !== undefined });
  const { state, left, total } = progress;
  return (
    <div role="status" className="flex flex-col gap-2.5 text-[0.9333rem]">
      <p className="flex items-start gap-1.5">
        {state === 'sending' ? (
          <LoaderCircle aria-hidden className="mt-0.5 size-4 shrink-0 animate-spin text-ink-3" />
        ) : state === 'done' ? (
          <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
        ) : (
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
        )}
        <span className="min-w-0">
          <b className="font-medium">
            {state === 'sending' && `Sending: ${formatCount(left)} of ${formatCount(total)} left.`}
            {state === 'done' && 'Nothing waits any more.'}
            {state === 'failing' &&
              `${pluralize(backlog.waiting, 'delivery', 'deliveries')} failed again and ${backlog.waiting === 1 ? 'waits' : 'wait'} for the next retry.`}
          </b>{' '}
          {state === 'done' && health.lastSuccessAt !== null && (
            <>
              Last success <Time at={health.lastSuccessAt} />.
            </>
          )}
          {state === 'failing' &&
            health.lastFailureReason !== null &&
            `${toReasonLabel(health.lastFailureReason)}. `}
          {state === 'failing' && (
            <ListLink href={toDeliveriesHref(id, { status: 'pending' })}>View</ListLink>
          )}
        </span>
      </p>
      <progress
        className="h-1.5 w-full accent-[var(--accent)]"
        aria-label="Progress"
        value={total - left}
        max={Math.max(1, total)}
      />
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 text-xs text-ink-3 sm:grid-cols-4">
        <Number label="Waiting sent" value={sent} />
        <Number label="Replayed" value={replay?.done ?? 0} of={replay?.total} />
        <Number label="Due now" value={backlog.dueNow + backlog.underWay} />
        <Number label="Wait for a retry" value={backlog.waiting - backlog.dueNow} />
      </dl>
    </div>
  );
}

function Number({
  label,
  value,
  of,
}: {
  readonly label: string;
  readonly value: number;
  readonly of?: number | undefined;
}) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="text-[0.9333rem] font-semibold text-ink tabular-nums">
        {formatCount(value)}
        {of !== undefined && <span className="font-normal text-ink-3"> of {formatCount(of)}</span>}
      </dd>
    </div>
  );
}
