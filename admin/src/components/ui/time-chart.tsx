import { useEffect, useRef, useState } from 'react';
import UPlot from 'uplot';
import { formatDateTime } from '../../lib/format.ts';
import { useIsDark } from '../../lib/theme.ts';
import { classNames } from './class-names.ts';

export interface TimeSeries {
  readonly name: string;
  /** One for each time. Null: no value. */
  readonly values: readonly (number | null)[];
  /** Columns are stacked, the first series at the bottom. */
  readonly kind: 'columns' | 'line';
  /** Draws a dashed line with an axis of its own: a level beside the counts of the intervals. */
  readonly hasOwnAxis?: boolean;
  readonly tone: SeriesTone;
}

const tones = {
  ok: { variable: '--ok-fill', className: 'bg-ok-fill' },
  bad: { variable: '--bad-fill', className: 'bg-bad-fill' },
  accent: { variable: '--accent', className: 'bg-accent' },
  warn: { variable: '--warn-fill', className: 'bg-warn-fill' },
  idle: { variable: '--ink-3', className: 'bg-ink-3' },
} as const;

type SeriesTone = keyof typeof tones;

export interface TimeChartProps {
  /** Starts of the intervals, ISO 8601. */
  readonly times: readonly string[];
  readonly series: readonly TimeSeries[];
  /** What the chart shows, with its totals, for those who do not see it. */
  readonly label: string;
  readonly format: (value: number) => string;
  /** Whether the values are numbers of things, so that the axes have no parts of one. */
  readonly isCount?: boolean;
  /** @default 160 */
  readonly height?: number;
}

/** Values over time, as columns and lines. Shows the values of the interval under the pointer in its legend. */
export function TimeChart({ times, series, label, format, isCount = false, height = 160 }: TimeChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const isDark = useIsDark();
  const [hovered, setHovered] = useState<number | null>(null);
  const latest = useRef({ times, series, format });
  useEffect(() => {
    latest.current = { times, series, format };
    plot.current?.setData(toPlotData(times, series));
  }, [times, series, format]);

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const shown = latest.current;
    const options = toPlotOptions(
      { element, height, series: shown.series, format: shown.format, isCount },
      setHovered,
    );
    const chart = new UPlot(options, toPlotData(shown.times, shown.series), element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = undefined;
    };
    // A canvas keeps its colors, so a theme change needs a new chart.
  }, [isDark, isCount, height]);

  const time = hovered === null ? undefined : times[hovered];
  return (
    <figure className="m-0 min-w-0">
      <figcaption className="mb-1.5 flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-2">
        {series.map(({ name, values, kind, tone }) => {
          const value = hovered === null ? undefined : values[hovered];
          return (
            <span key={name} className="inline-flex items-center gap-1.5">
              <span
                aria-hidden
                className={classNames(
                  'rounded-[2px]',
                  kind === 'line' ? 'h-0.5 w-3.5' : 'size-2',
                  tones[tone].className,
                )}
              />
              {name}
              {typeof value === 'number' && (
                <b className="font-semibold tabular-nums text-ink">{format(value)}</b>
              )}
            </span>
          );
        })}
        <span className="ml-auto tabular-nums text-ink-3">{time !== undefined && formatDateTime(time)}</span>
      </figcaption>
      <div ref={frame} role="img" aria-label={label} className="w-full overflow-hidden" style={{ height }} />
    </figure>
  );
}

/** Stacked columns come first, the highest one behind the others. */
function toPlotData(times: readonly string[], series: readonly TimeSeries[]): UPlot.AlignedData {
  const columns = series.filter(({ kind }) => kind === 'columns');
  const stacks = columns.map((_, index) =>
    times.map((__, at) =>
      columns.slice(0, index + 1).reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
    ),
  );
  const lines = series.filter(({ kind }) => kind === 'line').map(({ values }) => [...values]);
  return [times.map((time) => Date.parse(time) / 1000), ...stacks.toReversed(), ...lines];
}

interface PlotParts extends Required<Pick<TimeChartProps, 'series' | 'format' | 'isCount' | 'height'>> {
  readonly element: HTMLElement;
}

function toPlotOptions(
  { element, height, series, format, isCount }: PlotParts,
  onHover: (index: number | null) => void,
): UPlot.Options {
  const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = {
    stroke: color('--ink-3'),
    font: '11px "Geist Variable", sans-serif',
    ticks: { show: false },
  } satisfies UPlot.Axis;
  const { bars, linear } = UPlot.paths;
  const columnPaths = bars?.({ size: [0.72, 28], radius: 0.12 });
  const linePaths = linear?.();
  const points = { show: false };
  const columns = series
    .filter(({ kind }) => kind === 'columns')
    .map(({ tone }) => ({
      fill: color(tones[tone].variable),
      width: 0,
      points,
      ...(columnPaths && { paths: columnPaths }),
    }));
  const lines = series
    .filter(({ kind }) => kind === 'line')
    .map(({ tone, hasOwnAxis }) => ({
      stroke: color(tones[tone].variable),
      width: 1.5,
      spanGaps: true,
      // A value between gaps has no line.
      points: { show: hasGaps, size: 4, fill: color(tones[tone].variable) },
      ...(linePaths && { paths: linePaths }),
      ...(hasOwnAxis === true && { scale: ownScale, dash: [5, 3] }),
    }));
  const own = series.find(({ hasOwnAxis }) => hasOwnAxis);
  const valueAxis = {
    ...axis,
    space: 40,
    ...(isCount && { incrs: countSteps }),
    values: (_plot: UPlot, values: number[]) => values.map((value) => (value === 0 ? '0' : format(value))),
  };
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
      [ownScale]: { range: toRange },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 28, space: 70, values: timeLabels },
      { ...valueAxis, grid: { stroke: color('--line'), width: 1 }, size: 52 },
      ...(own === undefined
        ? []
        : [
            {
              ...valueAxis,
              ...rightSide,
              scale: ownScale,
              stroke: color(tones[own.tone].variable),
              grid: { show: false },
              size: 44,
            },
          ]),
    ],
    series: [{}, ...columns.toReversed(), ...lines],
    hooks: { setCursor: [(plot) => onHover(plot.cursor.idx ?? null)] },
  };
}

const ownScale = 'own';

function hasGaps(plot: UPlot, index: number): boolean {
  return plot.data[index]?.some((value) => value === null) ?? false;
}

/** Puts an axis on the right. The enum of uPlot's types has no value at run time. */
const rightSide: object = { side: 1 };

const countSteps = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6];

function toRange(_plot: UPlot, _min: number, max: number): UPlot.Range.MinMax {
  return [0, Math.max(4, max * 1.08)];
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
