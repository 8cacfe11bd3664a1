import { useQuery } from '@tanstack/react-query';
import { Ban, CircleAlert, CircleCheck, CircleOff, Clock, History, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Badge, type Tone } from '../../components/ui/badge.tsx';
import { Card, Fact, Facts } from '../../components/ui/card.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { Id } from '../../components/ui/copy-button.tsx';
import { EmptyNotice, ErrorNotice, sentence } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { Ago, At } from '../../components/ui/time.tsx';
import { counted } from '../../lib/format.ts';
import { refresh, trpc, type Outputs } from '../../lib/trpc.ts';
import { TimedText } from '../../components/ui/timed-text.tsx';
import { shownUrl } from '../../lib/redact-url.ts';
import { reasonWords } from '../../lib/labels.ts';

type WebhookVerdict = Outputs['events']['explain']['verdicts'][number];
type Verdict = WebhookVerdict['verdict'];

const crumbs = [{ href: '/events', text: 'Events' }];

/** What happened to this event? */
export function EventPage({ id }: { readonly id: string }) {
  const explain = useQuery(
    trpc.events.explain.queryOptions(
      { id },
      {
        refetchInterval: ({ state }) =>
          state.data?.verdicts.some((each) => each.verdict === 'pending') === true
            ? 1_500
            : refresh.sometimes,
      },
    ),
  );
  const { data } = explain;
  if (data === undefined) {
    return (
      <Page title="Event" crumbs={crumbs} subtitle={<Id id={id} />}>
        <Card isFlush>
          {explain.error === null ? (
            <div aria-hidden className="shimmer m-4 h-72" />
          ) : (
            <ErrorNotice error={explain.error} onRetry={() => void explain.refetch()} />
          )}
        </Card>
      </Page>
    );
  }
  const { event, verdicts } = data;
  return (
    <Page title={event.event} crumbs={crumbs} subtitle={<Id id={id} />}>
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <Card
          title={summaryOf(verdicts)}
          hint={`What became of it at ${counted(verdicts.length, 'webhook')} of the app`}
          isFlush
        >
          {verdicts.length === 0 ? (
            <EmptyNotice title="The app has no webhook">
              The event was accepted and kept, and there is nobody to send it to.
            </EmptyNotice>
          ) : (
            <ul aria-label="Verdicts">
              {inOrder(verdicts).map((verdict) => (
                <VerdictRow key={`${verdict.webhookId} ${verdict.deliveryId}`} verdict={verdict} />
              ))}
            </ul>
          )}
        </Card>
        <div className="flex min-w-0 flex-col gap-5">
          <Card title="About it">
            <Facts>
              <Fact name="App">
                <Link
                  href={`/apps/${encodeURIComponent(event.appId)}`}
                  className="break-all text-accent hover:underline"
                >
                  {event.appId}
                </Link>
              </Fact>
              <Fact name="Happened">
                <At at={event.timestamp} />
              </Fact>
              <Fact name="Accepted">
                <At at={event.createdAt} />
              </Fact>
              <Fact name="Idempotency key">
                {event.idempotencyKey === null ? (
                  <span className="text-ink-3">none</span>
                ) : (
                  <code className="font-mono text-[0.8667rem]">{event.idempotencyKey}</code>
                )}
              </Fact>
            </Facts>
          </Card>
          <Card title="Data">
            <CodeBlock label="Event data" text={JSON.stringify(event.data, null, 2)} />
          </Card>
        </div>
      </div>
    </Page>
  );
}

interface Look {
  readonly text: string;
  readonly tone: Tone;
  readonly icon: ReactNode;
}

const icon = 'size-4.5';
const looks: Record<Verdict, Look> = {
  failed: { text: 'Failed', tone: 'bad', icon: <CircleAlert aria-hidden className={icon} /> },
  pending: { text: 'Pending', tone: 'warn', icon: <Clock aria-hidden className={icon} /> },
  delivered: { text: 'Delivered', tone: 'ok', icon: <CircleCheck aria-hidden className={icon} /> },
  cancelled: { text: 'Cancelled', tone: 'idle', icon: <Ban aria-hidden className={icon} /> },
  disabled: { text: 'Not sent: disabled', tone: 'idle', icon: <CircleOff aria-hidden className={icon} /> },
  not_subscribed: {
    text: 'Not sent: not subscribed',
    tone: 'idle',
    icon: <CircleOff aria-hidden className={icon} />,
  },
  created_later: {
    text: 'Not sent: created later',
    tone: 'idle',
    icon: <History aria-hidden className={icon} />,
  },
  deleted: { text: 'Deleted', tone: 'idle', icon: <Trash2 aria-hidden className={icon} /> },
};

const iconColours: Record<Tone, string> = {
  ok: 'text-ok',
  bad: 'text-bad',
  warn: 'text-warn',
  idle: 'text-ink-3',
  accent: 'text-accent',
};

/** What somebody may have to do comes first, what is in order last. */
function inOrder(verdicts: readonly WebhookVerdict[]): WebhookVerdict[] {
  const order = Object.keys(looks);
  return [...verdicts].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}

function VerdictRow({ verdict }: { readonly verdict: WebhookVerdict }) {
  const look = looks[verdict.verdict];
  const isDeleted = verdict.verdict === 'deleted';
  return (
    <li className="flex gap-3 border-b border-line px-4 py-3.5 last:border-0">
      <span className={classNames('mt-0.5 shrink-0', iconColours[look.tone])}>{look.icon}</span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {isDeleted ? (
            <span className="min-w-0 truncate font-mono text-[0.8667rem] text-ink-2">
              {verdict.url === null ? verdict.webhookId : shownUrl(verdict.url)}
            </span>
          ) : (
            <Link
              href={`/webhooks/${verdict.webhookId}`}
              className="min-w-0 truncate font-mono text-[0.8667rem] hover:underline"
            >
              {verdict.url === null ? verdict.webhookId : shownUrl(verdict.url)}
            </Link>
          )}
          <Badge tone={look.tone}>{look.text}</Badge>
        </div>
        <p className="mt-1 text-[0.9333rem] text-ink-2">
          <TimedText text={sentence(verdict.message)} />
        </p>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-[0.8667rem] text-ink-3">
          {verdict.deliveryId !== null && (
            <Link href={`/deliveries/${verdict.deliveryId}`} className="text-accent hover:underline">
              {verdict.attemptCount > 1 ? `See the ${verdict.attemptCount} attempts` : 'See the delivery'}
            </Link>
          )}
          {verdict.nextAttemptAt !== null && (
            <span>
              next attempt <Ago at={verdict.nextAttemptAt} />
            </span>
          )}
          {verdict.reason !== null && (
            <code title={reasonWords(verdict.reason)} className="font-mono text-[0.8rem]">
              {verdict.reason}
            </code>
          )}
        </p>
      </div>
    </li>
  );
}

function summaryOf(verdicts: readonly WebhookVerdict[]): string {
  const countOf = (...kinds: readonly Verdict[]) =>
    verdicts.filter((each) => kinds.includes(each.verdict)).length;
  const notSent = countOf('not_subscribed', 'disabled', 'created_later');
  const parts = [
    [countOf('delivered'), 'delivered'],
    [countOf('pending'), 'pending'],
    [countOf('failed'), 'failed'],
    [countOf('cancelled'), 'cancelled'],
    [notSent, 'not sent'],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  const text = told.join(', ');
  return text === '' ? 'Sent to nobody' : text.charAt(0).toUpperCase() + text.slice(1);
}
