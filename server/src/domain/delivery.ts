import type { AnyEventType, AttemptReason, DeliveryReason, DeliveryStatus } from '@tocsin/shared';

/**
 * One event on its way to one webhook.
 *
 *   (no document)  the event is open: its first attempt is being made, or waits in memory or in the events' queue
 *        | first attempt fails, or the webhook is paused        | first attempt ends it
 *        v                                                      v
 *     pending  --attempt fails, retries left-->  pending     delivered | failed
 *        |  \--attempt succeeds--> delivered
 *        |  \--no retries left, 410, destination removed--> failed
 *        |  \--webhook deleted, cancelled by a person--> cancelled
 *   failed, cancelled, delivered --retry asked by a person--> pending
 *
 * A pending delivery is claimed by writing a lease token and pushing `due` forward; every write that ends a claim
 * carries the token, so a process that lost its lease changes nothing.
 */
export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly appId: string;
  readonly type: AnyEventType;
  readonly status: DeliveryStatus;
  readonly reason: DeliveryReason | null;
  readonly attempts: readonly Attempt[];
  readonly attemptCount: number;
  /** When it may next be claimed (epoch ms); null when finished. */
  readonly dueAt: number | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

export interface Attempt {
  /** When it began, epoch ms. */
  readonly at: number;
  readonly durationMs: number;
  /** What the receiver answered; null when it did not. */
  readonly statusCode: number | null;
  /** Why it did not succeed; null when it did. */
  readonly reason: AttemptReason | null;
  /** The first 2 KiB of the reply. */
  readonly reply: string;
}

/** Attempts kept in a delivery's document: the schedule's ten and room for retries by hand. The oldest fall out. */
export const maxAttemptsKept = 50;

/** The first part of a reply that is kept. Standard Webhooks receivers answer little; Keygen keeps as much. */
export const maxReplyBytesKept = 2048;
