import { randomBytes } from 'node:crypto';
import { toPartition } from '../server/src/domain/partition.ts';
import { MongoDeliveryQueue } from '../server/src/store/mongo/queue/delivery-queue.ts';
import { cpuSeconds } from './cpu.ts';
import { seedDue } from './seed.ts';
import type { Testbed } from './testbed.ts';

/** The most that the engine pulls for one webhook. */
const pullLimit = 200;

/** The lowest cost of these counts, because checkpoints of mongod add to the others. */
const blocks = 4;

export interface PullCostOptions {
  readonly appId: string;
  /** The partition to pull from. */
  readonly partition: number;
  /** Number of pulls in a block, and of scans for the first delivery of each webhook. */
  readonly rounds: number;
}

export interface PullCost {
  /** CPU time of mongod for each pulled delivery. */
  readonly pullUs: number;
  /** CPU time of mongod to find the first delivery of each webhook of the partition. */
  readonly scanUs: number;
}

/**
 * Measures the CPU time of mongod for finding the due deliveries of a webhook that only this function uses.
 * Pulling changes nothing, so each round pulls the same deliveries. The server must be stopped, because it
 * would cancel them.
 */
export async function pullCost(testbed: Testbed, options: PullCostOptions): Promise<PullCost> {
  const { collections, mongod } = testbed;
  const { appId, partition, rounds } = options;
  const webhookId = createWebhookId(partition);
  await seedDue(collections, { appId, webhookId, count: pullLimit, dueAt: new Date(Date.now() - 1_000) });
  // Otherwise mongod would write what was stored to disk during the measurement.
  await testbed.db.admin().command({ fsync: 1 });
  const queue = new MongoDeliveryQueue(collections);
  const measure = async (work: () => Promise<number>): Promise<number> => {
    const costs: number[] = [];
    for (let block = 0; block < blocks; block++) {
      const cpuBefore = await cpuSeconds(mongod.pid);
      let found = 0;
      for (let round = 0; round < rounds; round++) found += await work();
      costs.push((((await cpuSeconds(mongod.pid)) - cpuBefore) * 1e6) / found);
    }
    return Math.min(...costs);
  };
  const pullUs = await measure(async () => {
    const { deliveries } = await queue.pullBacklog(webhookId, pullLimit, Date.now());
    if (deliveries.length !== pullLimit) throw new Error(`a pull returned ${deliveries.length} deliveries`);
    return deliveries.length;
  });
  const scanUs = await measure(async () => {
    const heads = await queue.findHeads(partition);
    if (!heads.some((head) => head.webhookId === webhookId)) throw new Error('a scan missed the webhook');
    return 1;
  });
  await collections.deliveries.deleteMany({ webhookId });
  return { pullUs, scanUs };
}

/** Returns a new webhook id of the partition. */
function createWebhookId(partition: number): string {
  for (;;) {
    const id = `wh_${randomBytes(6).toString('hex')}`;
    if (toPartition(id) === partition) return id;
  }
}
