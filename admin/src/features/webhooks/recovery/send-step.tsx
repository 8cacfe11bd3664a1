import type { WebhookBacklog, WebhookView } from '@tocsin/shared';
import { Send } from 'lucide-react';
import { Button } from '../../../components/ui/button.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { formatCount, pluralize } from '../../../lib/format.ts';
import { toDeliveriesHref } from '../deliveries-href.ts';
import { failureSpans } from './failure-spans.ts';
import { ListLink } from './list-link.tsx';
import { useMissed, type Missed } from './use-missed.ts';

/** Step 2: send the deliveries that wait, and those that failed for good in a span. */
export function SendStep({
  webhook,
  backlog,
  isReady,
  onSent,
}: {
  readonly webhook: WebhookView;
  readonly backlog: WebhookBacklog;
  /** Whether the test ping succeeded. */
  readonly isReady: boolean;
  readonly onSent: (sent: number, replayId: string | undefined) => void;
}) {
  const missed = useMissed(webhook.id, backlog, onSent);
  const { total } = missed;
  return (
    <>
      <ul className="flex flex-col gap-2 text-[0.9333rem]">
        <li className="min-w-0">
          <WaitingLine webhookId={webhook.id} backlog={backlog} />
        </li>
        {missed.canReplay && <FailedLine webhookId={webhook.id} missed={missed} />}
      </ul>
      <InlineError error={missed.error} />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button
          size="small"
          variant={isReady ? 'primary' : 'secondary'}
          icon={<Send aria-hidden className="size-4" />}
          disabled={total === 0 || !webhook.enabled}
          loading={missed.isSending}
          onClick={missed.send}
        >
          {total === 0 ? 'Nothing to send' : `Send ${pluralize(total, 'delivery', 'deliveries')} now`}
        </Button>
        <span className="text-xs text-ink-3">
          {webhook.enabled
            ? isReady
              ? 'At most as fast as the rate limit of the webhook allows.'
              : 'Test the endpoint first, so that no attempt is wasted.'
            : 'Enable the webhook first.'}
        </span>
      </div>
    </>
  );
}

function WaitingLine({
  webhookId,
  backlog: { waiting, oldestAt, isCapped },
}: {
  readonly webhookId: string;
  readonly backlog: WebhookBacklog;
}) {
  if (waiting === 0) return <span className="text-ink-2">No delivery waits.</span>;
  return (
    <>
      <b className="font-semibold tabular-nums">{pluralize(waiting, 'delivery', 'deliveries')}</b>{' '}
      {isCapped && 'or more '}
      {waiting === 1 ? 'waits' : 'wait'}
      {oldestAt !== null && (
        <>
          , the oldest from <Time at={oldestAt} />
        </>
      )}
      . <ListLink href={toDeliveriesHref(webhookId, { status: 'pending' })}>View</ListLink>
    </>
  );
}

function FailedLine({ webhookId, missed }: { readonly webhookId: string; readonly missed: Missed }) {
  const { failed, span, since } = missed;
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1.5">
      <label className="inline-flex items-center gap-2">
        <input
          type="checkbox"
          className="size-4 accent-[var(--accent)]"
          checked={missed.isReplaying}
          onChange={(event) => missed.setIsReplaying(event.target.checked)}
        />
        Also what failed for good
      </label>
      <select
        aria-label="Failed since"
        className="field h-8! w-auto! text-[0.8667rem]!"
        value={span}
        onChange={({ target }) => {
          const chosen = failureSpans.find(({ value }) => value === target.value);
          if (chosen !== undefined) missed.setSpan(chosen.value);
        }}
      >
        {failureSpans.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <span role="status" className="min-w-16 text-ink-2 tabular-nums">
        {failed === undefined ? (
          missed.error === null && 'Counting…'
        ) : (
          <>
            {formatCount(failed)}{' '}
            <ListLink href={toDeliveriesHref(webhookId, { status: 'failed', since })}>View</ListLink>
          </>
        )}
      </span>
    </li>
  );
}
