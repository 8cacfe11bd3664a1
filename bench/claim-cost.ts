import { MongoDeliveryQueue } from '../server/src/store/mongo/queue/delivery-queue.ts';
import { cpuSeconds } from './cpu.ts';
import { seedDue, type SeedOptions } from './seed.ts';
import type { Stage } from './stage.ts';

/** As the engine claims. */
const claimLimit = 200;

/**
 * What mongod spends on claiming what is due, with the store's own queue and no server in the way. The server must not
 * run: it would claim them first.
 */
export async function claimCost(
  stage: Stage,
  options: SeedOptions,
): Promise<{ perS: number; mongodUs: number }> {
  const { collections, mongod } = stage;
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
    if (batch.length === 0) throw new Error(`${options.count - claimed} due deliveries were not found`);
    claimed += batch.length;
  }
  const elapsedS = (performance.now() - startedAt) / 1000;
  const mongodUs = (((await cpuSeconds(mongod.pid)) - cpuBefore) * 1e6) / claimed;
  await collections.deliveries.deleteMany({ due: { $exists: true } });
  return { perS: claimed / elapsedS, mongodUs };
}
