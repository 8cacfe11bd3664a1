import { deliveriesContract } from './deliveries-contract.ts';
import { deliveryFiltersContract } from './delivery-filters-contract.ts';
import { openMemoryStores } from './memory-stores.ts';
import { queueContract } from './queue-contract.ts';
import { waitingContract } from './waiting-contract.ts';

queueContract('memory', openMemoryStores);
waitingContract('memory', openMemoryStores);
deliveriesContract('memory', openMemoryStores);
deliveryFiltersContract('memory', openMemoryStores);
