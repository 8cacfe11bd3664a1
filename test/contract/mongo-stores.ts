import type { Delivery } from '../../server/src/domain/delivery.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import type { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoCancellationStore } from '../../server/src/store/mongo/deliveries/cancellation-store.ts';
import { MongoDeliveryStore } from '../../server/src/store/mongo/deliveries/delivery-store.ts';
import { MongoReplayStore } from '../../server/src/store/mongo/deliveries/replay-store.ts';
import { MongoRetentionStore } from '../../server/src/store/mongo/deliveries/retention-store.ts';
import {
  toAttemptDoc,
  toReplayDoc,
  type DeliveryDoc,
} from '../../server/src/store/mongo/documents/delivery.ts';
import { toEventDoc, type EventDoc } from '../../server/src/store/mongo/documents/event.ts';
import { toWebhookDoc } from '../../server/src/store/mongo/documents/webhook.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoPartitionStore } from '../../server/src/store/mongo/ownership/partition-store.ts';
import { MongoProcessStore } from '../../server/src/store/mongo/ownership/process-store.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoActivityStore } from '../../server/src/store/mongo/system/activity-store.ts';
import { MongoReconciliationStore } from '../../server/src/store/mongo/system/reconciliation-store.ts';
import { MongoBacklogStore } from '../../server/src/store/mongo/webhooks/backlog-store.ts';
import { MongoWebhookActivityStore } from '../../server/src/store/mongo/webhooks/webhook-activity-store.ts';
import { FakeClock } from '../support/clock.ts';
import { clearDatabase } from '../support/clear-database.ts';
import type { StoresHarness } from './stores-harness.ts';

/** Opens the stores of MongoDB over a database that the end of the test empties, because indexes are slow to build. */
export function openMongoStores(connection: Connection): StoresHarness {
  const { collections } = connection;
  return {
    clock: new FakeClock(),
    queue: new MongoDeliveryQueue(collections),
    events: new MongoEventStore(collections),
    deliveries: new MongoDeliveryStore(collections),
    replays: new MongoReplayStore(collections),
    cancellations: new MongoCancellationStore(collections),
    retention: new MongoRetentionStore(collections),
    reconciliation: new MongoReconciliationStore(collections),
    activity: new MongoActivityStore(collections),
    webhookActivity: new MongoWebhookActivityStore(collections),
    backlogs: new MongoBacklogStore(collections),
    processes: new MongoProcessStore(collections),
    partitions: new MongoPartitionStore(collections),
    ...createHands(connection),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  };
}

function createHands({ collections }: Connection) {
  const { events, deliveries, replays, webhooks, appDeletions } = collections;
  return {
    putEvents: async (all) => void (await events.insertMany(all.map(toEventDoc))),
    putDeliveries: async (all) => {
      await deliveries.deleteMany({ _id: { $in: all.map(({ id }) => id) } });
      await deliveries.insertMany(all.map(toDeliveryDoc));
    },
    putReplays: async (all) => {
      await replays.insertMany(
        all.map((replay) => {
          const { due: _, ...doc } = toReplayDoc(replay);
          return doc;
        }),
      );
    },
    putWebhook: async (webhook) => {
      await webhooks.deleteOne({ _id: webhook.id });
      await webhooks.insertOne(toWebhookDoc(webhook));
    },
    removeWebhook: async (id) => void (await webhooks.deleteOne({ _id: id })),
    putAppDeletion: async (appId, accountId) => {
      const erased = { webhooks: 0, events: 0, deliveries: 0, replays: 0 };
      const at = new Date(0);
      await appDeletions.insertOne({
        _id: `del_${appId}`,
        appId,
        accountId,
        status: 'done',
        erased,
        createdAt: at,
        finishedAt: at,
        webhookIds: [],
      });
    },
    bury: async (all) => {
      const tombstones = all.map(({ id, appId, accountId, acceptedAt }) => ({
        _id: id,
        appId,
        accountId,
        at: new Date(acceptedAt),
        tombstone: true,
      }));
      // `as`: a tombstone has only some of the fields of an event.
      await events.insertMany(tombstones as unknown as EventDoc[]);
    },
    lose: async (eventId) => void (await events.deleteOne({ _id: eventId })),
    removeDelivery: async (id) => void (await deliveries.deleteOne({ _id: id })),
    listIds: async (kind) => {
      const options = { projection: { _id: 1 }, sort: { _id: 1 } } as const;
      const docs = await {
        events: () => events.find({}, options).toArray(),
        deliveries: () => deliveries.find({}, options).toArray(),
        replays: () => replays.find({}, options).toArray(),
      }[kind]();
      return docs.map((doc) => doc._id);
    },
    findTombstones: async () => {
      const docs = await events.find({ tombstone: true }).sort({ _id: 1 }).toArray();
      return docs.map(({ _id, appId }) => ({ id: _id, appId }));
    },
  } satisfies Partial<StoresHarness>;
}

function toDeliveryDoc(delivery: Delivery): DeliveryDoc {
  const { id, attempts, createdAt, finishedAt, dueAt, reason, ...same } = delivery;
  return {
    _id: id,
    ...same,
    ...(reason === null ? {} : { reason }),
    attempts: attempts.map(toAttemptDoc),
    at: new Date(createdAt),
    rev: 1,
    ...(dueAt === null ? {} : { partition: toPartition(delivery.webhookId), nextAt: new Date(dueAt) }),
    ...(finishedAt === null ? {} : { finishedAt: new Date(finishedAt) }),
  };
}
