import * as z from 'zod';
import { callKey } from './call-key.ts';
import { storedEventSelector } from './event-type.ts';
import { appId, deliveryId, eventId, webhookId } from './ids.ts';
import { pageFields } from './paging.ts';

/** The state of a delivery. Every status but `pending` is final until the delivery is retried. */
export const deliveryStatus = z.enum(['pending', 'delivered', 'failed', 'cancelled']);
export type DeliveryStatus = z.output<typeof deliveryStatus>;

/** Why an attempt failed. The names are stable, so dashboards and alerts can match on them. */
export const attemptReason = z.enum([
  'http_status', // a status other than 2xx that has no reason of its own
  'redirect', // 3xx; redirects are never followed
  'gone', // 410: the receiver asks for no more deliveries
  'destination_removed', // a chat service says that the destination no longer exists
  'destination_refused', // a chat service returned 2xx and an error in the body
  'timeout', // no complete response before the deadline
  'connection_refused',
  'connection_reset',
  'connect_failed', // no route, address unavailable and similar
  'dns_failed',
  'address_refused', // the host resolves to an address that the SSRF guard blocks
  'tls_expired',
  'tls_untrusted', // self-signed or unknown issuer
  'tls_wrong_host',
  'tls_failed',
  'bad_response', // not HTTP, or too many headers
  'response_too_large',
  'protocol_upgrade', // 101
  'internal_error', // an error of the platform; the attempt is retried
  'not_sent', // a test ping that the platform could not send; says nothing about the receiver
]);
export type AttemptReason = z.output<typeof attemptReason>;

/** Why a delivery has its status. Null for `delivered`. */
export const deliveryReason = z.enum([
  'awaiting_first_attempt',
  'awaiting_retry',
  'webhook_paused', // pending: too many consecutive failures, so only probes are sent
  'destination_limited', // pending: the chat service limits requests, so none are sent until it takes them again
  'webhook_disabled', // pending until the webhook is enabled
  'not_sent', // pending: the platform could not send it; no attempt, and sent soon
  'retries_exhausted',
  'gone',
  'destination_removed',
  'webhook_deleted',
  'cancelled_by_user',
  'not_subscribed', // the webhook is not subscribed to the type any more
  'undeliverable', // the stored document is corrupt; quarantined so that it does not block others
  'test_failed', // test pings are not retried
]);
export type DeliveryReason = z.output<typeof deliveryReason>;

/** One attempt of a delivery. */
export const attemptView = z.object({
  /** When the attempt started. */
  at: z.iso.datetime(),
  /** From the start of the attempt to the end of the response or the failure, in ms. */
  durationMs: z.number(),
  /** HTTP status of the response, also of one that broke off after it. Null if none arrived. */
  statusCode: z.int().nullable(),
  /** Why the attempt failed. Null if it succeeded. */
  reason: attemptReason.nullable(),
  /**
   * The first 2 KiB of the response body as text, with the webhook's credentials redacted. Untrusted content:
   * never render it as HTML.
   */
  reply: z.string(),
});
export type AttemptView = z.output<typeof attemptView>;

/** A delivery: one event sent to one webhook. */
export const deliveryView = z.object({
  id: deliveryId,
  eventId,
  webhookId,
  appId: z.string(),
  /** Type of the event. */
  event: z.string(),
  status: deliveryStatus,
  /** Why the delivery has its status. Null for `delivered`. */
  reason: deliveryReason.nullable(),
  /** Number of attempts so far. */
  attemptCount: z.int(),
  createdAt: z.iso.datetime(),
  /** When the next attempt is due. Null if there is none. */
  nextAttemptAt: z.iso.datetime().nullable(),
  /** When the delivery reached a final status. Null while it is pending. */
  finishedAt: z.iso.datetime().nullable(),
});
export type DeliveryView = z.output<typeof deliveryView>;

/** A delivery with its last 50 attempts, oldest first. */
export const deliveryDetail = deliveryView.extend({ attempts: z.array(attemptView) });
export type DeliveryDetail = z.output<typeof deliveryDetail>;

/** Filters of `deliveries.list`. Deliveries match all given filters. */
export const deliveryFilter = z.strictObject({
  appId: appId.optional(),
  webhookId: webhookId.optional(),
  eventId: eventId.optional(),
  status: deliveryStatus.optional(),
});
export type DeliveryFilter = z.output<typeof deliveryFilter>;

export const listDeliveriesInput = deliveryFilter.extend(pageFields).prefault({});
export type ListDeliveriesInput = z.input<typeof listDeliveriesInput>;

/** Filters of `deliveries.replays`. */
export const replayFilter = z.strictObject({ webhookId: webhookId.optional() });
export type ReplayFilter = z.output<typeof replayFilter>;

export const listReplaysInput = replayFilter.extend(pageFields).prefault({});
export type ListReplaysInput = z.input<typeof listReplaysInput>;

/** Input of `deliveries.replay`: selects finished deliveries of one webhook by all given filters. */
export const replayInput = z.strictObject({
  webhookId,
  /** Only events accepted at or after this time, ISO 8601. */
  since: z.iso.datetime({ offset: true }),
  /**
   * Only events accepted before this time, ISO 8601.
   * @default the time of the call
   */
  until: z.iso.datetime({ offset: true }).optional(),
  /**
   * Only deliveries with this status.
   * @default 'failed'
   */
  status: deliveryStatus.exclude(['pending']).default('failed'),
  /**
   * Only events of these types.
   * @default all types
   */
  events: z.array(storedEventSelector).min(1).optional(),
  /**
   * Counts the matching deliveries without sending them.
   * @default false
   */
  dryRun: z.boolean().default(false),
  /**
   * Makes repeated calls safe.
   * @default none
   */
  idempotencyKey: callKey.optional(),
});
export type ReplayInput = z.output<typeof replayInput>;

/** Input of `deliveries.retry`. */
export const retryInput = z.strictObject({
  id: deliveryId,
  /**
   * Makes repeated calls safe.
   * @default none
   */
  idempotencyKey: callKey.optional(),
});
export type RetryInput = z.output<typeof retryInput>;

/** Input of `deliveries.cancel`: selects pending deliveries of one webhook by all given filters. */
export const cancelInput = z.strictObject({
  webhookId,
  /** Only these deliveries, 1 to 1,000 ids. */
  ids: z.array(deliveryId).min(1).max(1_000).optional(),
  /** Only events accepted at or after this time, ISO 8601. */
  since: z.iso.datetime({ offset: true }).optional(),
  /**
   * Only events accepted before this time, ISO 8601.
   * @default the time of the call
   */
  until: z.iso.datetime({ offset: true }).optional(),
  /**
   * Only events of these types.
   * @default all types
   */
  events: z.array(storedEventSelector).min(1).optional(),
  /**
   * Counts the matching deliveries without cancelling them.
   * @default false
   */
  dryRun: z.boolean().default(false),
  /**
   * Makes repeated calls safe.
   * @default none
   */
  idempotencyKey: callKey.optional(),
});
export type CancelInput = z.output<typeof cancelInput>;

/** Result of `deliveries.cancel`. */
export const cancelResult = z.object({
  /** Number of cancelled deliveries, or after a dry run, of those that would be cancelled. */
  count: z.int(),
  /**
   * Number of matching deliveries that are being sent or about to be sent, and were therefore not cancelled.
   */
  underWay: z.int(),
  /** Number of matching deliveries left for the next call. A call stops after a few seconds. */
  remaining: z.int(),
});
export type CancelResult = z.output<typeof cancelResult>;

/** Id of a replay: `rpl_` and 26 base 32 characters. */
export const replayId = z
  .string()
  .regex(/^rpl_[0-9a-hjkmnp-tv-z]{26}$/, 'must be rpl_ and 26 base 32 characters');

/** Result of `deliveries.replay`. */
export const replayStarted = z.object({
  /** Id of the replay. Null after a dry run and when no delivery matches. */
  jobId: replayId.nullable(),
  /** Number of matching deliveries. */
  count: z.int(),
});
export type ReplayStarted = z.output<typeof replayStarted>;

/** A replay and its progress. */
export const replayView = z.object({
  id: replayId,
  webhookId,
  status: z.enum(['running', 'done', 'cancelled']),
  /** Number of matching deliveries when the replay started. */
  total: z.int(),
  /** Number of deliveries put back into the queue so far. */
  done: z.int(),
  createdAt: z.iso.datetime(),
  /** Null while the replay is running. */
  finishedAt: z.iso.datetime().nullable(),
});
export type ReplayView = z.output<typeof replayView>;
