import { MongoClient } from 'mongodb';
import { createTocsinClient } from '../../client/src/index.ts';
import { createOutbox, mongoOutboxStore } from '../../client/src/outbox/index.ts';

/*
 * Acts as a service that takes orders: each one is a document and an event, in one transaction. Every fifth
 * transaction is aborted. Runs until it is killed.
 */

const [name = '', mongoUri = '', url = '', token = ''] = process.argv.slice(2);

const mongo = new MongoClient(mongoUri, { serverSelectionTimeoutMS: 30_000 });
const db = mongo.db('shop');
const outbox = createOutbox({
  client: createTocsinClient({ url, token, timeoutMs: 2_000 }),
  store: mongoOutboxStore(db),
  logger: {},
});
outbox.relay({ leaseMs: 1_000, searchMs: 500 });

for (let number = 0; ; number++) {
  const appId = `shop_${number % 3}`;
  const order = `${name}-${process.pid}-${String(number).padStart(6, '0')}`;
  await mongo
    .withSession((session) =>
      session.withTransaction(async () => {
        await db.collection('orders').insertOne({ appId, order }, { session });
        const data = { licenseKey: order, status: 'revoked' } as const;
        await outbox.publish('license.revoked', { appId, data }, { session });
        if (number % 5 === 4) throw new Error('the order is cancelled');
      }),
    )
    // The database is down, or the order is cancelled.
    .catch(() => undefined);
  if (number === 0) process.stdout.write('running\n');
}
