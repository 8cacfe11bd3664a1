import { MemoryEventFeed } from '../../server/testing/src/store/events/event-feed.ts';
import { MemoryEventStore } from '../../server/testing/src/store/events/event-store.ts';
import { createMemoryDatabase } from '../../server/testing/src/store/memory-database.ts';
import { eventFeedContract } from './event-feed-contract.ts';

eventFeedContract('memory', () => {
  const database = createMemoryDatabase();
  return {
    feed: new MemoryEventFeed({ database, clock: { now: () => Date.now() } }),
    events: new MemoryEventStore(database),
    [Symbol.asyncDispose]: async () => {},
  };
});
