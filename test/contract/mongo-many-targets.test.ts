import { expect, it } from 'vitest';
import { toWebhookDoc } from '../../server/src/store/mongo/documents/webhook.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { aWebhook } from '../support/builders.ts';
import { useDatabase } from '../support/fixtures.ts';
import { manyTargetsContract } from './many-targets-contract.ts';
import { openMongoStores } from './mongo-stores.ts';

const targets = Array.from({ length: 1_100 }, (_, n) => `wh_${n.toString(16).padStart(12, '0')}`);

const connection = useDatabase('wide');

manyTargetsContract('MongoDB', () => openMongoStores(connection));

it('finds the webhooks of an app up to a limit, and many by their ids', async () => {
  const { collections } = connection;
  const webhooks = new MongoWebhookStore(collections);
  await collections.webhooks.insertMany(
    targets.slice(0, 5).map((id) => toWebhookDoc(aWebhook({ id, appId: 'app_wide' }))),
  );
  await collections.webhooks.insertOne(toWebhookDoc(aWebhook({ appId: 'app_other' })));
  const limited = await webhooks.listSome('app_wide', 4);
  expect(limited).toHaveLength(4);
  expect(new Set((await webhooks.listSome('app_wide', 6)).map(({ id }) => id))).toEqual(
    new Set(targets.slice(0, 5)),
  );
  const unknown = Array.from({ length: 6_000 }, (_, n) => `wh_unknown${n}`);
  const found = await webhooks.getMany([targets[0] ?? '', ...unknown, targets[4] ?? '']);
  expect(found.map(({ id }) => id)).toEqual([targets[0], targets[4]]);
});
