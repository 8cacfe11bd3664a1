import type { Delivery } from '../../server/src/domain/delivery.ts';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { ActivityStore } from '../../server/src/domain/ports/activity-store.ts';
import type { BacklogStore } from '../../server/src/domain/ports/backlog-store.ts';
import type {
  CancellationStore,
  ReplayStore,
  RetentionStore,
} from '../../server/src/domain/ports/bulk-stores.ts';
import type { DeliveryQueue } from '../../server/src/domain/ports/delivery-queue.ts';
import type { DeliveryStore } from '../../server/src/domain/ports/delivery-store.ts';
import type { EventStore } from '../../server/src/domain/ports/event-store.ts';
import type { PartitionStore, ProcessStore } from '../../server/src/domain/ports/ownership.ts';
import type { ReconciliationStore } from '../../server/src/domain/ports/reconciliation-store.ts';
import type { WebhookActivityStore } from '../../server/src/domain/ports/webhook-activity-store.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import type { FakeClock } from '../support/clock.ts';

/** The stores of events and deliveries over one empty database, and the hands that a test has in it. */
export interface StoresHarness extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly queue: DeliveryQueue;
  readonly events: EventStore;
  readonly deliveries: DeliveryStore;
  readonly replays: ReplayStore;
  readonly cancellations: CancellationStore;
  readonly retention: RetentionStore;
  readonly reconciliation: ReconciliationStore;
  readonly activity: ActivityStore;
  readonly webhookActivity: WebhookActivityStore;
  readonly backlogs: BacklogStore;
  readonly processes: Pick<ProcessStore, 'register' | 'fence' | 'remove'>;
  readonly partitions: Pick<PartitionStore, 'take'>;
  /** Stores events without an outbox entry. */
  putEvents(events: readonly AcceptedEvent[]): Promise<void>;
  /** Stores deliveries, or replaces those with their ids. */
  putDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  /** Stores replays that do not run. */
  putReplays(replays: readonly Replay[]): Promise<void>;
  /** Stores a webhook, or replaces the one with its id. */
  putWebhook(webhook: Webhook): Promise<void>;
  removeWebhook(id: string): Promise<void>;
  /** Marks an app as deleted. */
  putAppDeletion(appId: string, accountId: string): Promise<void>;
  /** Puts tombstones in the place of events. */
  bury(events: readonly AcceptedEvent[]): Promise<void>;
  /** Removes an event that was stored, as if it had not arrived. */
  lose(eventId: string): Promise<void>;
  removeDelivery(id: string): Promise<void>;
  /** Returns the ids of what is stored, in their order. Events include tombstones. */
  listIds(kind: 'events' | 'deliveries' | 'replays'): Promise<string[]>;
  /** Returns the tombstones in the order of their ids. */
  findTombstones(): Promise<{ id: string; appId: string }[]>;
}

/** A delivery that is delivered when its event is accepted. */
export function aFinalDelivery(event: AcceptedEvent, index = 0, change: Partial<Delivery> = {}): Delivery {
  return {
    id: toDeliveryId(event.id, index),
    eventId: event.id,
    webhookId: event.targets[index] ?? 'wh_000000000001',
    appId: event.appId,
    accountId: event.accountId,
    type: event.type,
    status: 'delivered',
    reason: null,
    attempts: [],
    attemptCount: 1,
    dueAt: null,
    createdAt: event.acceptedAt,
    finishedAt: event.acceptedAt,
    ...change,
  };
}

/** A delivery that waits for a day after its event is accepted. */
export function aWaitingDelivery(event: AcceptedEvent, index = 0, change: Partial<Delivery> = {}): Delivery {
  return aFinalDelivery(event, index, {
    status: 'pending',
    reason: 'awaiting_retry',
    dueAt: event.acceptedAt + 86_400_000,
    finishedAt: null,
    ...change,
  });
}
