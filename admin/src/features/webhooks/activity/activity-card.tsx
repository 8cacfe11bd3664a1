import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { WebhookActivity } from '@tocsin/shared';
import { useMemo } from 'react';
import { Card } from '../../../components/ui/card.tsx';
import { classNames } from '../../../components/ui/class-names.ts';
import { LoadFallback } from '../../../components/ui/load-fallback.tsx';
import { SegmentedControl } from '../../../components/ui/segmented-control.tsx';
import { TimeChart } from '../../../components/ui/time-chart.tsx';
import { formatCount, formatDuration, formatPercent } from '../../../lib/format.ts';
import { pollMs, trpc } from '../../../lib/trpc.ts';
import { useUrlState } from '../../../lib/url-state.ts';
import { Breakdowns } from './breakdowns.tsx';

const spans = [
  { value: '1h', label: '1 h', hours: 1 },
  { value: '24h', label: '24 h', hours: 24 },
  { value: '7d', label: '7 d', hours: 168 },
  { value: '30d', label: '30 d', hours: 720 },
] as const;

type Span = (typeof spans)[number]['value'];

/** What the endpoint of a webhook did: volume, errors and duration, by time, status, reason and event type. */
export function ActivityCard({ webhookId }: { readonly webhookId: string }) {
  const [{ span }, set] = useUrlState(['span']);
  const { value, hours } = spans.find((known) => known.value === span) ?? spans[1];
  const activity = useQuery(
    trpc.webhooks.activity.queryOptions(
      { id: webhookId, hours },
      { placeholderData: keepPreviousData, refetchInterval: pollMs.slow },
    ),
  );
  const { data } = activity;
  return (
    <Card
      title="Activity"
      hint="Requests to the endpoint, without test pings. Counted for 31 days."
      actions={
        <SegmentedControl<Span>
          label="Span"
          value={value}
          options={spans}
          onChange={(next) => set({ span: next === '24h' ? undefined : next }, { replace: true })}
        />
      }
    >
      {data === undefined ? (
        <LoadFallback
          error={activity.error}
          onRetry={() => void activity.refetch()}
          className="h-[33rem] sm:h-[29rem] lg:h-[26rem]"
        />
      ) : (
        <div className={classNames('flex flex-col gap-5', activity.isPlaceholderData && 'opacity-40')}>
          <Figures activity={data} />
          <Charts activity={data} />
          <Breakdowns webhookId={webhookId} activity={data} />
        </div>
      )}
    </Card>
  );
}

function Figures({ activity }: { readonly activity: WebhookActivity }) {
  const { totals, errorRate, latencyMs } = activity;
  const figures = [
    ['Requests', formatCount(totals.attempts)],
    ['Failed requests', formatCount(totals.failedAttempts)],
    ['Error rate', errorRate === null ? '–' : formatPercent(errorRate)],
    ['Duration, p50', latencyMs === null ? '–' : formatDuration(latencyMs.p50)],
    ['Duration, p95', latencyMs === null ? '–' : formatDuration(latencyMs.p95)],
  ] as const;
  return (
    <dl className="grid grid-cols-3 gap-x-4 gap-y-3 sm:grid-cols-5 sm:gap-x-6">
      {figures.map(([label, value]) => (
        <div key={label} className="min-w-0">
          <dt className="text-xs text-ink-3">{label}</dt>
          <dd className="text-lg font-semibold tracking-tight tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Charts({ activity: { series, totals, latencyMs } }: { readonly activity: WebhookActivity }) {
  const times = useMemo(() => series.map(({ at }) => at), [series]);
  const requests = useMemo(
    () =>
      [
        {
          name: 'Succeeded',
          kind: 'columns',
          tone: 'ok',
          values: series.map(({ attempts, failedAttempts }) => attempts - failedAttempts),
        },
        {
          name: 'Failed',
          kind: 'columns',
          tone: 'bad',
          values: series.map(({ failedAttempts }) => failedAttempts),
        },
      ] as const,
    [series],
  );
  const durations = useMemo(
    () =>
      [
        {
          name: 'p50',
          kind: 'line',
          tone: 'accent',
          values: series.map((point) => point.latencyMs?.p50 ?? null),
        },
        {
          name: 'p95',
          kind: 'line',
          tone: 'warn',
          values: series.map((point) => point.latencyMs?.p95 ?? null),
        },
      ] as const,
    [series],
  );
  if (totals.attempts === 0) {
    // On a wide screen as high as the charts, so that nothing moves when another span is selected.
    return (
      <p className="flex h-40 items-center justify-center rounded-lg border border-dashed border-line text-[0.9333rem] text-ink-3 lg:h-[12.5rem]">
        No requests in this span.
      </p>
    );
  }
  return (
    <div className="grid gap-x-8 gap-y-5 lg:grid-cols-2">
      <TimeChart
        label={`Requests: ${formatCount(totals.attempts)}, of which ${formatCount(totals.failedAttempts)} failed`}
        times={times}
        series={requests}
        format={formatCount}
      />
      <TimeChart
        label={
          latencyMs === null
            ? 'Duration: no requests'
            : `Duration: p50 ${formatDuration(latencyMs.p50)}, p95 ${formatDuration(latencyMs.p95)}`
        }
        times={times}
        series={durations}
        format={formatDuration}
      />
    </div>
  );
}
