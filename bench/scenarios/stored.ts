import type { Scenario } from '../bench.ts';
import { claimCost } from '../claim-cost.ts';
import { measureFlow } from '../flow.ts';
import type { Row } from '../row.ts';
import { seedFinished, type SeedOptions } from '../seed.ts';
import { Stage } from '../stage.ts';

/** Publishing and claiming on an empty store, and on the same one with a million finished deliveries. */
export const stored: Scenario = {
  name: 'stored',
  about: 'rest, and what a claim costs, with 0 and with 1,000,000 finished deliveries stored',
  // Filling the store takes a minute and more.
  mostRounds: 2,
  async run(bench) {
    const { quick } = bench.options;
    await using stage = await Stage.open(bench);
    const { target, webhookIds } = await stage.makeApp(['/stored']);
    const owner = { appId: target.appId, webhookId: webhookIds[0] ?? '' };
    const first = await measure(stage, 'stored: 0', { ...owner, count: quick ? 500 : 10_000 });
    const count = quick ? 10_000 : 1_000_000;
    bench.say(`  storing ${count.toLocaleString('en')} finished deliveries`);
    await seedFinished(stage.collections, { ...owner, count });
    // Else mongod would write them to disk during the run that follows.
    await stage.db.admin().command({ fsync: 1 });
    await stage.startServer();
    return [
      first,
      await measure(stage, `stored: ${count.toLocaleString('en')}`, {
        ...owner,
        count: quick ? 500 : 10_000,
      }),
    ];
  },
};

/** Leaves the server stopped. */
async function measure(stage: Stage, name: string, claims: SeedOptions): Promise<Row> {
  const events = stage.bench.options.quick ? 1_000 : 20_000;
  const row = await measureFlow(stage, { name, path: 'stored-flow', way: 'rest', events, concurrency: 32 });
  await stage.stopServer();
  const claim = await claimCost(stage, claims);
  return { ...row, extra: { ...row.extra, 'claims/s': claim.perS, 'mongod us per claim': claim.mongodUs } };
}
