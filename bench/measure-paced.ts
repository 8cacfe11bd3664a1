import { requireAccepted } from './flow.ts';
import { percentile, type Row } from './row.ts';
import type { Testbed } from './testbed.ts';
import { Usage } from './usage.ts';
import type { RateJob } from './workers/publisher.ts';

/**
 * Publishes at a rate far below the limit and measures the latency of each event to the path. `alsoOwn` are
 * further processes of the bench.
 */
export async function measurePaced(
  testbed: Testbed,
  job: RateJob,
  path: string,
  alsoOwn: readonly number[] = [],
): Promise<Omit<Row, 'name'>> {
  const total = job.perSecond * job.seconds;
  await testbed.sink.call('reset', undefined);
  const usage = await Usage.start(testbed, alsoOwn);
  const arrival = testbed.sink.call('waitFor', { total, timeoutMs: job.seconds * 1000 + 60_000, path });
  // If publishing fails, this promise is not awaited.
  arrival.catch(() => undefined);
  requireAccepted(await testbed.publisher.call('publishAtRate', job));
  const { received } = await arrival;
  const used = await usage.end(total);
  const { latenciesUs, duplicates } = await testbed.sink.call('report', { path });
  return {
    ...used,
    p50Ms: percentile(latenciesUs, 0.5) / 1000,
    p99Ms: percentile(latenciesUs, 0.99) / 1000,
    lost: total - received,
    duplicates,
  };
}
