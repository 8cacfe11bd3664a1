import type { Scenario } from '../bench.ts';
import { measureFlow } from '../flow.ts';
import { retryCost } from '../retry-cost.ts';
import type { Row } from '../row.ts';
import { seedFinished, type SeedOptions } from '../seed.ts';
import { Testbed } from '../testbed.ts';

/** Measures publishing and retrying with an empty store, and with a million finished deliveries. */
export const stored: Scenario = {
  name: 'stored',
  summary: 'rest and the cost of a retry, with 0 and with 1,000,000 finished deliveries stored',
  // Filling the store takes more than a minute.
  maxRounds: 2,
  async run(bench) {
    const { quick } = bench.options;
    await using testbed = await Testbed.open(bench);
    const { target, webhookIds } = await testbed.createApp(['/stored']);
    const owner = { appId: target.appId, webhookId: webhookIds[0] ?? '' };
    const first = await measure(testbed, 'stored: 0', { ...owner, count: quick ? 500 : 10_000 });
    const count = quick ? 10_000 : 1_000_000;
    bench.print(`  storing ${count.toLocaleString('en')} finished deliveries`);
    await seedFinished(testbed.collections, { ...owner, count });
    // Otherwise mongod would write them to disk during the next measurement.
    await testbed.db.admin().command({ fsync: 1 });
    await testbed.startServer();
    return [
      first,
      await measure(testbed, `stored: ${count.toLocaleString('en')}`, {
        ...owner,
        count: quick ? 500 : 10_000,
      }),
    ];
  },
};

/** Leaves the server stopped. */
async function measure(testbed: Testbed, name: string, retries: SeedOptions): Promise<Row> {
  const events = testbed.bench.options.quick ? 1_000 : 20_000;
  const row = await measureFlow(testbed, {
    name,
    path: 'stored-flow',
    transport: 'rest',
    events,
    concurrency: 32,
  });
  await testbed.stopServer();
  const retry = await retryCost(testbed, retries);
  return { ...row, extra: { ...row.extra, 'retries/s': retry.perS, 'mongod us per retry': retry.mongodUs } };
}
