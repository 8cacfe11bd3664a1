import type { ActivityBatch } from '../../../src/domain/ports/activity-store.ts';
import { CommitLog } from './commit-log.ts';
import { DeliveryMap } from './delivery-map.ts';
import { EventMap } from './event-map.ts';
import { SortedMap } from './sorted-map.ts';
import type { OutboxEntry, StoredReplay, StoredWebhookSlot, Tombstone } from './stored-objects.ts';

/**
 * What the stores of one test server share. Values are never changed in place: a store that changes one sets another
 * value, and a store that returns one returns a copy.
 */
export interface MemoryDatabase {
  /** By id. Deleting an event here is enough; its outbox entry is closed later. */
  readonly events: EventMap;
  /** By id. Those in flight have no row, because their first attempt has not ended. */
  readonly deliveries: DeliveryMap;
  /** Open outbox entries by the id of their first event. */
  readonly entries: SortedMap<OutboxEntry>;
  /** The ids of events that did not arrive, and whose late insert is rejected. */
  readonly tombstones: SortedMap<Tombstone>;
  readonly replays: SortedMap<StoredReplay>;
  /** By the id of the batch. */
  readonly activity: Map<string, ActivityBatch>;
  /** By the webhook and the start of the slot. */
  readonly webhookActivity: Map<string, StoredWebhookSlot>;
  /** The order in which events were stored. */
  readonly commits: CommitLog;
}

export function createMemoryDatabase(): MemoryDatabase {
  return {
    events: new EventMap(),
    deliveries: new DeliveryMap(),
    entries: new SortedMap(),
    tombstones: new SortedMap(),
    replays: new SortedMap(),
    activity: new Map(),
    webhookActivity: new Map(),
    commits: new CommitLog(),
  };
}
