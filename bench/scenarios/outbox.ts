import { MongoClient, type ClientSession, type Db } from 'mongodb';
import { createTocsinClient } from '../../client/src/index.ts';
import { createOutbox, mongoOutboxStore, type Outbox } from '../../client/src/outbox/index.ts';
import type { Scenario } from '../bench.ts';
import { cpuSeconds } from '../cpu.ts';
import { percentile, type Row } from '../row.ts';
import { Testbed } from '../testbed.ts';

/** Concurrent transactions of the service. */
const concurrency = 8;

/** The event of an order. Undefined: the transaction writes the order only. */
type PublishOrder = ((licenseKey: string, session: ClientSession) => Promise<unknown>) | undefined;

interface Turns {
  readonly durations: number[];
  seconds: number;
  mongodCpu: number;
}

/**
 * Measures what the document of the outbox costs within a transaction of the service, and how fast a relay
 * publishes a backlog. Transactions with and without an event take turns, so that the figures of one run can be
 * compared.
 */
export const outbox: Scenario = {
  name: 'outbox',
  summary: `transactions with and without an event, ${concurrency} concurrently, in turns; then a relay publishes all`,
  async run(bench) {
    await using testbed = await Testbed.open(bench);
    const { target } = await testbed.createApp([]);
    const mongo = await MongoClient.connect(testbed.mongod.uri);
    const client = createTocsinClient({ url: target.url, token: target.token });
    try {
      const db = mongo.db('shop');
      const shop = createOutbox({ client, store: mongoOutboxStore(db), logger: {} });
      const publish: PublishOrder = async (licenseKey, session) => {
        const data = { licenseKey, status: 'revoked' } as const;
        await shop.publish('license.revoked', { appId: target.appId, data }, { session });
      };
      const [turns, each] = bench.options.quick ? [1, 200] : [8, 1_000];
      const rows = await compare(
        testbed,
        { plain: undefined, event: publish },
        (kind) => takeOrders(db, kind, each),
        turns,
      );
      return [...rows, await drain(shop, testbed)];
    } finally {
      await client.close();
      await mongo.close();
    }
  },
};

async function compare(
  { mongod }: Testbed,
  kinds: Readonly<Record<string, PublishOrder>>,
  run: (publish: PublishOrder) => Promise<number[]>,
  turns: number,
): Promise<Row[]> {
  const results = new Map<string, Turns>();
  // The first turn warms up.
  for (let turn = 0; turn <= turns; turn++) {
    for (const [name, publish] of Object.entries(kinds)) {
      const before = await cpuSeconds(mongod.pid);
      const startedAt = performance.now();
      const durations = await run(publish);
      if (turn === 0) continue;
      const total = results.get(name) ?? { durations: [], seconds: 0, mongodCpu: 0 };
      results.set(name, total);
      total.durations.push(...durations);
      total.seconds += (performance.now() - startedAt) / 1000;
      total.mongodCpu += (await cpuSeconds(mongod.pid)) - before;
    }
  }
  return [...results].map(([name, { durations, seconds, mongodCpu }]) => ({
    name: `outbox: ${name}`,
    mongodCpu: (mongodCpu * 1000) / durations.length,
    p50Ms: percentile(durations, 0.5),
    p99Ms: percentile(durations, 0.99),
    extra: { 'transactions/s': durations.length / seconds },
  }));
}

/** Returns how long each transaction took, ms. */
async function takeOrders(db: Db, publish: PublishOrder, count: number): Promise<number[]> {
  const orders = db.collection('orders');
  const durations: number[] = [];
  const take = async (): Promise<void> => {
    while (durations.length < count) {
      const startedAt = performance.now();
      await db.client.withSession((session) =>
        session.withTransaction(async () => {
          const licenseKey = `A3K9-${startedAt}`;
          await orders.insertOne({ licenseKey, total: 4_900, currency: 'EUR' }, { session });
          await publish?.(licenseKey, session);
        }),
      );
      durations.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, take));
  return durations;
}

/** Publishes everything that waits in the outbox. */
async function drain(
  shop: Pick<Outbox<never, ClientSession>, 'stats' | 'relay'>,
  testbed: Testbed,
): Promise<Row> {
  const { pending } = await shop.stats();
  const { pid } = testbed.server.child;
  const before = await Promise.all([cpuSeconds(pid), cpuSeconds(testbed.mongod.pid)]);
  const startedAt = performance.now();
  const relay = shop.relay();
  while ((await shop.stats()).pending > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const seconds = (performance.now() - startedAt) / 1000;
  await relay.close();
  const after = await Promise.all([cpuSeconds(pid), cpuSeconds(testbed.mongod.pid)]);
  const [serverCpu, mongodCpu] = after.map((value, at) => ((value - (before[at] ?? 0)) * 1000) / pending);
  return {
    name: 'outbox: relay',
    ...(serverCpu === undefined || mongodCpu === undefined ? {} : { serverCpu, mongodCpu }),
    extra: { 'events/s': pending / seconds },
  };
}
