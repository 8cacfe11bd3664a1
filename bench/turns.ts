import { Cleanup } from './cleanup.ts';
import { allClosed, arriveWithinMs, requireAccepted } from './flow.ts';
import { readOptions } from './options.ts';
import { Processes } from './processes.ts';
import { percentile } from './row.ts';
import { Stage } from './stage.ts';
import { Usage } from './usage.ts';
import type { PublishJob, PublishTarget } from './workers/publisher.ts';

/*
 * Two servers that run at the same time, each with its own database, sink and publisher, and take turns of a second or two.
 * A machine whose speed changes by the minute is the same for both in a turn, which it is not for two runs of the bench.
 * The last part of compare.sh, for `TURNS=24`:
 *
 *   node --conditions=@tocsin/source --import tsx bench/turns.ts BASE WORK TURNS [rest|client|many ...]
 */

type Way = PublishJob['way'];

/** As in the scenarios; enough events for a turn of a second or two. */
const jobs: Record<Way, { readonly events: number; readonly concurrency: number }> = {
  rest: { events: 8_000, concurrency: 32 },
  client: { events: 12_000, concurrency: 256 },
  many: { events: 12_000, concurrency: 8 },
};

interface Turn {
  readonly perS: number;
  readonly serverCpu: number;
  readonly cpu: number;
}

interface Variant {
  readonly stage: Stage;
  readonly target: PublishTarget;
}

async function open(processes: Processes, tree: string): Promise<Variant> {
  const options = readOptions(['--tree', tree]);
  const stage = await Stage.open({ options, processes, say: () => {} });
  return { stage, target: (await stage.makeApp(['/turns'])).target };
}

async function take({ stage, target }: Variant, way: Way, events = jobs[way].events): Promise<Turn> {
  await stage.sink.ask('reset', undefined);
  const usage = await Usage.start(stage);
  const arrival = stage.sink.ask('waitFor', { total: events, withinMs: arriveWithinMs });
  const { concurrency } = jobs[way];
  const report = await stage.publisher.ask('publish', { ...target, way, events, concurrency });
  requireAccepted(report);
  const { lastUs } = await arrival;
  // What was recorded late belongs to this turn and not to the other's.
  await allClosed(stage);
  const { serverCpu, mongodCpu } = await usage.end(events);
  return { perS: events / ((lastUs - report.startedUs) / 1e6), serverCpu, cpu: serverCpu + mongodCpu };
}

function say(way: Way, base: readonly Turn[], work: readonly Turn[]): void {
  const figure = (of: keyof Turn, digits: number): string => {
    const middle = (turns: readonly Turn[]) =>
      percentile(
        turns.map((turn) => turn[of]),
        0.5,
      ).toFixed(digits);
    const ratios = work.map((turn, index) => turn[of] / (base[index]?.[of] ?? Number.NaN));
    const [low, mid, high] = [0.25, 0.5, 0.75].map((part) => percentile(ratios, part).toFixed(3));
    return `${middle(base)} -> ${middle(work)}, ratio ${mid} (half of the turns between ${low} and ${high})`;
  };
  console.log(`${way}, ${work.length} turns`);
  console.log(`  deliveries/s          ${figure('perS', 0)}`);
  console.log(`  CPU s/1,000, server   ${figure('serverCpu', 3)}`);
  console.log(`  CPU s/1,000, sum      ${figure('cpu', 3)}`);
}

async function main([base = '', work = '', turns = '24', ...ways]: readonly string[]): Promise<void> {
  const processes = new Processes();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  await using opened = new Cleanup();
  const variants: Variant[] = [];
  for (const tree of [base, work]) {
    const variant = await open(processes, tree);
    opened.use(variant.stage);
    variants.push(variant);
  }
  const [first, second] = variants;
  if (first === undefined || second === undefined) throw new Error('there are two');
  for (const way of (ways.length > 0 ? ways : ['rest']) as Way[]) {
    // The compiler of V8, as in flow.ts.
    for (const variant of variants) await take(variant, way, 30_000);
    const ofBase: Turn[] = [];
    const ofWork: Turn[] = [];
    for (let turn = 0; turn < Number(turns); turn++) {
      if (turn % 2 === 0) ofBase.push(await take(first, way));
      ofWork.push(await take(second, way));
      if (turn % 2 === 1) ofBase.push(await take(first, way));
    }
    say(way, ofBase, ofWork);
  }
}

await main(process.argv.slice(2));
