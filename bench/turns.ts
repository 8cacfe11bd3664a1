import { Cleanup } from './cleanup.ts';
import { waitForOutbox, arrivalTimeoutMs, requireAccepted } from './flow.ts';
import { readOptions } from './options.ts';
import { Processes } from './processes.ts';
import { percentile } from './row.ts';
import { Testbed } from './testbed.ts';
import { Usage } from './usage.ts';
import type { PublishJob, PublishTarget } from './workers/publisher.ts';

/*
 * Two servers run at the same time, each with its own database, sink and publisher, and take turns of a
 * second or two. The speed of a machine can change by the minute. Unlike in two runs of the bench, it affects
 * both servers equally. compare.sh calls this for `TURNS=24`:
 *
 *   node --conditions=@tocsin/source --import tsx bench/turns.ts BASE WORK TURNS [rest|client|many ...]
 */

type Transport = PublishJob['transport'];

/** The concurrency of the scenarios, with enough events for a turn of a second or two. */
const jobs: Record<Transport, { readonly events: number; readonly concurrency: number }> = {
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
  readonly testbed: Testbed;
  readonly target: PublishTarget;
}

async function open(processes: Processes, tree: string): Promise<Variant> {
  const options = readOptions(['--tree', tree]);
  const testbed = await Testbed.open({ options, processes, print: () => {} });
  return { testbed, target: (await testbed.createApp(['/turns'])).target };
}

async function runTurn(
  { testbed, target }: Variant,
  transport: Transport,
  events = jobs[transport].events,
): Promise<Turn> {
  await testbed.sink.call('reset', undefined);
  const usage = await Usage.start(testbed);
  const arrival = testbed.sink.call('waitFor', { total: events, timeoutMs: arrivalTimeoutMs });
  const { concurrency } = jobs[transport];
  const report = await testbed.publisher.call('publish', { ...target, transport, events, concurrency });
  requireAccepted(report);
  const { lastUs } = await arrival;
  // Results that are stored late belong to this turn.
  await waitForOutbox(testbed);
  const { serverCpu, mongodCpu } = await usage.end(events);
  return { perS: events / ((lastUs - report.startedUs) / 1e6), serverCpu, cpu: serverCpu + mongodCpu };
}

function printTurns(transport: Transport, base: readonly Turn[], work: readonly Turn[]): void {
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
  console.log(`${transport}, ${work.length} turns`);
  console.log(`  deliveries/s          ${figure('perS', 0)}`);
  console.log(`  CPU s/1,000, server   ${figure('serverCpu', 3)}`);
  console.log(`  CPU s/1,000, sum      ${figure('cpu', 3)}`);
}

async function main([base = '', work = '', turns = '24', ...transports]: readonly string[]): Promise<void> {
  const processes = new Processes();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  await using opened = new Cleanup();
  const variants: Variant[] = [];
  for (const tree of [base, work]) {
    const variant = await open(processes, tree);
    opened.use(variant.testbed);
    variants.push(variant);
  }
  const [first, second] = variants;
  if (first === undefined || second === undefined) throw new Error('two variants are required');
  for (const transport of (transports.length > 0 ? transports : ['rest']) as Transport[]) {
    // Warm-up, as in flow.ts.
    for (const variant of variants) await runTurn(variant, transport, 30_000);
    const baseTurns: Turn[] = [];
    const workTurns: Turn[] = [];
    for (let turn = 0; turn < Number(turns); turn++) {
      if (turn % 2 === 0) baseTurns.push(await runTurn(first, transport));
      workTurns.push(await runTurn(second, transport));
      if (turn % 2 === 1) baseTurns.push(await runTurn(first, transport));
    }
    printTurns(transport, baseTurns, workTurns);
  }
}

await main(process.argv.slice(2));
