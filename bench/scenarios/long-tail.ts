import type { Scenario } from '../bench.ts';
import { measureThroughput } from '../flow.ts';
import { ratio, type Row } from '../row.ts';
import { seedApps } from '../seed-apps.ts';
import { Testbed } from '../testbed.ts';

/** Enough for V8 to compile the hot path. */
const warmUpEvents = 20_000;

/**
 * Many apps with few events each, so that no cache of an app is warm. An event must cost the database at most
 * three operations.
 */
export const longTail: Scenario = {
  name: 'long-tail',
  summary:
    'one event to each of --apps N (10,000) apps in turn, after as many events to one app: ratio and operations',
  async run(bench) {
    const { apps, quick } = bench.options;
    const path = '/long-tail';
    await using testbed = await Testbed.open(bench);
    const { target } = await testbed.createApp([path]);
    await testbed.stopServer();
    bench.print(`  storing ${apps.toLocaleString('en')} apps`);
    const appIds = await seedApps(testbed.collections, { count: apps, url: `${testbed.sinkUrl}${path}` });
    await testbed.startServer();
    const job = {
      ...target,
      url: testbed.server.url,
      transport: 'rest',
      concurrency: 32,
      events: apps,
    } as const;
    await measureThroughput(testbed, { ...job, events: quick ? 500 : warmUpEvents });
    const one: Row = { name: 'long-tail: 1 app', ...(await measureThroughput(testbed, job)) };
    const many = await measureThroughput(testbed, { ...job, appIds });
    return [
      one,
      {
        name: `long-tail: ${apps.toLocaleString('en')} apps`,
        ...many,
        extra: {
          ...many.extra,
          'deliveries/s ratio': ratio(many.deliveriesPerS, one.deliveriesPerS),
          'database operations per event': (many.extra['database operations per 1,000'] ?? Number.NaN) / 1000,
        },
      },
    ];
  },
};
