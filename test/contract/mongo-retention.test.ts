import { expect, it } from 'vitest';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { MongoRetentionStore } from '../../server/src/store/mongo/deliveries/retention-store.ts';
import { beforeCall } from '../support/before-call.ts';
import { anEvent } from '../support/builders.ts';
import { useDatabase } from '../support/fixtures.ts';
import { openMongoStores } from './mongo-stores.ts';
import { finishedEvents, purge, retentionContract } from './retention-contract.ts';
import { aFinalDelivery } from './stores-harness.ts';

const dayMs = 86_400_000;
/** The target of the events of `anEvent`. */
const target = 'wh_000000000001';

const connection = useDatabase('keep');

const open = () => openMongoStores(connection);

retentionContract('MongoDB', open);

it('MongoDB: keeps a delivery that is sent again between the search and the removal, and its event', async () => {
  await using h = open();
  const [retried, other] = await finishedEvents(h, 2);
  if (retried === undefined || other === undefined) throw new Error('two events');
  h.clock.advance(31 * dayMs);
  const id = toDeliveryId(retried.id, 0);
  const { collections } = connection;
  const retention = new MongoRetentionStore({
    ...collections,
    deliveries: beforeCall(collections.deliveries, 'deleteMany', () =>
      h.deliveries.retryNow({ id, webhookId: target }, h.clock.now()),
    ),
  });
  expect(await purge({ retention, clock: h.clock })).toEqual({ events: 1, deliveries: 1 });
  expect(await h.deliveries.get(id)).toMatchObject({ status: 'pending' });
  expect(await h.events.get(retried.id)).toBeDefined();
  expect(await h.events.get(other.id)).toBeUndefined();
});

it('MongoDB: removes an event without its targets, and its final deliveries', async () => {
  await using h = open();
  const damaged = anEvent({ acceptedAt: h.clock.now() });
  await h.putEvents([damaged]);
  await connection.collections.events.updateOne({ _id: damaged.id }, { $unset: { targets: '' } });
  await h.putDeliveries([aFinalDelivery(damaged, 1)]);
  h.clock.advance(31 * dayMs);
  expect(await purge(h)).toEqual({ events: 1, deliveries: 1 });
  expect(await h.listIds('events')).toEqual([]);
  expect(await h.listIds('deliveries')).toEqual([]);
});
