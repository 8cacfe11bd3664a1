import { openMemoryStores } from './memory-stores.ts';
import { replaysContract } from './replays-contract.ts';

replaysContract('memory', openMemoryStores);
