import * as z from 'zod';
import { anyEventTypes } from './events/catalog.ts';
import { appId, deliveryId, eventId, webhookId } from './ids.ts';
import { pageFields } from './paging.ts';

export const deliveryStatus = z.enum(['pending', 'delivered', 'failed', 'cancelled']);
export type DeliveryStatus = z.output<typeof deliveryStatus>;

/** Why one attempt did not succeed. Stable names: dashboards and alerts may match on them. */
export const attemptReason = z.enum([
  'http_status', // answered, and not 2xx
  'redirect', // answered 3xx; never followed
  'gone', // 410: the receiver asks to be left alone
  'destination_removed', // a chat destination said for good that it no longer exists
  'destination_refused', // a chat destination answered 2xx and meant no
  'timeout', // no full answer within the deadline
  'connection_refused',
  'connection_reset',
  'connect_failed', // no route, address unavailable and the like
  'dns_failed',
  'address_refused', // the name points to an address that must not be called
  'tls_expired',
  'tls_untrusted', // self-signed or unknown issuer
  'tls_wrong_host',
  'tls_failed',
  'bad_response', // not HTTP, header flood, wrong length
  'response_too_large',
  'protocol_upgrade', // 101
  'internal_error', // our fault; the attempt is retried
]);
export type AttemptReason = z.output<typeof attemptReason>;

/** Why a delivery is where it is, when that is not simply "delivered". */
export const deliveryReason = z.enum([
  'awaiting_first_attempt',
  'awaiting_retry',
  'webhook_paused', // so many failures in a row that only probes are sent; waits
  'webhook_disabled', // waits until the webhook is enabled again
  'retries_exhausted',
  'gone',
  'destination_removed',
  'webhook_deleted',
  'cancelled_by_user',
  'undeliverable', // the stored document cannot be sent; set aside so that others flow
  'test_failed', // test pings are tried once
]);
export type DeliveryReason = z.output<typeof deliveryReason>;

export const attemptView = z.object({
  at: z.iso.datetime(),
  durationMs: z.number(),
  statusCode: z.int().nullable(),
  /** Null when it succeeded. */
  reason: attemptReason.nullable(),
  /** The first 2 KiB of the reply, as text, without the webhook's own credentials. A stranger's: never render it as HTML. */
  reply: z.string(),
});
export type AttemptView = z.output<typeof attemptView>;

export const deliveryView = z.object({
  id: deliveryId,
  eventId,
  webhookId,
  appId: z.string(),
  event: z.enum(anyEventTypes),
  status: deliveryStatus,
  reason: deliveryReason.nullable(),
  attemptCount: z.int(),
  createdAt: z.iso.datetime(),
  /** When the next attempt is due; null when there is none. */
  nextAttemptAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});
export type DeliveryView = z.output<typeof deliveryView>;

export const deliveryDetail = deliveryView.extend({ attempts: z.array(attemptView) });
export type DeliveryDetail = z.output<typeof deliveryDetail>;

/** The filters of `deliveries.list`. A delivery is listed if it matches all that are given. */
export const deliveryFilter = z.strictObject({
  appId: appId.optional(),
  webhookId: webhookId.optional(),
  eventId: eventId.optional(),
  status: deliveryStatus.optional(),
});
export type DeliveryFilter = z.output<typeof deliveryFilter>;

export const listDeliveriesInput = deliveryFilter.extend(pageFields).prefault({});
export type ListDeliveriesInput = z.input<typeof listDeliveriesInput>;

/** The filters of `deliveries.replays`. */
export const replayFilter = z.strictObject({ webhookId: webhookId.optional() });
export type ReplayFilter = z.output<typeof replayFilter>;

export const listReplaysInput = replayFilter.extend(pageFields).prefault({});
export type ListReplaysInput = z.input<typeof listReplaysInput>;

/** Which finished deliveries of a webhook are sent again. */
export const replayInput = z.strictObject({
  webhookId,
  /** Events accepted at or after; ISO 8601. */
  since: z.iso.datetime({ offset: true }),
  /** Events accepted before; the moment of the call unless given. */
  until: z.iso.datetime({ offset: true }).optional(),
  /** `failed` unless given. */
  status: deliveryStatus.exclude(['pending']).default('failed'),
  /** Only events of these types. */
  events: z.array(z.enum(anyEventTypes)).min(1).optional(),
  /** Only counts. */
  dryRun: z.boolean().default(false),
});
export type ReplayInput = z.output<typeof replayInput>;

/** Which pending deliveries of a webhook are cancelled: those that fit all that is given. */
export const cancelInput = z.strictObject({
  webhookId,
  /** Only these. */
  ids: z.array(deliveryId).min(1).max(1_000).optional(),
  /** Events accepted at or after; ISO 8601. */
  since: z.iso.datetime({ offset: true }).optional(),
  /** Events accepted before; the moment of the call unless given. */
  until: z.iso.datetime({ offset: true }).optional(),
  /** Only events of these types. */
  events: z.array(z.enum(anyEventTypes)).min(1).optional(),
  /** Only counts. */
  dryRun: z.boolean().default(false),
});
export type CancelInput = z.output<typeof cancelInput>;

export const cancelResult = z.object({
  /** How many were cancelled; after a dry run, how many would be. */
  count: z.int(),
  /** How many more fit and are left alone: they are being sent, or about to be. */
  underWay: z.int(),
  /** How many more fit and still wait: a call ends after some seconds, and the next one goes on. */
  remaining: z.int(),
});
export type CancelResult = z.output<typeof cancelResult>;

export const replayId = z
  .string()
  .regex(/^rpl_[0-9a-hjkmnp-tv-z]{26}$/, 'must be rpl_ and 26 base 32 characters');

export const replayStarted = z.object({
  /** Null after a dry run, or when there is nothing to send. */
  jobId: replayId.nullable(),
  count: z.int(),
});
export type ReplayStarted = z.output<typeof replayStarted>;

export const replayView = z.object({
  id: replayId,
  webhookId,
  status: z.enum(['running', 'done', 'cancelled']),
  /** How many there were at the start. */
  total: z.int(),
  /** How many have been put back into the queue. */
  done: z.int(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type ReplayView = z.output<typeof replayView>;
