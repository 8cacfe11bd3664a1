import { TimeChart, type TimeSeries } from '../../components/ui/time-chart.tsx';
import { formatCount } from '../../lib/format.ts';

export interface ActivityPoint {
  readonly at: string;
  readonly accepted: number;
  readonly attempts: number;
  readonly failedAttempts: number;
  /** Failed attempts whose delivery is tried again. */
  readonly retried: number;
  /** Deliveries that wait. Drawn on an axis of its own, because it is a level and not a count of the interval. */
  readonly waiting: number;
}

/** Attempts as stacked columns with failures on top, and accepted events and waiting deliveries as lines. */
export function ActivityChart({
  points = [],
  label,
}: {
  /** Undefined during the first load. */
  readonly points: readonly ActivityPoint[] | undefined;
  readonly label: string;
}) {
  return (
    <TimeChart
      times={points.map(({ at }) => at)}
      series={toSeries(points)}
      label={`${label}: ${summarizePoints(points)}`}
      format={formatCount}
      isCount
      height={210}
    />
  );
}

function toSeries(points: readonly ActivityPoint[]): TimeSeries[] {
  return [
    { name: 'Succeeded', tone: 'ok', kind: 'columns', values: points.map(toSucceeded) },
    { name: 'Failed, tried again', tone: 'warn', kind: 'columns', values: points.map((p) => p.retried) },
    { name: 'Failed for good', tone: 'bad', kind: 'columns', values: points.map(toLost) },
    {
      name: 'Waiting for retry',
      tone: 'accent',
      kind: 'line',
      hasOwnAxis: true,
      values: points.map((p) => p.waiting),
    },
    { name: 'Events accepted', tone: 'idle', kind: 'line', values: points.map((p) => p.accepted) },
  ];
}

function summarizePoints(points: readonly ActivityPoint[]): string {
  const sum = (select: (point: ActivityPoint) => number) =>
    formatCount(points.reduce((total, point) => total + select(point), 0));
  const last = points.at(-1)?.waiting ?? 0;
  return `${sum((p) => p.accepted)} events accepted, ${sum(toSucceeded)} attempts succeeded, ${sum((p) => p.retried)} failed and are tried again, ${sum(toLost)} failed for good, ${formatCount(last)} deliveries wait`;
}

function toSucceeded({ attempts, failedAttempts }: ActivityPoint): number {
  return attempts - failedAttempts;
}

function toLost({ failedAttempts, retried }: ActivityPoint): number {
  return failedAttempts - retried;
}
