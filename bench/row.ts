import { quietPercent } from './others.ts';

/** One line of the table. What a scenario does not measure it leaves out. */
export interface Row {
  readonly name: string;
  /** From the first publish to the last receipt at the sink. */
  readonly deliveriesPerS?: number;
  /** From the first publish until every delivery is 'delivered' in MongoDB. */
  readonly recordedPerS?: number;
  /** The raw limit, measured right before on the same sink. */
  readonly rawPerS?: number;
  /** CPU seconds per 1,000 deliveries. */
  readonly serverCpu?: number;
  readonly mongodCpu?: number;
  readonly rssPeakMb?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Share of the machine that went to processes that are not the bench's, in percent: above 10, measure again. */
  readonly othersPercent?: number;
  /** Accepted and not received. Anything but 0 is a failure of the server, not a figure. */
  readonly lost?: number;
  readonly duplicates?: number;
  /** How many rounds the medians are of. */
  readonly rounds?: number;
  readonly extra?: Readonly<Record<string, number>>;
}

type NumberField = Exclude<keyof Row, 'name' | 'extra'>;

/**
 * Of several rounds: each figure's median over the quiet rounds, or over all when none was quiet. Losses and duplicates
 * are added up over all, since one is too many.
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

/** The value that `share` of all do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
