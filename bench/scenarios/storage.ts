import type { Db } from 'mongodb';
import { queryProcedure } from '../api.ts';
import type { Scenario } from '../bench.ts';
import { eventType } from '../payload.ts';
import { percentile, type Row } from '../row.ts';
import { seedFinished } from '../seed.ts';
import { Stage } from '../stage.ts';

/** One in so many has failed: what people look for in a list is rare. */
const failedEvery = 100;
/** The page that is reached by following cursors this often. */
const deepPage = 100;
const million = 1_000_000;

interface Page {
  readonly items: readonly unknown[];
  readonly nextCursor: string | null;
}

/** What a million deliveries weigh, and how long lists take with many stored. One webhook for each event. */
export const storage: Scenario = {
  name: 'storage',
  about: 'bytes of a million deliveries, and pages of lists, with --stored N (1,000,000) stored',
  // Filling the store takes minutes, and bytes do not differ from round to round.
  mostRounds: 1,
  async run(bench) {
    const { quick, stored } = bench.options;
    await using stage = await Stage.open(bench);
    const { target, webhookIds } = await stage.makeApp(['/storage']);
    const { appId } = target;
    const webhookId = webhookIds[0] ?? '';
    bench.say(`  storing ${stored.toLocaleString('en')} finished deliveries`);
    await seedFinished(stage.collections, { appId, webhookId, count: stored, failedEvery });
    // Files have their size after a checkpoint.
    await stage.db.admin().command({ fsync: 1 });
    const name = `storage: ${stored.toLocaleString('en')}`;
    const weight: Row = { name, extra: await weigh(stage.db, stored) };

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
    const { url } = stage.server;
    const times = quick ? 20 : 300;
    const rows: Row[] = [];
    for (const [page, procedure, input] of pages) {
      rows.push({ name: `${page}, page 1`, ...(await timed(url, procedure, input, times)) });
    }
    for (const [page, procedure] of [
      ['deliveries of an app', 'deliveries.list'],
      ['events of an app', 'events.list'],
    ] as const) {
      const cursor = await cursorOf(url, procedure, { appId }, deepPage);
      if (cursor === undefined) continue;
      const took = await timed(url, procedure, { appId, cursor }, times);
      rows.push({ name: `${page}, page ${deepPage}`, ...took });
    }
    return [weight, ...rows];
  },
};

/** Bytes on disk, compressed as MongoDB does by default, for a million deliveries and the events they are of. */
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
  // The first is not counted: it reads from disk what the others find in memory.
  for (let n = 0; n <= times; n++) {
    const startedAt = performance.now();
    await queryProcedure<Page>(url, procedure, input);
    if (n > 0) took.push(performance.now() - startedAt);
  }
  return { p50Ms: percentile(took, 0.5), p99Ms: percentile(took, 0.99) };
}

/** Undefined when there are not so many pages. */
async function cursorOf(
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
