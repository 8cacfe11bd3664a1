import type { Delivery } from '../../server/src/domain/delivery.ts';
import type { BudgetRequest } from '../../server/src/domain/ports/limit-stores.ts';
import type { OwnershipView, ProcessRecord } from '../../server/src/domain/ports/ownership.ts';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import { MemoryCancellationStore } from '../../server/testing/src/store/deliveries/cancellation-store.ts';
import { MemoryDeliveryStore } from '../../server/testing/src/store/deliveries/delivery-store.ts';
import { MemoryReplayStore } from '../../server/testing/src/store/deliveries/replay-store.ts';
import { MemoryRetentionStore } from '../../server/testing/src/store/deliveries/retention-store.ts';
import { MemoryEventStore } from '../../server/testing/src/store/events/event-store.ts';
import { createMemoryDatabase, type MemoryDatabase } from '../../server/testing/src/store/memory-database.ts';
import { MemoryDeliveryQueue } from '../../server/testing/src/store/queue/delivery-queue.ts';
import { MemoryBacklogStore } from '../../server/testing/src/store/webhooks/backlog-store.ts';
import { MemoryWebhookActivityStore } from '../../server/testing/src/store/webhooks/webhook-activity-store.ts';
import { MemoryActivityStore } from '../../server/testing/src/store/system/activity-store.ts';
import { MemoryReconciliationStore } from '../../server/testing/src/store/system/reconciliation-store.ts';
import { aProcessRecord } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import type { StoresHarness } from './stores-harness.ts';

/** Opens the stores of the test kit over a new database. */
export function openMemoryStores(): StoresHarness {
  const database = createMemoryDatabase();
  const webhooks = new Map<string, Webhook>();
  const deletedApps = new Set<string>();
  const ownership = createOwnership();
  return {
    clock: new FakeClock(),
    queue: new MemoryDeliveryQueue(database),
    events: new MemoryEventStore(database),
    deliveries: new MemoryDeliveryStore(database),
    replays: new MemoryReplayStore({ database, webhooks, budgets: createBudgets() }),
    cancellations: new MemoryCancellationStore(database),
    retention: new MemoryRetentionStore(database),
    reconciliation: new MemoryReconciliationStore({
      database,
      partitions: ownership,
      isAppDeleted: (appId) => deletedApps.has(appId),
    }),
    activity: new MemoryActivityStore(database),
    webhookActivity: new MemoryWebhookActivityStore(database),
    backlogs: new MemoryBacklogStore(database),
    processes: ownership,
    partitions: ownership,
    ...createHands(database),
    putWebhook: async (webhook) => void webhooks.set(webhook.id, webhook),
    removeWebhook: async (id) => void webhooks.delete(id),
    putAppDeletion: async (appId) => void deletedApps.add(appId),
    [Symbol.asyncDispose]: async () => {},
  };
}

function createHands(database: MemoryDatabase) {
  const { events, deliveries, replays, tombstones } = database;
  return {
    putEvents: async (all) => {
      for (const event of all) events.set(event.id, { ...event, batchId: event.id });
    },
    putDeliveries: async (all: readonly Delivery[]) => {
      for (const delivery of all) deliveries.set(delivery.id, { ...delivery, revision: 1 });
    },
    putReplays: async (all) => {
      for (const replay of all) replays.set(replay.id, { ...replay, dueAt: undefined, epoch: 0 });
    },
    bury: async (all) => {
      for (const { id, appId, accountId } of all) tombstones.set(id, { id, appId, accountId });
    },
    lose: async (eventId) => void events.delete(eventId),
    removeDelivery: async (id) => void deliveries.delete(id),
    listIds: async (kind) => {
      const ids = kind === 'events' ? [...events.keys(), ...tombstones.keys()] : database[kind].keys();
      return [...ids].sort();
    },
    findTombstones: async () => [...tombstones.ascending()].map(({ id, appId }) => ({ id, appId })),
  } satisfies Partial<StoresHarness>;
}

/** Token buckets that start full. */
function createBudgets() {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    lease: async ({ id, limit: { burst, perSecond }, want, now }: BudgetRequest) => {
      const { tokens, at } = buckets.get(id) ?? { tokens: burst, at: now };
      const filled = Math.min(burst, tokens + ((now - at) * perSecond) / 1000);
      const granted = Math.min(want, Math.floor(filled));
      buckets.set(id, { tokens: filled - granted, at: now });
      return { granted, left: filled - granted };
    },
  };
}

/** Processes, and the owners of partitions. */
function createOwnership() {
  const processes = new Map<string, ProcessRecord>();
  const owners = new Map<number, string>();
  return {
    register: async (id: string) => void processes.set(id, aProcessRecord({ id })),
    fence: async (id: string) => {
      processes.set(id, aProcessRecord({ id, state: 'fenced' }));
      return true;
    },
    remove: async (id: string) => void processes.delete(id),
    take: async (claims: readonly { readonly partition: number }[], owner: string) => {
      for (const { partition } of claims) owners.set(partition, owner);
      return claims.map(({ partition }) => partition);
    },
    read: async (): Promise<OwnershipView> => ({
      now: 0,
      processes: [...processes.values()],
      partitions: Array.from({ length: 128 }, (_, partition) => ({
        partition,
        owner: owners.get(partition) ?? null,
        epoch: 1,
        wanted: null,
      })),
    }),
  };
}
