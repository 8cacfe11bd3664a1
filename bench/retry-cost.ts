import type { DeliveryResult, DueDelivery } from '../server/src/domain/ports/delivery-queue.ts';
import { MongoDeliveryQueue } from '../server/src/store/mongo/queue/delivery-queue.ts';
import { cpuSeconds } from './cpu.ts';
import { seedDue, type SeedOptions } from './seed.ts';
import type { Testbed } from './testbed.ts';

/** The most that the engine pulls for one webhook. */
const pullLimit = 200;

/**
 * Measures the CPU time of mongod for retries: pulling due deliveries with the store's queue, and writing their
 * results. The server must be stopped, because it would send them first.
 */
export async function retryCost(
  testbed: Testbed,
  options: SeedOptions,
): Promise<{ perS: number; mongodUs: number }> {
  const { collections, mongod } = testbed;
  await seedDue(collections, { ...options, dueAt: new Date(Date.now() - 1_000) });
  const queue = new MongoDeliveryQueue(collections);
  const cpuBefore = await cpuSeconds(mongod.pid);
  const startedAt = performance.now();
  let retried = 0;
  while (retried < options.count) {
    const now = Date.now();
    const { deliveries } = await queue.pullBacklog(options.webhookId, pullLimit, now);
    if (deliveries.length === 0) throw new Error(`${options.count - retried} due deliveries were not found`);
    await queue.writeResults(deliveries.map((delivery) => toDelivered(delivery, now)));
    retried += deliveries.length;
  }
  const elapsedS = (performance.now() - startedAt) / 1000;
  const mongodUs = (((await cpuSeconds(mongod.pid)) - cpuBefore) * 1e6) / retried;
  return { perS: retried / elapsedS, mongodUs };
}

function toDelivered(delivery: DueDelivery, at: number): DeliveryResult {
  return {
    delivery,
    attempt: { at, durationMs: 1.25, statusCode: 200, reason: null, reply: 'OK' },
    status: 'delivered',
    reason: null,
    dueAt: null,
    at,
  };
}
