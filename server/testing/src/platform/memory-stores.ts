import type { Stores } from '../../../src/app/stores.ts';
import type { Clock, Log } from '../../../src/domain/ports/runtime.ts';
import { MemoryCancellationStore } from '../store/deliveries/cancellation-store.ts';
import { MemoryDeliveryStore } from '../store/deliveries/delivery-store.ts';
import { MemoryReplayStore } from '../store/deliveries/replay-store.ts';
import { MemoryRetentionStore } from '../store/deliveries/retention-store.ts';
import { MemoryEventFeed } from '../store/events/event-feed.ts';
import { MemoryFeedConsumerStore } from '../store/feed/feed-consumer-store.ts';
import { MemoryFeedLog, noFeedSource } from '../store/feed/feed-log.ts';
import { MemoryEventStore } from '../store/events/event-store.ts';
import { createMemoryConfig } from '../store/memory-config.ts';
import { createMemoryDatabase } from '../store/memory-database.ts';
import { MemorySearchStore } from '../store/search/search-store.ts';
import { openConfigStores } from '../store/open-config-stores.ts';
import { MemoryDeliveryQueue } from '../store/queue/delivery-queue.ts';
import { MemoryAlertStore } from '../store/alerts/alert-store.ts';
import { MemoryEndpointWatchStore } from '../store/alerts/endpoint-watch-store.ts';
import { MemoryActivityStore } from '../store/system/activity-store.ts';
import { MemoryReconciliationStore } from '../store/system/reconciliation-store.ts';
import { MemoryBacklogStore } from '../store/webhooks/backlog-store.ts';
import { MemoryWebhookActivityStore } from '../store/webhooks/webhook-activity-store.ts';

export interface MemoryStoresDeps {
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
  /** Called with each call of a store. */
  readonly onCall: () => void;
}

/** Opens all stores of a test server, in memory. */
export function openMemoryStores({ clock, log, onCall }: MemoryStoresDeps): Stores {
  const database = createMemoryDatabase();
  const config = createMemoryConfig(clock);
  const { connection: _connection, ...configured } = openConfigStores({ config, database, clock, log });
  const { budgets, partitions } = configured;
  const { webhooks, appDeletions } = config;
  const stores = {
    ...configured,
    events: new MemoryEventStore(database),
    feed: new MemoryEventFeed({ database, clock }),
    feedLog: new MemoryFeedLog(database),
    feedSource: noFeedSource,
    feedConsumers: new MemoryFeedConsumerStore(),
    queue: new MemoryDeliveryQueue(database),
    deliveries: new MemoryDeliveryStore(database),
    replays: new MemoryReplayStore({ database, webhooks, budgets }),
    cancellations: new MemoryCancellationStore(database),
    retention: new MemoryRetentionStore(database),
    activity: new MemoryActivityStore(database),
    webhookActivity: new MemoryWebhookActivityStore(database),
    backlogs: new MemoryBacklogStore(database),
    watches: new MemoryEndpointWatchStore(config, database),
    alerts: new MemoryAlertStore(),
    search: new MemorySearchStore(database),
    reconciliation: new MemoryReconciliationStore({
      database,
      partitions,
      isAppDeleted: (appId) => appDeletions.has(appId),
    }),
  };
  const counted = Object.entries(stores).map(([name, store]) => [name, countCalls(store, onCall)]);
  return {
    // `as`: each entry is the same store, behind a proxy that counts.
    ...(Object.fromEntries(counted) as typeof stores),
    clock,
    readWithin: async (_deadline, work) => await work(),
  };
}

/** Returns the store, which reports each call. Other values stay as they are. */
function countCalls<T>(store: T, onCall: () => void): T {
  if (typeof store !== 'object' || store === null) return store;
  const methods = new Map<PropertyKey, unknown>();
  return new Proxy(store, {
    get(target, name) {
      const known = methods.get(name);
      if (known !== undefined) return known;
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const method = (...args: unknown[]): unknown => {
        onCall();
        return Reflect.apply(member, target, args);
      };
      methods.set(name, method);
      return method;
    },
  });
}
