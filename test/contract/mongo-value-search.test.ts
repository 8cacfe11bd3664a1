import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoSearchStore } from '../../server/src/store/mongo/search/search-store.ts';
import { clearDatabase } from '../support/clear-database.ts';
import { useDatabase } from '../support/fixtures.ts';
import { valueSearchContract } from './value-search-contract.ts';

const connection = useDatabase('value-search');

valueSearchContract('MongoDB', () => {
  const { collections } = connection;
  return {
    search: new MongoSearchStore(collections),
    events: new MongoEventStore(collections),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  };
});
