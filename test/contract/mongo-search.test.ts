import { MongoAccountStore } from '../../server/src/store/mongo/accounts/account-store.ts';
import { MongoApiKeyStore } from '../../server/src/store/mongo/accounts/api-key-store.ts';
import { MongoAppStore } from '../../server/src/store/mongo/accounts/app-store.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoSearchStore } from '../../server/src/store/mongo/search/search-store.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { clearDatabase, useDatabase } from '../support/fixtures.ts';
import { searchContract } from './search-store-contract.ts';

const connection = useDatabase('search');

searchContract('MongoDB', () => {
  const { collections } = connection;
  return {
    search: new MongoSearchStore(collections),
    accounts: new MongoAccountStore(collections),
    apps: new MongoAppStore(collections),
    keys: new MongoApiKeyStore(collections),
    webhooks: new MongoWebhookStore(collections),
    events: new MongoEventStore(collections),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  };
});
