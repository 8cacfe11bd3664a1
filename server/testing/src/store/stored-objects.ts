import type { Delivery } from '../../../src/domain/delivery.ts';
import type { AcceptedEvent } from '../../../src/domain/event.ts';
import type { Replay } from '../../../src/domain/replay.ts';
import type { WebhookSlot } from '../../../src/domain/webhook-activity.ts';

export interface StoredEvent extends AcceptedEvent {
  /** Id of the first event that was stored with it, which is that of their outbox entry while it is open. */
  readonly batchId: string;
}

export interface StoredDelivery extends Delivery {
  /** Raised by every change. A result is written only to the revision that it was read with. */
  readonly revision: number;
}

export interface OutboxEntry {
  readonly id: string;
  readonly eventIds: readonly string[];
  /** The app and the account of each event, by its position in `eventIds`. */
  readonly owners: readonly Pick<AcceptedEvent, 'appId' | 'accountId'>[];
  readonly acceptedAt: number;
  /** The partitions that it still owes deliveries of. Never empty. */
  readonly open: readonly number[];
}

export type Tombstone = Pick<AcceptedEvent, 'id' | 'appId' | 'accountId'>;

export interface StoredReplay extends Replay {
  /** When a process can claim it, epoch ms: the end of the lease while one holds it. Undefined once it ended. */
  readonly dueAt: number | undefined;
  /** Number of claims: the fencing token of the process that holds it. */
  readonly epoch: number;
}

/** Counts of one webhook in one slot. */
export interface StoredWebhookSlot extends WebhookSlot {
  readonly webhookId: string;
  readonly appId: string;
}
