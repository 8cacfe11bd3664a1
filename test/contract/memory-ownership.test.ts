import { openMemoryConfig } from '../support/memory-config.ts';
import { ownershipContract, type OwnershipHarness } from './ownership-contract.ts';

function open(stores = openMemoryConfig()): Promise<OwnershipHarness> {
  return Promise.resolve({ ...stores, openAnother: () => open(stores) });
}

ownershipContract('memory', open);
