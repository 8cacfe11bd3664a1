import { expect, it } from 'vitest';
import { noActivity } from '../../server/src/domain/activity.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { MongoCancellationStore } from '../../server/src/store/mongo/deliveries/cancellation-store.ts';
import { beforeCall } from '../support/before-call.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { useDatabase } from '../support/fixtures.ts';
import { activityContract } from './activity-contract.ts';
import { backlogContract } from './backlog-contract.ts';
import { webhookActivityContract } from './webhook-activity-contract.ts';
import { bulkContract } from './bulk-contract.ts';
import { openMongoStores } from './mongo-stores.ts';

const webhookId = 'wh_000000000001';

const connection = useDatabase('bulk');

const open = () => openMongoStores(connection);

bulkContract('MongoDB', open);
activityContract('MongoDB', open);
backlogContract('MongoDB', open);
webhookActivityContract('MongoDB', open);

it('MongoDB: does not cancel a delivery that is delivered between the search and the write', async () => {
  await using h = open();
  const now = h.clock.now();
  const event = anEvent({ acceptedAt: now });
  await h.events.insertMany([event]);
  await h.queue.writeResults([toRetry(firstDeliveryOf(event), now, now)]);
  const deliver = async () => {
    const due = (await h.queue.pullBacklog(webhookId, 100, now)).deliveries;
    await h.queue.writeResults(due.map((delivery) => delivered(delivery, now)));
  };
  const { collections } = connection;
  const slow = new MongoCancellationStore({
    ...collections,
    deliveries: beforeCall(collections.deliveries, 'updateMany', deliver),
  });
  expect(await slow.cancelSome({ webhookId }, 'cancelled_by_user', 7, 100)).toBe(0);
  expect((await h.deliveries.get(toDeliveryId(event.id, 0)))?.status).toBe('delivered');
  expect(await h.cancellations.count({ webhookId })).toMatchObject({ waiting: 0 });
});

it('MongoDB: reads activity of a release that stored each app by itself', async () => {
  await using h = open();
  const ours = { appId: 'app_a', accountId: 'acc_a' };
  const at = 120_000;
  await h.activity.save([
    { id: 'p1:2:0', at, savedAt: at, apps: [{ ...ours, counts: { ...noActivity(), accepted: 2 } }] },
  ]);
  await connection.collections.activity.insertOne({
    _id: 'app_a:120000',
    ...ours,
    at: new Date(at),
    accepted: 7,
    latency: { '4': 1 },
  });
  for (const visibility of [{ accountId: 'acc_a' }, { appId: 'app_a' }, {}]) {
    const entries = await h.activity.read({ excludedAppIds: ['app_b'], ...visibility }, at);
    const old = entries.find(({ counts: { accepted } }) => accepted === 7);
    expect(entries).toHaveLength(2);
    expect(old).toMatchObject({ ...ours, at });
    expect(old?.counts.latency[4]).toBe(1);
  }
});
