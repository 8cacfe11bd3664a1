import type { AttemptReason, DeliveryReason, DeliveryStatus } from '@tocsin/shared';

/**
 * The delivery of one event to one webhook.
 *
 *   (no document)   owed by the outbox entry of its event
 *        --the first attempt ends it--> delivered | failed
 *        --the first attempt fails, cannot be sent, or there is no room in memory--> pending
 *   pending --an attempt fails, retries left--> pending
 *           --an attempt succeeds--> delivered
 *           --no retries left, 410, or the destination was removed--> failed      (a dead letter)
 *           --the webhook is deleted or not subscribed any more, or a user cancels it--> cancelled
 *   delivered, failed, cancelled --a user retries it--> pending
 *
 * Every change raises the revision, which is the fence of results: one that was read with an older revision only
 * adds its attempt, and a success ends the delivery unless it is final.
 */
export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly appId: string;
  /** The account of the app. */
  readonly accountId: string;
  readonly type: string;
  readonly status: DeliveryStatus;
  readonly reason: DeliveryReason | null;
  readonly attempts: readonly Attempt[];
  readonly attemptCount: number;
  /** When the next attempt is due, epoch ms; null when finished. */
  readonly dueAt: number | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** Who last sent the event to the webhook by hand. Such a delivery needs no subscription. Undefined: the event matched the webhook. */
  readonly sentByHand?: SentByHand | undefined;
}

export interface SentByHand {
  /** Epoch ms. */
  readonly at: number;
  /** Name of the actor at that time. */
  readonly by: string;
}

export interface Attempt {
  /** Start, epoch ms. */
  readonly at: number;
  readonly durationMs: number;
  /** Status of the response, also of one that broke off after it; null without one. */
  readonly statusCode: number | null;
  /** Why it failed; null on success. */
  readonly reason: AttemptReason | null;
  /** The first `maxReplyBytesKept` bytes of the response body. */
  readonly reply: string;
  /** The request as it was sent. Missing for a first attempt that succeeded. */
  readonly request?: SentRequest | undefined;
  /** The headers of a response other than 2xx. Missing for others. */
  readonly responseHeaders?: readonly HeaderLine[] | undefined;
}

/** A header with its name in lower case. Credentials are masked. */
export type HeaderLine = readonly [name: string, value: string];

/** A request without its body, which follows from the event. */
export interface SentRequest {
  /** With its credentials masked. */
  readonly url: string;
  readonly headers: readonly HeaderLine[];
  readonly bodyBytes: number;
}

/**
 * Attempts kept in a delivery's document: those of the schedule and many manual retries. Drops the oldest.
 */
export const maxAttemptsKept = 50;

/** Headers kept of a response, and their bytes: enough for what proxies and frameworks add. */
export const maxHeadersKept = 40;
export const maxHeaderBytesKept = 2048;

/** Bytes kept of a response body: enough for an error message. */
export const maxReplyBytesKept = 2048;
