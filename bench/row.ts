import { quietPercent } from './other-load.ts';

/** One line of the table. A scenario omits what it does not measure. */
export interface Row {
  readonly name: string;
  /** From the first publish to the last receipt at the sink. */
  readonly deliveriesPerS?: number;
  /** From the first publish until MongoDB stores every delivery as `delivered`. */
  readonly recordedPerS?: number;
  /** The raw limit, measured immediately before with the same sink. */
  readonly rawPerS?: number;
  /** CPU seconds per 1,000 deliveries. */
  readonly serverCpu?: number;
  readonly mongodCpu?: number;
  readonly rssPeakMb?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** CPU share of processes outside the bench, in percent. Measure again if it is above 10. */
  readonly othersPercent?: number;
  /** Events accepted and not received. Any value but 0 is a failure of the server. */
  readonly lost?: number;
  readonly duplicates?: number;
  /** Number of rounds in the medians. */
  readonly rounds?: number;
  readonly extra?: Readonly<Record<string, number>>;
}

type NumberField = Exclude<keyof Row, 'name' | 'extra'>;

/**
 * Returns the median of each figure over the quiet rounds, or over all rounds if none was quiet. Losses and
 * duplicates are added up over all rounds, because one is too many.
 */
export function medianRow(rows: readonly Row[]): Row {
  const [first] = rows;
  if (first === undefined) throw new Error('a median needs a row');
  const quiet = rows.filter((row) => (row.othersPercent ?? 0) <= quietPercent);
  const used = quiet.length > 0 ? quiet : rows;
  const fields: Partial<Record<NumberField, number>> = { rounds: used.length };
  for (const field of Object.keys(first) as (keyof Row)[]) {
    if (field === 'name' || field === 'extra' || field === 'rounds') continue;
    const isCount = field === 'lost' || field === 'duplicates';
    const values = (isCount ? rows : used).flatMap((row) => row[field] ?? []);
    fields[field] = isCount ? sum(values) : median(values);
  }
  const extraNames = Object.keys(first.extra ?? {});
  const extra = Object.fromEntries(
    extraNames.map((name) => [name, median(used.flatMap((row) => row.extra?.[name] ?? []))]),
  );
  return { ...fields, name: first.name, ...(extraNames.length > 0 ? { extra } : {}) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Returns how many times `base` the value is. NaN if one of them was not measured. */
export function ratio(value: number | undefined, base: number | undefined): number {
  return value === undefined || base === undefined ? Number.NaN : value / base;
}

/** The smallest value that at least `share` of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
