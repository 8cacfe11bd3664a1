import { useEffect, useRef, useState } from 'react';
import UPlot from 'uplot';
import { formatCount, formatDateTime } from '../../lib/format.ts';
import { useIsDark } from '../../lib/theme.ts';
import { classNames } from '../../components/ui/class-names.ts';

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

const height = 210;

/** Attempts as stacked columns with failures on top, and accepted events and waiting deliveries as lines. */
export function ActivityChart({
  points,
  label,
}: {
  /** Undefined during the first load. */
  readonly points: readonly ActivityPoint[] | undefined;
  readonly label: string;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const isDark = useIsDark();
  const [hovered, setHovered] = useState<number | null>(null);
  const latest = useRef(points ?? []);
  useEffect(() => {
    latest.current = points ?? [];
  }, [points]);

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const chart = new UPlot(toPlotOptions(element, setHovered), toPlotData(latest.current), element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = undefined;
    };
    // A canvas keeps its colors, so a theme change needs a new chart.
  }, [isDark]);

  useEffect(() => plot.current?.setData(toPlotData(points ?? [])), [points]);

  const point = hovered === null ? undefined : points?.[hovered];
  return (
    <figure className="m-0">
      <figcaption className="mb-2 flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-2">
        <LegendItem color="bg-ok-fill" name="Succeeded" value={point && toSucceeded(point)} />
        <LegendItem color="bg-warn-fill" name="Failed, tried again" value={point?.retried} />
        <LegendItem color="bg-bad-fill" name="Failed for good" value={point && toLost(point)} />
        <LegendItem color="bg-accent h-0.5! w-3.5!" name="Waiting for retry" value={point?.waiting} />
        <LegendItem color="bg-ink-3 h-0.5! w-3.5!" name="Events accepted" value={point?.accepted} />
        <span className="ml-auto tabular-nums text-ink-3">{point && formatDateTime(point.at)}</span>
      </figcaption>
      <div
        ref={frame}
        role="img"
        aria-label={`${label}: ${summarizePoints(points ?? [])}`}
        className="w-full overflow-hidden"
        style={{ height }}
      />
    </figure>
  );
}

function LegendItem({
  color,
  name,
  value,
}: {
  readonly color: string;
  readonly name: string;
  readonly value: number | undefined;
}) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden className={classNames('size-2 rounded-[2px]', color)} />
      {name}
      {value !== undefined && <b className="font-semibold tabular-nums text-ink">{formatCount(value)}</b>}
    </span>
  );
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

/** Draws the highest columns first, at the height of all series together; the lower ones cover their part. */
function toPlotData(points: readonly ActivityPoint[]): UPlot.AlignedData {
  return [
    points.map((point) => Date.parse(point.at) / 1000),
    points.map((point) => point.attempts),
    points.map((point) => toSucceeded(point) + point.retried),
    points.map(toSucceeded),
    points.map((point) => point.accepted),
    points.map((point) => point.waiting),
  ];
}

function toPlotOptions(element: HTMLElement, onHover: (index: number | null) => void): UPlot.Options {
  const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = {
    stroke: color('--ink-3'),
    font: '11px "Geist Variable", sans-serif',
    ticks: { show: false },
  } satisfies UPlot.Axis;
  const { bars, linear } = UPlot.paths;
  const columns = bars?.({ size: [0.72, 28], radius: 0.12 });
  const line = linear?.();
  const noPoints = { show: false };
  return {
    width: element.clientWidth,
    height,
    padding: [8, 6, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { setScale: false } },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    // Half a column of padding on both sides, so that the first and last columns are not cut off.
    scales: {
      x: { range: (plot, min, max) => [min - halfStep(plot), max + halfStep(plot)] },
      y: { range: toRange },
      waiting: { range: toRange },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 30, space: 70, values: timeLabels },
      {
        ...axis,
        grid: { stroke: color('--line'), width: 1 },
        size: 44,
        space: 42,
        incrs: steps,
        values: toCountLabels,
      },
      {
        ...axis,
        scale: 'waiting',
        ...rightSide,
        stroke: color('--accent'),
        grid: { show: false },
        size: 44,
        space: 42,
        incrs: steps,
        values: toCountLabels,
      },
    ],
    series: [
      {},
      { fill: color('--bad-fill'), width: 0, points: noPoints, ...(columns && { paths: columns }) },
      { fill: color('--warn-fill'), width: 0, points: noPoints, ...(columns && { paths: columns }) },
      { fill: color('--ok-fill'), width: 0, points: noPoints, ...(columns && { paths: columns }) },
      { stroke: color('--ink-3'), width: 1.5, points: noPoints, ...(line && { paths: line }) },
      {
        scale: 'waiting',
        stroke: color('--accent'),
        width: 1.5,
        dash: [5, 3],
        points: noPoints,
        ...(line && { paths: line }),
      },
    ],
    hooks: { setCursor: [(plot) => onHover(plot.cursor.idx ?? null)] },
  };
}

/** Puts an axis on the right. The enum of uPlot's types has no value at run time. */
const rightSide: object = { side: 1 };

const steps = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6];

function toRange(_plot: UPlot, _min: number, max: number): UPlot.Range.MinMax {
  return [0, Math.max(4, max * 1.08)];
}

function toCountLabels(_plot: UPlot, values: number[]): string[] {
  return values.map((value) => formatCount(value));
}

function halfStep(plot: UPlot): number {
  const [first = 0, second = first] = plot.data[0];
  return (second - first) / 2;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

/** Formats the time axis in the browser's locale. The built-in labels are American. */
function timeLabels(_plot: UPlot, seconds: number[]): string[] {
  return seconds.map((value) => {
    const date = new Date(value * 1000);
    return date.getHours() === 0 && date.getMinutes() === 0 ? day.format(date) : clock.format(date);
  });
}
