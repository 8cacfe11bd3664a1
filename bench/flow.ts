import { setTimeout as wait } from 'node:timers/promises';
import type { Collections } from '../server/src/store/mongo/documents/collections.ts';
import { nowUs } from './clock.ts';
import { readMongodCounters, toFiguresPerThousand } from './mongod-counters.ts';
import { measureRaw } from './raw.ts';
import { percentile, type Row } from './row.ts';
import type { Testbed } from './testbed.ts';
import { Usage } from './usage.ts';
import type { PublishJob, PublishReport } from './workers/publisher.ts';

/** Far longer than any run takes. Afterwards the scenario reports missing events as lost. */
export const arrivalTimeoutMs = 120_000;

/**
 * Connections, caches and V8's compiler, which works for some 40,000 deliveries. A server runs warm for most of its
 * life.
 */
const warmUpDeliveries = 40_000;

export interface FlowOptions {
  readonly name: string;
  /** Path at the sink. @default the name */
  readonly path?: string;
  readonly transport: PublishJob['transport'];
  readonly events: number;
  readonly concurrency: number;
  /** Time until the receiver responds. @default no delay */
  readonly responseDelayMs?: number;
  /** Number of webhooks of the app. Each event goes to all of them. @default 1 */
  readonly webhooks?: number;
}

/**
 * Publishes at full speed. Measures the time until the sink has received everything, and until MongoDB stores
 * all deliveries as delivered.
 */
export async function measureFlow(testbed: Testbed, options: FlowOptions): Promise<Row> {
  const { webhooks = 1, transport, concurrency } = options;
  const limit = await measureRaw(testbed.bench, testbed);
  const paths = Array.from({ length: webhooks }, (_, index) => `/${options.path ?? options.name}/${index}`);
  const { target } = await testbed.createApp(paths);
  const job = { ...target, transport, concurrency };
  const { responseDelayMs: delayMs } = options;
  if (delayMs !== undefined) {
    for (const path of paths) {
      await testbed.sink.call('setBehavior', { path, behavior: { kind: 'respond', status: 200, delayMs } });
    }
  }
  await measureThroughput(
    testbed,
    { ...job, events: Math.min(options.events, warmUpDeliveries / webhooks) },
    webhooks,
  );
  const measured = await measureThroughput(testbed, { ...job, events: options.events }, webhooks);
  const reports = await Promise.all(paths.map((path) => testbed.sink.call('report', { path })));
  const latencies = reports.flatMap((report) => report.latenciesUs);
  return {
    name: options.name,
    ...measured,
    rawPerS: limit.rawPerS,
    // Applies to the ratio of the two measurements, which is only as reliable as the noisier one.
    othersPercent: Math.max(limit.othersPercent, measured.othersPercent),
    p50Ms: percentile(latencies, 0.5) / 1000,
    p99Ms: percentile(latencies, 0.99) / 1000,
    duplicates: reports.reduce((total, report) => total + report.duplicates, 0),
  };
}

/** Publishes once, without a warm-up. Each event goes to `webhooks` webhooks. */
export async function measureThroughput(testbed: Testbed, job: PublishJob, webhooks = 1) {
  const { collections, sink, publisher } = testbed;
  const total = job.events * webhooks;
  const recordedBefore = await collections.deliveries.estimatedDocumentCount();
  await sink.call('reset', undefined);
  const workBefore = await readMongodCounters(testbed);
  const usage = await Usage.start(testbed);
  const arrival = sink.call('waitFor', { total, timeoutMs: arrivalTimeoutMs });
  // If publishing fails, this promise is not awaited.
  arrival.catch(() => undefined);
  const report = await publisher.call('publish', job);
  requireAccepted(report);
  const { received, lastUs } = await arrival;
  // Both waits are cheap for mongod: the first count uses metadata, the second one an index of pending
  // deliveries.
  await waitUntil(
    async () => (await collections.deliveries.estimatedDocumentCount()) >= recordedBefore + received,
  );
  await waitForResults(testbed);
  const recordedUs = nowUs();
  await waitForOutbox(testbed);
  const used = await usage.end(total);
  const work = await readMongodCounters(testbed);
  const delivered = await collections.deliveries.countDocuments({ status: 'delivered' });
  if (delivered !== recordedBefore + total) {
    testbed.bench.print(`  ${recordedBefore + total - delivered} deliveries are not stored as delivered`);
  }
  const perS = (endUs: number) => received / ((endUs - report.startedUs) / 1e6);
  return {
    deliveriesPerS: perS(lastUs),
    recordedPerS: perS(recordedUs),
    ...used,
    lost: total - received,
    extra: toFiguresPerThousand(workBefore, work, total),
  };
}

/** Resolves when no stored delivery is pending. */
async function waitForResults({ collections }: Testbed): Promise<void> {
  await waitUntil(async () => (await countWaiting(collections)) === 0);
}

/** Resolves when the outbox is empty. */
export async function waitForOutbox({ collections }: Testbed): Promise<void> {
  // Both forms: a run can compare with an older release, which has other fields and indexes.
  const open = { $or: [{ open: { $exists: true } }, { due: { $exists: true } }] };
  await waitUntil(async () => (await collections.events.countDocuments(open)) === 0);
}

/** Counts waiting deliveries. Reads only index keys. */
export async function countWaiting({ deliveries }: Collections): Promise<number> {
  return await deliveries.countDocuments({ nextAt: { $gte: new Date(0) } }, { hint: 'waiting' });
}

export function requireAccepted({ rejected, firstError }: PublishReport): void {
  if (rejected > 0) throw new Error(`${rejected} events were rejected; first error: ${firstError}`);
}

/** Polls every 10 ms, which adds less error to a run of seconds than the difference between two runs. */
export async function waitUntil(
  condition: () => Promise<boolean>,
  timeoutMs = arrivalTimeoutMs,
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    if (await condition()) return true;
    await wait(10);
  }
  return false;
}
