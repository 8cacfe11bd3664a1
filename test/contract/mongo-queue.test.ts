import { expect, it } from 'vitest';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { partitionCount } from '../../server/src/domain/partition.ts';
import { anEvent } from '../support/builders.ts';
import { useDatabase } from '../support/fixtures.ts';
import { deliveriesContract } from './deliveries-contract.ts';
import { deliveryFiltersContract } from './delivery-filters-contract.ts';
import { openMongoStores } from './mongo-stores.ts';
import { queueContract } from './queue-contract.ts';
import { waitingContract } from './waiting-contract.ts';

const connection = useDatabase('queue');

const open = () => openMongoStores(connection);

queueContract('MongoDB', open);
waitingContract('MongoDB', open);
deliveriesContract('MongoDB', open);
deliveryFiltersContract('MongoDB', open);

it('MongoDB: open entries skip a corrupt event and owe the others', async () => {
  await using h = open();
  const [bad, good] = [anEvent({ acceptedAt: h.clock.now() }), anEvent({ acceptedAt: h.clock.now() })];
  await h.events.insertMany([bad, good]);
  await connection.collections.events.updateOne({ _id: bad.id }, { $unset: { timestamp: 1 } });
  const partitions = new Set(Array.from({ length: partitionCount }, (_, index) => index));
  const entries = await h.queue.getOpenEntries([bad.id]);
  const [entry] = await h.queue.readEntries(entries, partitions);
  expect(entry).toMatchObject({ id: bad.id, isComplete: true });
  const owed = entry?.events.flatMap(({ event, missing }) =>
    missing.map((index) => toDeliveryId(event.id, index)),
  );
  expect(owed).toEqual([toDeliveryId(good.id, 0)]);
});
