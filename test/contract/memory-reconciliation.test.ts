import { openMemoryStores } from './memory-stores.ts';
import { reconciliationContract } from './reconciliation-contract.ts';

reconciliationContract('memory', openMemoryStores);
