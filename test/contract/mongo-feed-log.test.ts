import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoFeedConsumerStore } from '../../server/src/store/mongo/feed/feed-consumer-store.ts';
import { MongoFeedLog } from '../../server/src/store/mongo/feed/feed-log.ts';
import { clearDatabase } from '../support/clear-database.ts';
import { useDatabase } from '../support/fixtures.ts';
import { describeFeedLog } from './feed-log-contract.ts';

const connection = useDatabase('feed_log');

describeFeedLog(async () => {
  await clearDatabase(connection);
  const { collections } = connection;
  return {
    log: new MongoFeedLog(collections),
    events: new MongoEventStore(collections),
    consumers: new MongoFeedConsumerStore(collections),
  };
});
