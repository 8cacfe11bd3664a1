import type { Row } from './row.ts';

type Column = readonly [title: string, text: (row: Row) => string];

const number = (value: number | undefined, digits: number): string =>
  value === undefined || Number.isNaN(value)
    ? ''
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const both = (a: number | undefined, b: number | undefined, combine: (a: number, b: number) => number) =>
  a === undefined || b === undefined ? undefined : combine(a, b);

const columns: readonly Column[] = [
  ['scenario', (row) => row.name],
  ['deliveries/s', (row) => number(row.deliveriesPerS, 0)],
  ['recorded/s', (row) => number(row.recordedPerS, 0)],
  ['raw/s', (row) => number(row.rawPerS, 0)],
  [
    'of raw %',
    (row) =>
      number(
        both(row.deliveriesPerS, row.rawPerS, (a, b) => (100 * a) / b),
        1,
      ),
  ],
  ['CPU s/1,000: server', (row) => number(row.serverCpu, 3)],
  ['mongod', (row) => number(row.mongodCpu, 3)],
  [
    'sum',
    (row) =>
      number(
        both(row.serverCpu, row.mongodCpu, (a, b) => a + b),
        3,
      ),
  ],
  ['RSS peak MB', (row) => number(row.rssPeakMb, 0)],
  ['p50 ms', (row) => number(row.p50Ms, 1)],
  ['p99 ms', (row) => number(row.p99Ms, 1)],
  ['lost', (row) => number(row.lost, 0)],
  ['dup', (row) => number(row.duplicates, 0)],
  ['others %', (row) => number(row.othersPercent, 0)],
  ['rounds', (row) => number(row.rounds, 0)],
];

/**
 * Formats rows as plain text with right-aligned numbers. Figures of single scenarios follow below the table.
 */
export function toTable(rows: readonly Row[]): string {
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, text]) => text(row)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((text, index) => (index === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const extras = rows.flatMap((row) =>
    row.extra === undefined ? [] : [`${row.name}: ${Object.entries(row.extra).map(extraText).join(', ')}`],
  );
  return [...lines, ...(extras.length > 0 ? ['', ...extras] : [])].join('\n');
}

function extraText([name, value]: [string, number]): string {
  return `${name} ${number(value, Number.isInteger(value) ? 0 : 2)}`;
}
