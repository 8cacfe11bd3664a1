import { partitionCount } from '../../../server/src/domain/partition.ts';
import type { Collections } from '../../../server/src/store/mongo/documents/collections.ts';
import { MongoPartitionStore } from '../../../server/src/store/mongo/ownership/partition-store.ts';
import { MongoProcessStore } from '../../../server/src/store/mongo/ownership/process-store.ts';
import { aProcess } from '../../support/builders.ts';
import type { CallsByStore, StoreCalls } from './store-calls.ts';

export function createOwnershipCalls(collections: Collections): CallsByStore {
  const processes = new MongoProcessStore(collections);
  const partitions = new MongoPartitionStore(collections);
  const free = Array.from({ length: partitionCount }, (_, partition) => ({
    partition,
    owner: null,
    epoch: 0,
  }));
  const owned = free.map(({ partition }) => ({ partition, owner: 'p1', epoch: 1 }));
  return {
    MongoProcessStore: {
      register: [() => processes.register('p1', aProcess(), 10_000, 0)],
      heartbeat: [() => processes.heartbeat('p1', 10_000, 1)],
      startDraining: [() => processes.startDraining('p1')],
      reportChangeSeen: [() => processes.reportChangeSeen('p1', 2)],
      fence: [
        () => processes.fence('p1', 1),
        () => processes.fence('p2', undefined),
        () => processes.fence('p2', undefined),
      ],
      remove: [() => processes.remove('p1')],
      removeFenced: [() => processes.removeFenced(['p2'])],
    } satisfies StoreCalls<MongoProcessStore>,
    MongoPartitionStore: {
      take: [() => partitions.take(free, 'p1'), () => partitions.take(free, 'p2')],
      setWanted: [
        () =>
          partitions.setWanted(
            owned.map((record) => ({ ...record, wanted: null })),
            'p2',
          ),
      ],
      handOver: [() => partitions.handOver(owned.map((claim) => ({ ...claim, newOwner: 'p2' })))],
      read: [() => partitions.read()],
      releaseAll: [() => partitions.releaseAll('p2')],
    } satisfies StoreCalls<MongoPartitionStore>,
  };
}
