import { createNotificationCount, openMemoryStores } from '../support/memory-stores.ts';
import { accessContract } from './access-contract.ts';
import { auditContract } from './audit-contract.ts';
import { configContract } from './config-contract.ts';

const name = 'memory';

configContract(name, () => {
  const stores = openMemoryStores();
  return Promise.resolve({ ...stores, countNotified: createNotificationCount(stores.config) });
});
accessContract(name, () => Promise.resolve(openMemoryStores()));
auditContract(name, () => Promise.resolve(openMemoryStores()));
