import type { WebhookSlot } from '../webhook-activity.ts';

/** What the endpoints of single webhooks did, in slots of two widths. */
export interface WebhookActivityStore {
  /** Adds counts. Each slot is `fineSlotMs` wide, and is also added to its slot of `coarseSlotMs`. */
  add(changes: readonly WebhookActivityChange[]): Promise<void>;
  /**
   * Returns the slots of a webhook that begin at or after `since`, epoch ms, in any order. Fine slots are kept for a
   * day, coarse ones for 31 days.
   */
  read(webhookId: string, width: 'fine' | 'coarse', since: number, until: number): Promise<WebhookSlot[]>;
}

export interface WebhookActivityChange {
  readonly webhookId: string;
  readonly appId: string;
  readonly accountId: string;
  readonly slots: readonly WebhookSlot[];
}
