import { MongoDeliveryQueue } from '../server/src/store/mongo/queue/delivery-queue.ts';
import { cpuSeconds } from './cpu.ts';
import { seedDue, type SeedOptions } from './seed.ts';
import type { Testbed } from './testbed.ts';

/** The limit that the engine uses. */
const claimLimit = 200;

/**
 * Measures the CPU time of mongod for claiming due deliveries with the store's queue. The server must be
 * stopped, because it would claim them first.
 */
export async function claimCost(
  testbed: Testbed,
  options: SeedOptions,
): Promise<{ perS: number; mongodUs: number }> {
  const { collections, mongod } = testbed;
  const seeded = Date.now();
  await seedDue(collections, { ...options, due: new Date(seeded - 1_000) });
  const queue = new MongoDeliveryQueue(collections, { now: () => Date.now() });
  const cpuBefore = await cpuSeconds(mongod.pid);
  const startedAt = performance.now();
  let claimed = 0;
  for (let claim = 1; claimed < options.count; claim++) {
    const batch = await queue.claimDeliveries({
      limit: claimLimit,
      token: `bench.${claim}`,
      leaseMs: 600_000,
      excludedWebhookIds: [],
    });
    if (batch.length === 0) throw new Error(`${options.count - claimed} due deliveries could not be claimed`);
    claimed += batch.length;
  }
  const elapsedS = (performance.now() - startedAt) / 1000;
  const mongodUs = (((await cpuSeconds(mongod.pid)) - cpuBefore) * 1e6) / claimed;
  await collections.deliveries.deleteMany({ due: { $exists: true } });
  return { perS: claimed / elapsedS, mongodUs };
}
