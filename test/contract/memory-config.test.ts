import { createNotificationCount, openMemoryConfig } from '../support/memory-config.ts';
import { accessContract } from './access-contract.ts';
import { auditContract } from './audit-contract.ts';
import { configContract } from './config-contract.ts';
import { searchContract } from './search-contract.ts';
import { incidentContract } from './incident-contract.ts';

const name = 'memory';

configContract(name, () => {
  const stores = openMemoryConfig();
  return Promise.resolve({ ...stores, countNotified: createNotificationCount(stores.config) });
});
accessContract(name, () => Promise.resolve(openMemoryConfig()));
searchContract(name, () => Promise.resolve(openMemoryConfig()));
auditContract(name, () => Promise.resolve(openMemoryConfig()));
incidentContract(name, () => Promise.resolve(openMemoryConfig()));
