import { toReasonLabel } from '@tocsin/shared';
import {
  Archive,
  Ban,
  CircleAlert,
  CircleCheck,
  CircleOff,
  Clock,
  History,
  Trash2,
  type LucideIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Badge, type Tone } from './ui/badge.tsx';
import { classNames } from './ui/class-names.ts';
import { toSentence } from './ui/notice.tsx';
import { TimedText } from './ui/timed-text.tsx';
import { WebhookName } from './webhook-name.tsx';
import { useCan } from '../lib/session.ts';
import type { Outputs } from '../lib/trpc.ts';

export type WebhookVerdict = Outputs['events']['explain']['verdicts'][number];
type Verdict = WebhookVerdict['verdict'];

interface VerdictStyle {
  readonly label: string;
  readonly tone: Tone;
  readonly icon: LucideIcon;
}

/** Keys are in display order. */
const verdictStyles: Record<Verdict, VerdictStyle> = {
  failed: { label: 'Failed', tone: 'bad', icon: CircleAlert },
  pending: { label: 'Pending', tone: 'warn', icon: Clock },
  delivered: { label: 'Delivered', tone: 'ok', icon: CircleCheck },
  cancelled: { label: 'Cancelled', tone: 'idle', icon: Ban },
  no_record: { label: 'Delivery removed', tone: 'idle', icon: Archive },
  disabled: { label: 'Not sent: disabled', tone: 'idle', icon: CircleOff },
  not_subscribed: { label: 'Not sent: not subscribed', tone: 'idle', icon: CircleOff },
  not_matched: { label: 'Not sent: did not match', tone: 'idle', icon: CircleOff },
  created_later: { label: 'Not sent: created later', tone: 'idle', icon: History },
  deleted: { label: 'Deleted', tone: 'idle', icon: Trash2 },
};

/** Disabling by the server is a failure, unlike disabling by a user. */
function toVerdictStyle({ verdict, reason }: WebhookVerdict): VerdictStyle {
  if (verdict !== 'disabled' || reason === null || reason === 'by_user') return verdictStyles[verdict];
  return { label: 'Not sent: auto-disabled', tone: 'bad', icon: CircleAlert };
}

const iconColors: Record<Tone, string> = {
  ok: 'text-ok',
  bad: 'text-bad',
  warn: 'text-warn',
  idle: 'text-ink-3',
  accent: 'text-accent',
};

export function VerdictRow({
  verdict,
  action,
}: {
  readonly verdict: WebhookVerdict;
  /** What can be done about the verdict. */
  readonly action?: ReactNode;
}) {
  const can = useCan();
  const { label, tone, icon: Icon } = toVerdictStyle(verdict);
  return (
    <li className="flex gap-3 border-b border-line px-4 py-3.5 last:border-0">
      <span className={classNames('mt-0.5 shrink-0', iconColors[tone])}>
        <Icon aria-hidden className="size-4.5" />
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex items-start justify-between gap-x-3 gap-y-1 max-sm:flex-col">
          <VerdictWebhook verdict={verdict} />
          <span className="shrink-0">
            <Badge tone={tone}>{label}</Badge>
          </span>
        </div>
        <p className="mt-1 text-[0.9333rem] text-ink-2">
          <TimedText text={toSentence(verdict.message)} />
        </p>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-[0.8667rem] text-ink-3">
          {verdict.deliveryId !== null && can('deliveries:read') && (
            <Link href={`/deliveries/${verdict.deliveryId}`} className="text-accent hover:underline">
              {verdict.attemptCount > 1 ? `View ${verdict.attemptCount} attempts` : 'View delivery'}
            </Link>
          )}
          {verdict.reason !== null && (
            <code title={toReasonLabel(verdict.reason)} className="font-mono text-[0.8rem]">
              {verdict.reason}
            </code>
          )}
          {action}
        </p>
      </div>
    </li>
  );
}

/**
 * The webhook's description above its URL, the URL alone, or the id if the URL is gone. Links to the webhook unless it was
 * deleted.
 */
function VerdictWebhook({
  verdict: { verdict, webhookId, url, description },
}: {
  readonly verdict: WebhookVerdict;
}) {
  const can = useCan();
  const name =
    url === null ? (
      <code className="truncate font-mono text-[0.8667rem]">{webhookId}</code>
    ) : (
      <WebhookName url={url} description={description} />
    );
  if (verdict === 'deleted' || !can('webhooks:read'))
    return <span className="flex max-w-full min-w-0 text-ink-2">{name}</span>;
  return (
    <Link href={`/webhooks/${webhookId}`} className="flex max-w-full min-w-0 hover:underline">
      {name}
    </Link>
  );
}

/** Orders verdicts by urgency: failures first, unsent events last. */
export function sortVerdicts(verdicts: readonly WebhookVerdict[]): WebhookVerdict[] {
  const order = Object.keys(verdictStyles);
  return [...verdicts].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}

/** Says at how many webhooks the event has each result. */
export function summarizeVerdicts(verdicts: readonly WebhookVerdict[]): string {
  const count = (...kinds: readonly Verdict[]) =>
    verdicts.filter(({ verdict }) => kinds.includes(verdict)).length;
  const counts = [
    [count('delivered'), 'delivered'],
    [count('pending'), 'pending'],
    [count('failed'), 'failed'],
    [count('cancelled'), 'cancelled'],
    [count('no_record'), 'removed'],
    [count('not_subscribed', 'disabled', 'created_later', 'not_matched'), 'not sent'],
  ] as const;
  const text = counts
    .filter(([number]) => number > 0)
    .map(([number, label]) => `${number} ${label}`)
    .join(', ');
  return text === '' ? 'Not sent' : text;
}
