import { MongoAccountStore } from '../../server/src/store/mongo/accounts/account-store.ts';
import { MongoChangeLog } from '../../server/src/store/mongo/changes/change-log.ts';
import { MongoEventTypeStore } from '../../server/src/store/mongo/event-types/event-type-store.ts';
import { clearDatabase } from '../support/clear-database.ts';
import { useDatabase } from '../support/fixtures.ts';
import { eventTypesContract } from './event-types-contract.ts';

const connection = useDatabase('event_types');

eventTypesContract('MongoDB', () => {
  const { collections } = connection;
  return Promise.resolve({
    eventTypes: new MongoEventTypeStore(collections),
    accounts: new MongoAccountStore(collections),
    changeLog: new MongoChangeLog(collections),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  });
});
