import type { Tone } from '../../components/ui/badge.tsx';
import { Stat, StatRow } from '../../components/ui/stat.tsx';
import { formatCount, formatDuration, formatPercent } from '../../lib/format.ts';
import type { Outputs } from '../../lib/trpc.ts';
import { useCan } from '../../lib/session.ts';
import { toHref } from '../../lib/url-state.ts';
import { useNow } from '../../lib/use-now.ts';

type Stats = Outputs['system']['stats'];

/** The key figures of the period, with links to the lists behind them. */
export function OverviewStats({
  stats,
  app,
  periodName,
}: {
  /** Undefined during the first load. */
  readonly stats: Stats | undefined;
  readonly app: string | undefined;
  readonly periodName: string;
}) {
  const can = useCan();
  const now = useNow();
  const totals = stats?.totals;
  return (
    <StatRow>
      <Stat
        label="Success rate"
        value={stats && (stats.successRate === null ? '–' : formatPercent(stats.successRate))}
        tone={toRateTone(stats?.successRate)}
        detail={
          totals &&
          `${formatCount(totals.delivered)} of ${formatCount(totals.delivered + totals.failed)} finished`
        }
      />
      <Stat
        label="Events accepted"
        value={totals && formatCount(totals.accepted)}
        detail={`in ${periodName}`}
        href={can('events:read') ? toHref('/events', { app }) : undefined}
      />
      <Stat
        label="Failed deliveries"
        value={totals && formatCount(totals.failed)}
        tone={totals && totals.failed > 0 ? 'bad' : 'idle'}
        detail={
          totals && totals.cancelled > 0 ? `${formatCount(totals.cancelled)} cancelled` : 'after all retries'
        }
        href={toHref('/deliveries', { app, status: 'failed' })}
      />
      <Stat
        label="Latency (p50 / p99)"
        value={stats && (stats.latencyMs === null ? '–' : formatLatencies(stats.latencyMs))}
        detail="from acceptance to delivery"
      />
      <Stat
        label="Queued"
        value={stats && `${formatCount(stats.queue.pending)}${stats.queue.isCapped ? '+' : ''}`}
        tone={stats && stats.queue.dueNow > 100 ? 'warn' : 'idle'}
        detail={stats && toQueueDetail(stats.queue, now)}
        href={toHref('/deliveries', { app, status: 'pending' })}
      />
    </StatRow>
  );
}

function toRateTone(rate: number | null | undefined): Tone {
  if (rate === null || rate === undefined) return 'idle';
  if (rate >= 0.99) return 'ok';
  return rate >= 0.9 ? 'warn' : 'bad';
}

function toQueueDetail({ dueNow, oldestDueAt }: Stats['queue'], now: number): string {
  const lateMs = oldestDueAt === null ? 0 : now - Date.parse(oldestDueAt);
  if (lateMs <= 0) return `${formatCount(dueNow)} due now`;
  return `${formatCount(dueNow)} due, oldest for ${formatDuration(lateMs)}`;
}

/** Prints the unit once if both values are in milliseconds. */
function formatLatencies({ p50, p99 }: { readonly p50: number; readonly p99: number }): string {
  if (p99 < 1_000) return `${Math.round(p50)} / ${Math.round(p99)} ms`;
  return `${formatDuration(p50)} / ${formatDuration(p99)}`;
}
