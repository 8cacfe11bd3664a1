import { setTimeout as wait } from 'node:timers/promises';
import { nowUs } from './clock.ts';
import { measureRaw } from './raw.ts';
import { percentile, type Row } from './row.ts';
import type { Stage } from './stage.ts';
import { Usage } from './usage.ts';
import type { PublishJob, PublishReport } from './workers/publisher.ts';

/** Far more than any run takes on two busy cores; past it the scenario reports what is missing. */
export const arriveWithinMs = 120_000;

export interface FlowOptions {
  readonly name: string;
  /** At the sink. @default the name */
  readonly path?: string;
  readonly way: PublishJob['way'];
  readonly events: number;
  readonly concurrency: number;
  /** How long the receiver takes to answer. @default at once */
  readonly answerAfterMs?: number;
  /** Webhooks of the app; each event goes to all of them. @default 1 */
  readonly webhooks?: number;
}

/** Publishes as fast as it goes, and measures until the sink has everything and until MongoDB says so. */
export async function measureFlow(stage: Stage, options: FlowOptions): Promise<Row> {
  const { webhooks = 1, way, concurrency } = options;
  const limit = await measureRaw(stage.bench, stage);
  const paths = Array.from({ length: webhooks }, (_, index) => `/${options.path ?? options.name}/${index}`);
  const { target } = await stage.makeApp(paths);
  const job = { ...target, way, concurrency };
  const { answerAfterMs: afterMs } = options;
  if (afterMs !== undefined) {
    for (const path of paths) {
      await stage.sink.ask('behave', { path, behavior: { kind: 'answer', status: 200, afterMs } });
    }
  }
  // The compiler of V8, connections, caches: a server is measured in the state that it is in for most of its life.
  // Seen over rest: the second 20,000 events cost the server a quarter less CPU than the first.
  await throughput(stage, { ...job, events: Math.min(options.events, 20_000) }, webhooks);
  const measured = await throughput(stage, { ...job, events: options.events }, webhooks);
  const reports = await Promise.all(paths.map((path) => stage.sink.ask('report', { path })));
  const latencies = reports.flatMap((report) => report.latenciesUs);
  return {
    name: options.name,
    ...measured,
    rawPerS: limit.rawPerS,
    // The ratio is no better than the worse of its two halves.
    othersPercent: Math.max(limit.othersPercent, measured.othersPercent),
    p50Ms: percentile(latencies, 0.5) / 1000,
    p99Ms: percentile(latencies, 0.99) / 1000,
    duplicates: reports.reduce((total, report) => total + report.duplicates, 0),
  };
}

async function throughput(stage: Stage, job: PublishJob, webhooks: number) {
  const { collections, sink, publisher } = stage;
  const total = job.events * webhooks;
  const recordedBefore = await collections.deliveries.estimatedDocumentCount();
  await sink.ask('reset', undefined);
  const workBefore = await workOfMongod(stage);
  const usage = await Usage.start(stage);
  const arrival = sink.ask('waitFor', { total, withinMs: arriveWithinMs });
  // Should publishing fail, nobody waits for this one any more.
  arrival.catch(() => undefined);
  const report = await publisher.ask('publish', job);
  requireAccepted(report);
  const { received, lastUs } = await arrival;
  // Neither costs mongod anything: documents are counted from metadata, and what is pending has an index of its own.
  await until(
    async () => (await collections.deliveries.estimatedDocumentCount()) >= recordedBefore + received,
  );
  await allSettled(stage);
  const recordedUs = nowUs();
  await allClosed(stage);
  const used = await usage.end(total);
  const work = await workOfMongod(stage);
  const delivered = await collections.deliveries.countDocuments({ status: 'delivered' });
  if (delivered !== recordedBefore + total) {
    stage.bench.say(`  ${recordedBefore + total - delivered} deliveries are not recorded as delivered`);
  }
  const perS = (endUs: number) => received / ((endUs - report.startedUs) / 1e6);
  const perThousand = (count: number) => (count * 1000) / total;
  return {
    deliveriesPerS: perS(lastUs),
    recordedPerS: perS(recordedUs),
    ...used,
    lost: total - received,
    extra: {
      'requests to mongod per 1,000': perThousand(work.requests - workBefore.requests),
      'documents updated per 1,000': perThousand(work.updated - workBefore.updated),
    },
  };
}

/** Resolves when no delivery that is stored is pending. */
async function allSettled({ collections }: Stage): Promise<void> {
  const pending = { due: { $exists: true } };
  await until(async () => (await collections.deliveries.countDocuments(pending, { hint: 'due' })) === 0);
}

/** Resolves when no event owes a delivery any more. */
export async function allClosed({ collections }: Stage): Promise<void> {
  const open = { due: { $exists: true } };
  await until(async () => (await collections.events.countDocuments(open, { hint: 'open_by_lane' })) === 0);
}

/** What the server asked of mongod. The bench's own polling is among the requests: some dozens. */
async function workOfMongod({ db }: Stage): Promise<{ requests: number; updated: number }> {
  const { network, metrics } = (await db.admin().serverStatus()) as {
    network: { numRequests: number };
    metrics: { document: { updated: number } };
  };
  return { requests: network.numRequests, updated: metrics.document.updated };
}

export function requireAccepted({ refused, firstRefusal }: PublishReport): void {
  if (refused > 0) throw new Error(`${refused} events were refused; the first: ${firstRefusal}`);
}

/** Polls every 10 ms: the error that it adds to a run of seconds is below what two runs differ by. */
export async function until(holds: () => Promise<boolean>, withinMs = arriveWithinMs): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    if (await holds()) return true;
    await wait(10);
  }
  return false;
}
