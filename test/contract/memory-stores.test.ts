import type { Delivery } from '../../server/src/domain/delivery.ts';
import { MemoryNotifications } from '../../server/testing/src/store/notifications/notifications.ts';
import { hearLimits } from '../support/hear-limits.ts';
import { openMemoryStores } from '../support/memory-stores.ts';
import { silent } from '../support/silent-log.ts';
import { destinationLimitsContract, type DestinationLimitsHarness } from './destination-limits-contract.ts';
import { endpointHealthContract } from './endpoint-health-contract.ts';
import { eventTypesContract } from './event-types-contract.ts';
import { idempotentCallsContract } from './idempotent-calls-contract.ts';

const name = 'memory';

eventTypesContract(name, () => Promise.resolve(openMemoryStores()));
idempotentCallsContract(name, () => Promise.resolve(openMemoryStores()));

endpointHealthContract(name, () => {
  const stores = openMemoryStores();
  const { deliveries } = stores.database;
  return Promise.resolve({
    ...stores,
    storeDelivery: (delivery: Delivery) => Promise.resolve(void deliveries.set(delivery.id, delivery)),
    clearDeliveries: () => Promise.resolve(deliveries.clear()),
  });
});

function openLimits(stores = openMemoryStores()): Promise<DestinationLimitsHarness> {
  const notifications = new MemoryNotifications(stores.config, silent);
  const { heard } = hearLimits(notifications);
  notifications.start();
  return Promise.resolve({
    store: stores.destinationLimits,
    heard,
    openAnother: () => openLimits(stores),
    [Symbol.asyncDispose]: () => notifications.close(),
  });
}

destinationLimitsContract(name, openLimits);
