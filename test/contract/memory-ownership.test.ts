import { openMemoryStores } from '../support/memory-stores.ts';
import { ownershipContract, type OwnershipHarness } from './ownership-contract.ts';

function open(stores = openMemoryStores()): Promise<OwnershipHarness> {
  return Promise.resolve({ ...stores, openAnother: () => open(stores) });
}

ownershipContract('memory', open);
