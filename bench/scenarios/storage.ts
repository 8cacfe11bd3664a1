import type { Db } from 'mongodb';
import { queryProcedure } from '../api.ts';
import type { Scenario } from '../bench.ts';
import { eventType } from '../payload.ts';
import { percentile, type Row } from '../row.ts';
import { seedFinished } from '../seed.ts';
import { Testbed } from '../testbed.ts';

/** One in this many deliveries has failed, because failed ones are rare in practice. */
const failedEvery = 100;
/** The page to measure after the first one, reached by following cursors. */
const deepPage = 100;
const million = 1_000_000;

interface Page {
  readonly items: readonly unknown[];
  readonly nextCursor: string | null;
}

/**
 * Measures the bytes of a million deliveries, and the time of lists with many stored. Each event has one
 * webhook.
 */
export const storage: Scenario = {
  name: 'storage',
  summary: 'bytes of a million deliveries, and pages of lists, with --stored N (1,000,000) stored',
  // Filling the store takes minutes, and the sizes are the same in each round.
  maxRounds: 1,
  async run(bench) {
    const { quick, stored } = bench.options;
    await using testbed = await Testbed.open(bench);
    const { target, webhookIds } = await testbed.createApp(['/storage']);
    const { appId } = target;
    const webhookId = webhookIds[0] ?? '';
    bench.print(`  storing ${stored.toLocaleString('en')} finished deliveries`);
    await seedFinished(testbed.collections, { appId, webhookId, count: stored, failedEvery });
    // File sizes are accurate after a checkpoint.
    await testbed.db.admin().command({ fsync: 1 });
    const name = `storage: ${stored.toLocaleString('en')}`;
    const weight: Row = { name, extra: await weigh(testbed.db, stored) };

    const since = new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString();
    const pages: readonly (readonly [name: string, procedure: string, input: object])[] = [
      ['deliveries of an app', 'deliveries.list', { appId }],
      ['deliveries, failed', 'deliveries.list', { appId, status: 'failed' }],
      ['deliveries of a webhook', 'deliveries.list', { webhookId }],
      ['deliveries of all', 'deliveries.list', {}],
      ['events of an app', 'events.list', { appId }],
      ['events of a type', 'events.list', { appId, event: eventType }],
      ['events of a day', 'events.list', { appId, since }],
    ];
    const { url } = testbed.server;
    const times = quick ? 20 : 300;
    const rows: Row[] = [];
    for (const [page, procedure, input] of pages) {
      rows.push({ name: `${page}, page 1`, ...(await timed(url, procedure, input, times)) });
    }
    for (const [page, procedure] of [
      ['deliveries of an app', 'deliveries.list'],
      ['events of an app', 'events.list'],
    ] as const) {
      const cursor = await findCursor(url, procedure, { appId }, deepPage);
      if (cursor === undefined) continue;
      const took = await timed(url, procedure, { appId, cursor }, times);
      rows.push({ name: `${page}, page ${deepPage}`, ...took });
    }
    return [weight, ...rows];
  },
};

/** Bytes on disk, with MongoDB's default compression, of a million deliveries and their events. */
async function weigh(db: Db, stored: number): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  let total = 0;
  for (const collection of ['events', 'deliveries']) {
    const [stats] = await db
      .collection(collection)
      .aggregate<{ storageStats: { size: number; storageSize: number; totalIndexSize: number } }>([
        { $collStats: { storageStats: {} } },
      ])
      .toArray();
    if (stats === undefined) throw new Error(`no statistics of ${collection}`);
    const { size, storageSize, totalIndexSize } = stats.storageStats;
    const perMillion = (bytes: number) => Math.round((bytes * million) / stored);
    sizes[`${collection} bytes`] = perMillion(storageSize);
    sizes[`${collection} index bytes`] = perMillion(totalIndexSize);
    sizes[`${collection} bytes before compression`] = perMillion(size);
    total += perMillion(storageSize + totalIndexSize);
  }
  return { 'bytes per million': total, ...sizes };
}

async function timed(
  url: string,
  procedure: string,
  input: object,
  times: number,
): Promise<Pick<Row, 'p50Ms' | 'p99Ms'>> {
  const took: number[] = [];
  // The first call is not counted, because it reads from disk.
  for (let n = 0; n <= times; n++) {
    const startedAt = performance.now();
    await queryProcedure<Page>(url, procedure, input);
    if (n > 0) took.push(performance.now() - startedAt);
  }
  return { p50Ms: percentile(took, 0.5), p99Ms: percentile(took, 0.99) };
}

/** Returns undefined if there are fewer pages. */
async function findCursor(
  url: string,
  procedure: string,
  input: object,
  page: number,
): Promise<string | undefined> {
  let cursor: string | undefined;
  for (let n = 1; n < page; n++) {
    const { nextCursor } = await queryProcedure<Page>(url, procedure, { ...input, cursor });
    if (nextCursor === null) return undefined;
    cursor = nextCursor;
  }
  return cursor;
}
