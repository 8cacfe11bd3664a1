import { openMemoryStores } from './memory-stores.ts';
import { retentionContract } from './retention-contract.ts';

retentionContract('memory', openMemoryStores);
