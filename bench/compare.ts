import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { medianRow, type Row } from './row.ts';
import { tableOf } from './table.ts';

/** The second half of compare.sh: medians of both variants side by side, and what the work tree makes of the ref's. */
async function main(folder: string, ref: string): Promise<void> {
  const work = await mediansOf(folder, 'work');
  const base = await mediansOf(folder, 'ref');
  for (const [name, after] of work) {
    const before = base.get(name);
    if (before === undefined) continue;
    process.stdout.write(
      `${tableOf([
        { ...before, name: `${name}: ${ref}` },
        { ...after, name: `${name}: work tree` },
      ])}\n`,
    );
    process.stdout.write(`work tree / ${ref}: ${ratiosOf(before, after).join(', ')}\n\n`);
  }
}

async function mediansOf(folder: string, variant: string): Promise<Map<string, Row>> {
  const files = (await readdir(folder)).filter((file) => file.startsWith(`${variant}-`));
  const runs = await Promise.all(files.map(async (file) => await readFile(join(folder, file), 'utf8')));
  // Written by main.ts a moment ago.
  const rows = runs.flatMap((text) => (JSON.parse(text) as { rounds: Row[] }).rounds);
  const names = [...new Set(rows.map((row) => row.name))];
  return new Map(names.map((name) => [name, medianRow(rows.filter((row) => row.name === name))]));
}

function ratiosOf(before: Row, after: Row): string[] {
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
  throw new Error('compare.ts FOLDER REF: run compare.sh instead');
await main(folder, ref);
