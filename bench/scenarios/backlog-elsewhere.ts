import { callProcedure } from '../api.ts';
import type { Scenario } from '../bench.ts';
import { nowUs } from '../clock.ts';
import { requireAccepted } from '../flow.ts';
import { measurePaced } from '../measure-paced.ts';
import { pullCost } from '../pull-cost.ts';
import { ratio, type Row } from '../row.ts';
import { seedFinished } from '../seed.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import type { DeliveryDoc } from '../../server/src/store/mongo/documents/delivery.ts';
import { Testbed } from '../testbed.ts';
import type { PublishTarget } from '../workers/publisher.ts';

const path = '/healthy';
const startTimeoutMs = 60_000;

/** The overdue deliveries of one disabled webhook must not cost the other webhooks anything. */
export const backlogElsewhere: Scenario = {
  name: 'backlog-elsewhere',
  summary:
    'pull cost, start and latency, while --overdue N (1,000,000) deliveries of a disabled webhook are finished, then due',
  // Storing the deliveries takes minutes.
  maxRounds: 1,
  async run(bench) {
    const { overdue } = bench.options;
    await using testbed = await Testbed.open(bench);
    const { target } = await testbed.createApp([path]);
    const accountId = await testbed.createAccount();
    const other = await testbed.createApp(['/disabled'], accountId);
    const webhookId = other.webhookIds[0] ?? '';
    await callProcedure(testbed.server.url, 'webhooks.update', { id: webhookId, enabled: false });
    const partition = toPartition(webhookId);
    await testbed.stopServer();
    bench.print(`  storing ${overdue.toLocaleString('en')} deliveries`);
    const { appId } = other.target;
    await seedFinished(testbed.collections, { appId, accountId, webhookId, count: overdue });
    const without = await measure(testbed, { name: 'elsewhere: 0', target, partition });
    await testbed.stopServer();
    await makeOverdue(testbed, webhookId);
    const name = `elsewhere: ${overdue.toLocaleString('en')}`;
    const beside = await measure(testbed, { name, target, partition });
    const ratios: Record<string, number> = {};
    for (const [figure, value] of Object.entries(beside.extra)) {
      ratios[`${figure}, ratio`] = ratio(value, without.extra[figure]);
    }
    return [
      without,
      {
        ...beside,
        extra: {
          ...beside.extra,
          ...ratios,
          'p50 ratio': ratio(beside.p50Ms, without.p50Ms),
          'p99 ratio': ratio(beside.p99Ms, without.p99Ms),
        },
      },
    ];
  },
};

/**
 * Makes the finished deliveries of a webhook wait. Both measurements then have the same number of documents, so
 * that the size of the store does not count.
 */
async function makeOverdue({ db }: Testbed, webhookId: string): Promise<void> {
  // Without the time limits of the product.
  await db.collection<DeliveryDoc>('deliveries').updateMany(
    { webhookId },
    {
      $set: {
        status: 'pending',
        reason: 'awaiting_retry',
        'attempts.0.status': 503,
        'attempts.0.reason': 'http_status',
        partition: toPartition(webhookId),
        nextAt: new Date(Date.now() - 1_000),
      },
      $unset: { finishedAt: 1, 'attempts.0.reply': 1 },
      $inc: { rev: 1 },
    },
  );
}

interface MeasureOptions {
  readonly name: string;
  readonly target: PublishTarget;
  readonly partition: number;
}

/** Measures the store with the server stopped, then the start of the server, then the healthy webhook. */
async function measure(
  testbed: Testbed,
  { name, target, partition }: MeasureOptions,
): Promise<Row & Required<Pick<Row, 'extra'>>> {
  const { quick } = testbed.bench.options;
  await testbed.stopServer();
  const cost = await pullCost(testbed, { appId: target.appId, partition, rounds: quick ? 50 : 500 });
  const start = await measureStart(testbed, target);
  const pace = { ...target, url: testbed.server.url, perSecond: 50, seconds: quick ? 3 : 20 };
  await measurePaced(testbed, { ...pace, seconds: 2 }, path);
  return {
    name,
    ...(await measurePaced(testbed, pace, path)),
    extra: { 'mongod us per pulled retry': cost.pullUs, 'mongod us per scan': cost.scanUs, ...start },
  };
}

/** Starts the server. Returns the time until it is ready, and until the first delivery of a new event. */
async function measureStart(
  testbed: Testbed,
  target: PublishTarget,
): Promise<Readonly<Record<string, number>>> {
  const { sink, publisher } = testbed;
  await sink.call('reset', undefined);
  const startedUs = nowUs();
  await testbed.startServer();
  const readyUs = nowUs();
  const { url } = testbed.server;
  requireAccepted(
    await publisher.call('publish', { ...target, url, transport: 'rest', events: 1, concurrency: 1 }),
  );
  const { received, lastUs } = await sink.call('waitFor', { total: 1, timeoutMs: startTimeoutMs, path });
  if (received === 0) throw new Error(`the first event was not delivered within ${startTimeoutMs / 1000} s`);
  return {
    'ready s after the start': (readyUs - startedUs) / 1e6,
    'first delivery s after the start': (lastUs - startedUs) / 1e6,
  };
}
