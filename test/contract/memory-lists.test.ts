import { eventListContract } from './event-list-contract.ts';
import { insertContract } from './insert-contract.ts';
import { manyTargetsContract } from './many-targets-contract.ts';
import { openMemoryStores } from './memory-stores.ts';

insertContract('memory', openMemoryStores);
eventListContract('memory', openMemoryStores);
manyTargetsContract('memory', openMemoryStores);
