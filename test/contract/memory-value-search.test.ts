import { MemoryEventStore } from '../../server/testing/src/store/events/event-store.ts';
import { createMemoryDatabase } from '../../server/testing/src/store/memory-database.ts';
import { MemorySearchStore } from '../../server/testing/src/store/search/search-store.ts';
import { valueSearchContract } from './value-search-contract.ts';

valueSearchContract('memory', () => {
  const database = createMemoryDatabase();
  return {
    search: new MemorySearchStore(database),
    events: new MemoryEventStore(database),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
});
