import type { WebhookBacklog, WebhookView } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { Stat, StatRow } from '../../../components/ui/stat.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { formatCount } from '../../../lib/format.ts';
import { toDeliveriesHref } from '../deliveries-href.ts';

/** What a webhook still has to get, when it gets it, and what it never got. */
export function BacklogStats({
  webhook,
  backlog,
}: {
  readonly webhook: WebhookView;
  /** Undefined during the first load. */
  readonly backlog: WebhookBacklog | undefined;
}) {
  const { id, health, enabled } = webhook;
  const count = (value: number | undefined) =>
    value === undefined ? undefined : `${formatCount(value)}${backlog?.isCapped === true ? '+' : ''}`;
  const isPaused = health.state === 'paused';
  return (
    <StatRow>
      <Stat
        label="Waiting"
        value={count(backlog?.waiting)}
        tone={backlog !== undefined && backlog.waiting > 0 ? 'warn' : 'idle'}
        href={toDeliveriesHref(id, { status: 'pending' })}
        detail={toWaitingDetail(backlog)}
      />
      <Stat
        label={isPaused ? 'Next probe' : 'Next attempt'}
        value={toNextText(backlog, enabled)}
        detail={toNextDetail(backlog, webhook)}
      />
      <Stat
        label="Failed for good"
        value={count(backlog?.failed)}
        tone={backlog !== undefined && backlog.failed > 0 ? 'bad' : 'idle'}
        href={toDeliveriesHref(id, {
          status: 'failed',
          ...(typeof backlog?.failedSince === 'string' && { since: backlog.failedSince }),
        })}
        detail={
          typeof backlog?.failedSince === 'string' ? (
            <>
              since success <Time at={backlog.failedSince} />
            </>
          ) : (
            'no success so far'
          )
        }
      />
      <Stat
        label="Failures in a row"
        value={formatCount(health.failuresInARow)}
        tone={health.failuresInARow > 0 ? 'bad' : 'idle'}
        detail={
          health.failingSince === null ? (
            health.lastSuccessAt === null ? (
              'no response yet'
            ) : (
              'the last request succeeded'
            )
          ) : (
            <>
              since <Time at={health.failingSince} />
            </>
          )
        }
      />
    </StatRow>
  );
}

function toWaitingDetail(backlog: WebhookBacklog | undefined): ReactNode {
  if (backlog === undefined) return '';
  const underWay = backlog.underWay === 0 ? '' : `${formatCount(backlog.underWay)} more under way`;
  if (backlog.oldestAt === null) return underWay === '' ? 'nothing waits' : underWay;
  return (
    <>
      oldest <Time at={backlog.oldestAt} />
      {underWay !== '' && `, ${underWay}`}
    </>
  );
}

function toNextText(backlog: WebhookBacklog | undefined, enabled: boolean): string | undefined {
  if (backlog === undefined) return undefined;
  if (!enabled) return 'Never';
  if (backlog.nextAttemptAt === null) return '–';
  return backlog.dueNow > 0 ? 'Now' : toDistance(Date.parse(backlog.nextAttemptAt) - Date.now());
}

function toDistance(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h ${Math.round((seconds % 3_600) / 60)} min`;
}

function toNextDetail(backlog: WebhookBacklog | undefined, { enabled, health }: WebhookView): ReactNode {
  if (backlog === undefined) return '';
  if (!enabled) return 'until it is enabled';
  if (backlog.nextAttemptAt === null) {
    return health.state === 'paused' ? 'with the next event' : 'nothing waits';
  }
  const time = <Time at={backlog.nextAttemptAt} format="date" />;
  return backlog.dueNow > 0 ? <>due since {time}</> : time;
}
