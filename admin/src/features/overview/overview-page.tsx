import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { Link } from 'wouter';
import { ActivityChart } from './activity-chart.tsx';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { HealthBadge } from '../../components/ui/badge.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { ErrorNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { SegmentedControl } from '../../components/ui/segmented-control.tsx';
import { Stat, StatRow } from '../../components/ui/stat.tsx';
import { Ago } from '../../components/ui/time.tsx';
import { count, counted, duration, percent } from '../../lib/format.ts';
import { refresh, trpc, type Outputs } from '../../lib/trpc.ts';
import { hrefOf, useUrlState } from '../../lib/url-state.ts';
import { reasonWords } from '../../lib/labels.ts';
import { useNow } from '../../lib/use-now.ts';
import { shownUrl } from '../../lib/redact-url.ts';
import { SystemNotices } from './system-banners.tsx';

type Stats = Outputs['system']['stats'];

const spans = [
  { value: '1', text: '1 h', name: 'the last hour' },
  { value: '24', text: '24 h', name: 'the last 24 hours' },
  { value: '168', text: '7 d', name: 'the last 7 days' },
] as const;

/** Is it working? */
export function OverviewPage() {
  const [{ app, hours = '24' }, set] = useUrlState(['app', 'hours']);
  const span = spans.find((each) => each.value === hours) ?? spans[1];
  const stats = useQuery(
    trpc.system.stats.queryOptions(
      { appId: app, hours: Number(span.value) as 1 | 24 | 168 },
      { refetchInterval: refresh.often, placeholderData: keepPreviousData },
    ),
  );
  const now = useNow();
  const data = stats.data;
  return (
    <Page
      title="Overview"
      subtitle={data === undefined ? 'Asking the server…' : <Verdict stats={data} spanName={span.name} />}
      actions={
        <>
          <AppFilter value={app} onChange={(value) => set({ app: value })} />
          <SegmentedControl
            label="Time span"
            value={span.value}
            choices={spans}
            onChange={(value) => set({ hours: value === '24' ? undefined : value })}
          />
        </>
      }
    >
      {data === undefined && stats.error !== null ? (
        <Card isFlush>
          <ErrorNotice error={stats.error} onRetry={() => void stats.refetch()} />
        </Card>
      ) : (
        <>
          {data !== undefined && <SystemNotices stats={data} />}
          <StatRow>
            <Stat
              name="Success rate"
              value={data && (data.successRate === null ? '–' : percent(data.successRate))}
              tone={toneOfRate(data?.successRate)}
              detail={
                data &&
                `${count(data.totals.delivered)} of ${count(data.totals.delivered + data.totals.failed)} finished`
              }
            />
            <Stat
              name="Events accepted"
              value={data && count(data.totals.accepted)}
              detail={`in ${span.name}`}
              href={hrefOf('/events', { app })}
            />
            <Stat
              name="Failed for good"
              value={data && count(data.totals.failed)}
              tone={data && data.totals.failed > 0 ? 'bad' : 'idle'}
              detail={
                data && data.totals.cancelled > 0
                  ? `${count(data.totals.cancelled)} cancelled`
                  : 'after all retries'
              }
              href={hrefOf('/deliveries', { app, status: 'failed' })}
            />
            <Stat
              name="Latency, p50 / p99"
              value={data && (data.latencyMs === null ? '–' : bothLatencies(data.latencyMs))}
              detail="from acceptance to delivery"
            />
            <Stat
              name="In the queue"
              value={data && count(data.queue.pending)}
              tone={data && data.queue.dueNow > 100 ? 'warn' : 'idle'}
              detail={
                data &&
                (data.queue.oldestDueAt !== null && Date.parse(data.queue.oldestDueAt) < now
                  ? `${count(data.queue.dueNow)} due, the oldest for ${duration(now - Date.parse(data.queue.oldestDueAt))}`
                  : `${count(data.queue.dueNow)} due now`)
              }
              href={hrefOf('/deliveries', { app, status: 'pending' })}
            />
          </StatRow>
          <FailingWebhooks stats={data} />
          <Card title="Events and deliveries" hint={`Over ${span.name}, in your time zone`}>
            {data === undefined ? (
              <div aria-hidden className="shimmer h-[238px] w-full" />
            ) : (
              <ActivityChart label={`Activity over ${span.name}`} points={data.series} />
            )}
          </Card>
        </>
      )}
    </Page>
  );
}

/** The answer in one sentence, before any figure. */
function Verdict({ stats, spanName }: { readonly stats: Stats; readonly spanName: string }) {
  const failing = stats.failingWebhooks.length;
  if (stats.delivery === 'held' || stats.delivery === 'waiting_for_index') {
    return <b className="font-medium text-warn">Nothing is sent at the moment.</b>;
  }
  if (failing > 0) {
    return (
      <>
        <b className="font-medium text-bad">
          {counted(failing, 'webhook needs', 'webhooks need')} attention.
        </b>{' '}
        All others answer.
      </>
    );
  }
  if (stats.totals.accepted === 0 && stats.totals.delivered === 0) return <>No events in {spanName}.</>;
  return (
    <>
      <b className="font-medium text-ok">Working.</b> No webhook is failing.
    </>
  );
}

function FailingWebhooks({ stats }: { readonly stats: Stats | undefined }) {
  const failing = stats?.failingWebhooks;
  return (
    <Card title="Failing webhooks" hint="Those that need somebody first" isFlush>
      <DataTable
        label="Failing webhooks"
        items={failing}
        rowsWhileLoading={2}
        keyOf={(webhook) => webhook.id}
        hrefOf={(webhook) => `/webhooks/${webhook.id}`}
        empty={
          <p className="flex items-center gap-2 px-4 py-5 text-[0.9333rem] text-ink-2">
            <CircleCheck aria-hidden className="size-4.5 text-ok" /> Every endpoint answers.
          </p>
        }
        columns={[
          {
            name: 'Endpoint',
            isWide: true,
            cell: (webhook) => <span className="font-mono text-[0.8667rem]">{shownUrl(webhook.url)}</span>,
          },
          { name: 'State', cell: (webhook) => <HealthBadge state={webhook.health.state} /> },
          {
            name: 'Why',
            from: 'md',
            cell: ({ health }) => (
              <span className="text-ink-2">
                {health.lastFailureReason === null ? '–' : shortReason(health.lastFailureReason)}
                <span className="sr-only">
                  : {health.lastFailureReason !== null && reasonWords(health.lastFailureReason)}
                </span>
              </span>
            ),
          },
          {
            name: 'In a row',
            from: 'md',
            align: 'right',
            cell: ({ health }) => count(health.failuresInARow),
          },
          {
            name: 'Since',
            from: 'sm',
            cell: ({ health }) => (health.failingSince === null ? '–' : <Ago at={health.failingSince} />),
          },
          {
            name: 'App',
            from: 'lg',
            cell: (webhook) => (
              <Link href={`/apps/${encodeURIComponent(webhook.appId)}`} className="relative hover:underline">
                {webhook.appId}
              </Link>
            ),
          },
        ]}
      />
    </Card>
  );
}

function toneOfRate(rate: number | null | undefined) {
  if (rate === null || rate === undefined) return 'idle';
  if (rate >= 0.99) return 'ok';
  return rate >= 0.9 ? 'warn' : 'bad';
}

/** For a narrow column; the whole sentence is beside it for those who hear the page. */
function shortReason(reason: string): string {
  return reason === 'http_status' ? 'error status' : reason.replaceAll('_', ' ');
}

/** The unit is said once while both are in ms. */
function bothLatencies({ p50, p99 }: { readonly p50: number; readonly p99: number }): string {
  return p99 < 1_000 ? `${Math.round(p50)} / ${Math.round(p99)} ms` : `${duration(p50)} / ${duration(p99)}`;
}
