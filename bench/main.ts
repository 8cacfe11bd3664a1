import type { Bench, Scenario } from './bench.ts';
import { loadText, machineFacts } from './machine.ts';
import { waitForQuiet } from './other-load.ts';
import { readOptions, usage, type Options } from './options.ts';
import { Processes } from './processes.ts';
import { medianRow, type Row } from './row.ts';
import { latency } from './scenarios/latency.ts';
import { longTail } from './scenarios/long-tail.ts';
import { manySlow } from './scenarios/many-slow.ts';
import { deadDns } from './scenarios/dead-dns.ts';
import { apart } from './scenarios/apart.ts';
import { backlogElsewhere } from './scenarios/backlog-elsewhere.ts';
import { feed } from './scenarios/feed.ts';
import { idle } from './scenarios/idle.ts';
import { noisyNeighbor } from './scenarios/noisy-neighbor.ts';
import { oneHost } from './scenarios/one-host.ts';
import { outbox } from './scenarios/outbox.ts';
import { raw } from './scenarios/raw.ts';
import { receiverTest } from './scenarios/receiver-test.ts';
import { recovery } from './scenarios/recovery.ts';
import { retryStorm } from './scenarios/retry-storm.ts';
import { scaleOut } from './scenarios/scale-out.ts';
import { stored } from './scenarios/stored.ts';
import { client } from './scenarios/client.ts';
import { backlog, fanOut, publishMany, rest } from './scenarios/throughput.ts';
import { search } from './scenarios/search.ts';
import { storage } from './scenarios/storage.ts';
import { trpcLinks } from './scenarios/trpc-links.ts';
import { toTable } from './table.ts';

const scenarios: readonly Scenario[] = [
  raw,
  rest,
  client,
  publishMany,
  trpcLinks,
  outbox,
  fanOut,
  backlog,
  latency,
  apart,
  noisyNeighbor,
  manySlow,
  oneHost,
  deadDns,
  longTail,
  scaleOut,
  backlogElsewhere,
  retryStorm,
  receiverTest,
  recovery,
  stored,
  storage,
  search,
  feed,
  idle,
];

function selectScenarios({ only }: Options): readonly Scenario[] {
  const unknown = only.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    const known = scenarios.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}`);
    throw new Error(`unknown scenario "${unknown}"; scenarios are\n${known.join('\n')}`);
  }
  return only.length === 0 ? scenarios : scenarios.filter(({ name }) => only.includes(name));
}

/**
 * Runs all scenarios in each round, so that a slow minute of the machine affects only one value of each
 * median.
 */
async function measure(bench: Bench): Promise<{ rows: Row[]; rounds: Row[] }> {
  const rounds: Row[] = [];
  for (let round = 1; round <= bench.options.rounds; round++) {
    for (const scenario of selectScenarios(bench.options)) {
      if (round > (scenario.maxRounds ?? Number.POSITIVE_INFINITY)) continue;
      await waitForQuiet(bench.options.patience, bench.print);
      bench.print(`round ${round} of ${bench.options.rounds}: ${scenario.name} (load ${loadText()})`);
      try {
        const rows = await scenario.run(bench);
        rounds.push(...rows);
        bench.print(toTable(rows));
      } catch (error) {
        bench.print(`  ${scenario.name} failed: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
      }
    }
  }
  const names = [...new Set(rounds.map((row) => row.name))];
  return { rounds, rows: names.map((name) => medianRow(rounds.filter((row) => row.name === name))) };
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const bench: Bench = {
    options,
    processes: new Processes(),
    print: (line) => void process.stderr.write(`${line}\n`),
  };
  // The exit handlers of Processes and of the embedded mongod end all child processes.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const facts = machineFacts();
  const { rows, rounds } = await measure(bench);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ facts, options, rows, rounds }, undefined, 2)}\n`);
    return;
  }
  const lines = Object.entries({ ...facts, 'load after': loadText(), rounds: String(options.rounds) });
  process.stdout.write(
    `\n${toTable(rows)}\n\n${lines.map(([name, text]) => `${name}: ${text}`).join('\n')}\n`,
  );
  if (rows.some((row) => (row.lost ?? 0) > 0)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`);
  process.exit(2);
}
