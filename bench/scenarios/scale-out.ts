import type { Bench, Scenario } from '../bench.ts';
import { measureThroughput, waitUntil } from '../flow.ts';
import { ratio, type Row } from '../row.ts';
import { seedApps } from '../seed-apps.ts';
import { Testbed } from '../testbed.ts';
import { partitionCount } from '../../server/src/domain/partition.ts';

/** One webhook each. Enough for each process to own about as many as the others. */
const apps = 512;

/** Longer than the workers need to share the partitions. */
const sharedTimeoutMs = 60_000;

/**
 * One process accepts events, and 1, 2, 4 or 8 processes send them, all on one mongod. Publishers grow with the
 * processes, as they do where several are needed. Work and conflicts per delivery must not grow. Rates grow only if
 * the machine has a core for each process.
 */
export const scaleOut: Scenario = {
  name: 'scale-out',
  summary:
    '20,000 events over a ROLE=api process and 1, 2, 4 ... --workers N (4) ROLE=worker processes, with 32 publishers each: ratios to 1',
  async run(bench) {
    const rows: Row[] = [];
    for (let workers = 1; workers <= bench.options.workers; workers *= 2) {
      const row = await measure(bench, workers);
      const first = rows[0] ?? row;
      rows.push({
        ...row,
        extra: {
          ...row.extra,
          'deliveries/s ratio': ratio(row.deliveriesPerS, first.deliveriesPerS),
          'CPU ratio, processes': ratio(row.serverCpu, first.serverCpu),
          'CPU ratio, mongod': ratio(row.mongodCpu, first.mongodCpu),
        },
      });
    }
    return rows;
  },
};

async function measure(bench: Bench, workers: number): Promise<Row> {
  const { quick } = bench.options;
  const path = '/scale-out';
  await using testbed = await Testbed.open(bench, { env: { ROLE: 'api' } });
  const { target } = await testbed.createApp([path]);
  await testbed.stopServer();
  const appIds = await seedApps(testbed.collections, { count: apps, url: `${testbed.sinkUrl}${path}` });
  await testbed.startServer();
  for (let n = 0; n < workers; n++) await testbed.startWorker();
  await waitForShares(testbed, workers);
  const job = {
    ...target,
    appIds,
    url: testbed.server.url,
    transport: 'rest',
    concurrency: 32 * workers,
  } as const;
  // Warm-up: each worker compiles its hot path, and gets only its share of the events.
  await measureThroughput(testbed, { ...job, events: quick ? 500 : 10_000 * workers });
  const measured = await measureThroughput(testbed, { ...job, events: quick ? 1_000 : 20_000 });
  return { name: `scale-out: ${workers}`, ...measured };
}

/** Resolves when each worker owns its share of the partitions. */
async function waitForShares({ collections, bench }: Testbed, workers: number): Promise<void> {
  const isShared = await waitUntil(async () => {
    const counts = new Map<string, number>();
    for (const { owner } of await collections.partitions.find().toArray()) {
      if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    return counts.size === workers && Math.min(...counts.values()) >= Math.floor(partitionCount / workers);
  }, sharedTimeoutMs);
  if (!isShared) bench.print('  the workers do not share the partitions evenly');
}
