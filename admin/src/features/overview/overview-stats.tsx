import type { Tone } from '../../components/ui/badge.tsx';
import { Stat, StatRow } from '../../components/ui/stat.tsx';
import { formatCount, formatDuration, formatPercent } from '../../lib/format.ts';
import { formatLeast } from '../../lib/incident-text.ts';
import type { Outputs } from '../../lib/trpc.ts';
import { useCan } from '../../lib/session.ts';
import { countHealth, healthFilters } from '../../lib/health-filter.ts';
import { toHref } from '../../lib/url-state.ts';
import { useNow } from '../../lib/use-now.ts';

type Stats = Outputs['system']['stats'];

/** The server counts at most this many deliveries of a status. A lower number is exact, whichever status is capped. */
const cappedAt = 20_000;

interface StatsProps {
  /** Undefined during the first load. */
  readonly stats: Stats | undefined;
  readonly app: string | undefined;
}

/** The rates of the period by attempts and by deliveries, and the deliveries that wait or failed. Each number links to its list. */
export function DeliveryStats({ stats, app }: StatsProps) {
  const now = useNow();
  const outcomes = stats?.outcomes;
  const rate = outcomes === undefined || outcomes.deliveries === 0 ? null : toRate(outcomes);
  const { attempts = 0, failedAttempts = 0 } = stats?.totals ?? {};
  return (
    <StatRow>
      <Stat
        label="Attempts that succeeded"
        value={stats && formatRate(stats.attemptSuccessRate)}
        tone={toRateTone(stats?.attemptSuccessRate)}
        detail={stats && `${formatCount(failedAttempts)} of ${formatCount(attempts)} failed`}
        href={toHref('/incidents', { app })}
      />
      <Stat
        label="Deliveries made"
        value={outcomes && `${outcomes.isCapped ? 'under ' : ''}${formatRate(rate)}`}
        tone={toRateTone(rate)}
        detail={
          outcomes && `${formatCount(outcomes.delivered)} of ${formatCount(outcomes.deliveries)} delivered`
        }
        href={toHref('/deliveries', { app, status: 'delivered', since: stats?.since })}
      />
      <Stat
        label="Waiting now"
        value={stats && formatLeast(stats.queue.pending, stats.queue.isCapped)}
        tone={stats && stats.queue.pending > 0 ? 'warn' : 'idle'}
        detail={stats && toQueueDetail(stats.queue, now)}
        href={toHref('/deliveries', { app, status: 'pending' })}
      />
      <Stat
        label="Failed for good"
        value={outcomes && formatLeast(outcomes.failed, outcomes.isCapped && outcomes.failed >= cappedAt)}
        tone={outcomes && outcomes.failed > 0 ? 'bad' : 'idle'}
        detail={outcomes && `${formatCount(outcomes.cancelled)} cancelled`}
        href={toHref('/deliveries', { app, status: 'failed', since: stats?.since })}
      />
    </StatRow>
  );
}

/** The webhooks that are not healthy, and the size of the period. */
export function ActivityStats({ stats, app, periodName }: StatsProps & { readonly periodName: string }) {
  const can = useCan();
  const webhooks = stats?.webhooks;
  const toState = (filter: keyof typeof healthFilters) => {
    const count = webhooks && countHealth(webhooks, filter);
    return {
      value: count === undefined ? undefined : formatLeast(count, webhooks?.isCapped === true && count > 0),
      tone: count === undefined || count === 0 ? ('idle' as const) : healthFilters[filter].tone,
      href: toHref('/incidents', { app, show: filter }),
    };
  };
  return (
    <StatRow>
      <Stat label="Failing webhooks" detail="last attempts failed" {...toState('failing')} />
      <Stat label="Paused webhooks" detail="get probes only" {...toState('paused')} />
      <Stat label="Auto-disabled" detail="by the server" {...toState('auto_disabled')} />
      <Stat label="Switched off" detail="by a user" {...toState('switched_off')} />
      <Stat
        label="Events accepted"
        value={stats && formatCount(stats.totals.accepted)}
        detail={`in ${periodName}`}
        href={can('events:read') ? toHref('/events', { app, since: stats?.since }) : undefined}
      />
      <Stat
        label="Latency until delivered"
        value={stats && (stats.latencyMs === null ? '–' : formatDuration(stats.latencyMs.p50))}
        detail={
          stats && (stats.latencyMs === null ? 'p50' : `p50, and p99 ${formatDuration(stats.latencyMs.p99)}`)
        }
      />
    </StatRow>
  );
}

function toRate({ delivered, deliveries }: Stats['outcomes']): number {
  return delivered / deliveries;
}

function formatRate(rate: number | null): string {
  return rate === null ? '–' : formatPercent(rate);
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
