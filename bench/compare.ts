import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { medianRow, type Row } from './row.ts';
import { toTable } from './table.ts';

/** The last step of compare.sh: prints the medians of both variants and the ratios between them. */
async function main(folder: string, ref: string): Promise<void> {
  const work = await readMedians(folder, 'work');
  const base = await readMedians(folder, 'ref');
  for (const [name, after] of work) {
    const before = base.get(name);
    if (before === undefined) continue;
    process.stdout.write(
      `${toTable([
        { ...before, name: `${name}: ${ref}` },
        { ...after, name: `${name}: work tree` },
      ])}\n`,
    );
    process.stdout.write(`work tree / ${ref}: ${toRatios(before, after).join(', ')}\n\n`);
  }
}

async function readMedians(folder: string, variant: string): Promise<Map<string, Row>> {
  const files = (await readdir(folder)).filter((file) => file.startsWith(`${variant}-`));
  const runs = await Promise.all(files.map(async (file) => await readFile(join(folder, file), 'utf8')));
  // `as`: main.ts of this work tree wrote the files.
  const rows = runs.flatMap((text) => (JSON.parse(text) as { rounds: Row[] }).rounds);
  const names = [...new Set(rows.map((row) => row.name))];
  return new Map(names.map((name) => [name, medianRow(rows.filter((row) => row.name === name))]));
}

function toRatios(before: Row, after: Row): string[] {
  const ratio = (title: string, a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? [] : [`${title} ${(b / a).toFixed(3)}`];
  const cpu = ({ serverCpu, mongodCpu }: Row) =>
    serverCpu === undefined || mongodCpu === undefined ? undefined : serverCpu + mongodCpu;
  return [
    ...ratio('deliveries/s', before.deliveriesPerS, after.deliveriesPerS),
    ...ratio('CPU', cpu(before), cpu(after)),
    ...ratio('RSS', before.rssPeakMb, after.rssPeakMb),
    ...ratio('p50', before.p50Ms, after.p50Ms),
    ...ratio('p99', before.p99Ms, after.p99Ms),
  ];
}

const [folder, ref] = process.argv.slice(2);
if (folder === undefined || ref === undefined)
  throw new Error('usage: compare.ts FOLDER REF (run compare.sh instead)');
await main(folder, ref);
