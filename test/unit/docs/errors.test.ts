import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { errorTable } from '@tocsin/shared';

/** The cells of a table row, without padding. */
function parseCells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

test('docs/rest.md has one row per error, equal to the error table', async () => {
  const page = await readFile(new URL('../../../docs/rest.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| `[A-Z_]+` /.test(line));
  expect(rows.map(parseCells)).toEqual(
    Object.entries(errorTable).map(([code, row]) => [
      `\`${code}\``,
      String(row.http),
      `\`${row.rest}\``,
      row.retryable ? 'yes' : 'no',
      row.meaning,
    ]),
  );
});
