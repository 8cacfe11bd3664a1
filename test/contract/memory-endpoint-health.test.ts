import type { Delivery } from '../../server/src/domain/delivery.ts';
import { openMemoryConfig } from '../support/memory-config.ts';
import { endpointHealthContract } from './endpoint-health-contract.ts';

endpointHealthContract('memory', () => {
  const stores = openMemoryConfig();
  const { deliveries } = stores.database;
  return Promise.resolve({
    ...stores,
    storeDelivery: (delivery: Delivery) => Promise.resolve(void deliveries.set(delivery.id, delivery)),
    clearDeliveries: () => Promise.resolve(deliveries.clear()),
  });
});
