import { queryProcedure } from '../api.ts';
import type { Bench, Scenario } from '../bench.ts';
import type { Row } from '../row.ts';
import { Testbed } from '../testbed.ts';
import { Usage } from '../usage.ts';
import type { PublishJob } from '../workers/publisher.ts';

/** Events of one call of `feed.read`: its maximum. */
const pageSize = 1_000;

interface FeedPage {
  readonly items: readonly unknown[];
  readonly cursor: string;
  readonly hasMore: boolean;
}

/** Publishing without and with the log of the feed, and a consumer that then reads all of it. */
export const feed: Scenario = {
  name: 'feed',
  summary: 'publishing 200,000 events without and with the feed, and a consumer that reads them all',
  async run(bench: Bench): Promise<Row[]> {
    const events = bench.options.quick ? 2_000 : 200_000;
    await using testbed = await Testbed.open(bench);
    const { target } = await testbed.createApp([]);
    const job: PublishJob = { ...target, transport: 'many', concurrency: 8, events };
    await testbed.publisher.call('publish', { ...job, events: Math.min(events, 20_000) });
    const off = await measurePublishing(testbed, 'feed off', job);
    const { appId } = target;
    const { url } = testbed.server;
    const { cursor } = await queryProcedure<FeedPage>(url, 'feed.read', { appId, start: 'newest' });
    const { events: stored } = testbed.collections;
    const before = await stored.countDocuments({ appId });
    const on = await measurePublishing(testbed, 'feed on', job);
    const total = (await stored.countDocuments({ appId })) - before;
    return [off, on, await measureReading(testbed, { appId, start: cursor, total })];
  },
};

async function measurePublishing(testbed: Testbed, name: string, job: PublishJob): Promise<Row> {
  const usage = await Usage.start(testbed);
  const startedAt = performance.now();
  await testbed.publisher.call('publish', job);
  const ms = performance.now() - startedAt;
  return { name, ...(await usage.end(job.events)), extra: { 'events/s': toRate(job.events, ms) } };
}

async function measureReading(
  testbed: Testbed,
  { appId, start, total }: { readonly appId: string; readonly start: string; readonly total: number },
): Promise<Row> {
  const { url } = testbed.server;
  let count = 0;
  const usage = await Usage.start(testbed);
  const startedAt = performance.now();
  for (let after = start, hasMore = true; hasMore;) {
    const page = await queryProcedure<FeedPage>(url, 'feed.read', { appId, after, limit: pageSize });
    count += page.items.length;
    after = page.cursor;
    ({ hasMore } = page);
  }
  const ms = performance.now() - startedAt;
  return {
    name: 'feed catch-up',
    lost: total - count,
    ...(await usage.end(count)),
    extra: { events: count, 'events/s': toRate(count, ms) },
  };
}

function toRate(count: number, ms: number): number {
  return Math.round(count / (ms / 1_000));
}
