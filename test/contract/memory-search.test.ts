import { MemoryEventStore } from '../../server/testing/src/store/events/event-store.ts';
import { createMemoryDatabase } from '../../server/testing/src/store/memory-database.ts';
import { MemorySearchStore } from '../../server/testing/src/store/search/search-store.ts';
import { openMemoryConfig } from '../support/memory-config.ts';
import { searchContract } from './search-store-contract.ts';

searchContract('memory', () => {
  const stores = openMemoryConfig();
  const database = createMemoryDatabase();
  const search = new MemorySearchStore(stores.config, database);
  return { ...stores, events: new MemoryEventStore(database), search };
});
