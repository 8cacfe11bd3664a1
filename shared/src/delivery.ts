import * as z from 'zod';
import { callKey } from './call-key.ts';
import { storedEventSelector } from './event-type.ts';
import { appId, deliveryId, eventId, webhookId } from './ids.ts';
import { pageFields } from './paging.ts';

export const deliveryStatus = z
  .enum(['pending', 'delivered', 'failed', 'cancelled'])
  .describe('The state of a delivery. Every status but `pending` is final until the delivery is retried.');
export type DeliveryStatus = z.output<typeof deliveryStatus>;

export const attemptReason = z
  .enum([
    'http_status',
    'redirect',
    'gone',
    'destination_removed',
    'destination_refused',
    'timeout',
    'connection_refused',
    'connection_reset',
    'connect_failed',
    'dns_failed',
    'address_refused',
    'tls_expired',
    'tls_untrusted',
    'tls_wrong_host',
    'tls_failed',
    'bad_response',
    'response_too_large',
    'protocol_upgrade',
    'internal_error',
    'not_sent',
  ])
  .describe(
    'Why an attempt failed. The names are stable, so dashboards and alerts can match on them.\n' +
      '- `http_status`: A status other than 2xx that has no reason of its own.\n' +
      '- `redirect`: 3xx; redirects are never followed.\n' +
      '- `gone`: 410: the receiver asks for no more deliveries.\n' +
      '- `destination_removed`: A chat service says that the destination no longer exists.\n' +
      '- `destination_refused`: A chat service returned 2xx and an error in the body.\n' +
      '- `timeout`: No complete response before the deadline.\n' +
      '- `connect_failed`: No route, address unavailable and similar.\n' +
      '- `address_refused`: The host resolves to an address that the SSRF guard blocks.\n' +
      '- `tls_untrusted`: Self-signed or unknown issuer.\n' +
      '- `bad_response`: Not HTTP, or too many headers.\n' +
      '- `protocol_upgrade`: 101.\n' +
      '- `internal_error`: An error of the platform; the attempt is retried.\n' +
      '- `not_sent`: A test ping that the platform could not send; says nothing about the receiver.',
  );
export type AttemptReason = z.output<typeof attemptReason>;

export const deliveryReason = z
  .enum([
    'awaiting_first_attempt',
    'awaiting_retry',
    'webhook_paused',
    'destination_limited',
    'webhook_disabled',
    'not_sent',
    'retries_exhausted',
    'gone',
    'destination_removed',
    'webhook_deleted',
    'cancelled_by_user',
    'not_subscribed',
    'undeliverable',
    'test_failed',
  ])
  .describe(
    'Why a delivery has its status. Null for `delivered`.\n' +
      '- `webhook_paused`: Pending: too many consecutive failures, so only probes are sent.\n' +
      '- `destination_limited`: Pending: the chat service limits requests, so none are sent until ' +
      'it takes them again.\n' +
      '- `webhook_disabled`: Pending until the webhook is enabled.\n' +
      '- `not_sent`: Pending: the platform could not send it; no attempt, and sent soon.\n' +
      '- `not_subscribed`: The webhook is not subscribed to the type any more.\n' +
      '- `undeliverable`: The stored document is corrupt; quarantined so that it does not block ' +
      'others.\n' +
      '- `test_failed`: Test pings are not retried.',
  );
export type DeliveryReason = z.output<typeof deliveryReason>;

export const headerLine = z
  .object({
    name: z.string().describe('Name of the header, in lower case.'),
    value: z.string().describe('Value of the header. Signatures, custom headers and credentials are masked.'),
  })
  .describe('A header of a request or a response.');

export const recordedRequest = z
  .object({
    url: z.string().describe('The URL at that time, with its credentials masked.'),
    headers: z
      .array(headerLine)
      .describe('The headers in the order in which they were sent, without those of the connection.'),
    bodyBytes: z.int().describe('Size of the body, in bytes.'),
  })
  .describe('The request of an attempt as it was sent.');
export type RecordedRequest = z.output<typeof recordedRequest>;

export const attemptView = z
  .object({
    at: z.iso.datetime().describe('When the attempt started.'),
    durationMs: z
      .number()
      .describe('From the start of the attempt to the end of the response or the failure, in ms.'),
    statusCode: z
      .int()
      .nullable()
      .describe('HTTP status of the response, also of one that broke off after it. Null if none arrived.'),
    reason: attemptReason.nullable().describe('Why the attempt failed. Null if it succeeded.'),
    reply: z
      .string()
      .describe(
        "The first 2 KiB of the response body as text, with the webhook's credentials redacted. " +
          'Untrusted content: never render it as HTML.',
      ),
    request: recordedRequest
      .nullable()
      .describe(
        'The request as it was sent. Recorded for attempts that failed, and for a success after a failure. ' +
          'Null for others.',
      ),
    responseHeaders: z
      .array(headerLine)
      .nullable()
      .describe(
        'The headers of the response, up to 40 and 2 KiB. Recorded for responses other than 2xx. Null for ' +
          'others. Untrusted content.',
      ),
  })
  .describe('One attempt of a delivery.');
export type AttemptView = z.output<typeof attemptView>;

/** A class of HTTP statuses, or `none` for an attempt without a response. */
export const statusClass = z
  .enum(['1xx', '2xx', '3xx', '4xx', '5xx', 'none'])
  .describe(
    'A class of HTTP statuses.\n' +
      '- `none`: The attempt got no response, such as after a timeout or a refused connection.',
  );
export type StatusClass = z.output<typeof statusClass>;

export const lastAttempt = attemptView
  .omit({ reply: true, request: true, responseHeaders: true })
  .describe('The result of the last attempt.');

export const deliveryEndpoint = z
  .object({
    url: z.string().describe("The webhook's URL as it is now, with its credentials masked."),
    description: z.string().nullable().describe("The webhook's description. Null if it has none."),
  })
  .describe('What tells the webhook of a delivery apart from others.');

export const deliveryView = z
  .object({
    id: deliveryId.describe('Id of the delivery.'),
    eventId: eventId.describe('The event.'),
    webhookId: webhookId.describe('The webhook that the event is sent to.'),
    appId: z.string().describe('The app of the event.'),
    event: z.string().describe('Type of the event.'),
    status: deliveryStatus.describe('State of the delivery.'),
    reason: deliveryReason.nullable().describe('Why the delivery has its status. Null for `delivered`.'),
    attemptCount: z.int().describe('Number of attempts so far.'),
    createdAt: z.iso.datetime().describe('When the delivery was created.'),
    nextAttemptAt: z.iso
      .datetime()
      .nullable()
      .describe('When the next attempt is due. Null if there is none.'),
    finishedAt: z.iso
      .datetime()
      .nullable()
      .describe('When the delivery reached a final status. Null while it is pending.'),
    lastAttempt: lastAttempt.nullable().describe('The last attempt. Null before the first one ended.'),
    endpoint: deliveryEndpoint
      .nullable()
      .describe('The webhook. Null if it was deleted, or if the caller lacks the scope `webhooks:read`.'),
  })
  .describe('A delivery: one event sent to one webhook.');
export type DeliveryView = z.output<typeof deliveryView>;

export const sentByHand = z
  .object({
    at: z.iso.datetime().describe('When.'),
    by: z.string().describe('Name of the API key, subject of the token, or `the operator`, at that time.'),
  })
  .describe('Who sent an event to a webhook by hand, and when.');

export const deliveryDetail = deliveryView
  .extend({
    sentByHand: sentByHand
      .nullable()
      .describe(
        'Who last sent the event to this webhook by `deliveries.resend`. Null: the event matched the webhook.',
      ),
    attempts: z.array(attemptView).describe('The last 50 attempts, oldest first.'),
  })
  .describe('A delivery with its last 50 attempts, oldest first.');
export type DeliveryDetail = z.output<typeof deliveryDetail>;

/** Filters of `deliveries.list`. Deliveries match all given filters. */
export const deliveryFilter = z.strictObject({
  appId: appId.optional().describe('Only deliveries of this app.'),
  webhookId: webhookId.optional().describe('Only deliveries to this webhook.'),
  eventId: eventId.optional().describe('Only deliveries of this event.'),
  status: deliveryStatus.optional().describe('Only deliveries with this status.'),
  since: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Only deliveries created at or after this time, ISO 8601.'),
  until: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Only deliveries created before this time, ISO 8601.'),
  event: storedEventSelector
    .optional()
    .describe('Only deliveries of this event type, or of the types of a pattern such as `invoice.*`.'),
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:_[\]-]{1,261}$/, 'must be a host name such as hooks.example.com')
    .optional()
    .describe(
      'Only deliveries to webhooks whose URL has this host now, such as `hooks.example.com` or ' +
        '`127.0.0.1:8080`. Needs the scope `webhooks:read`.',
    ),
  reason: deliveryReason.optional().describe('Only deliveries that have their status for this reason.'),
  cause: attemptReason
    .optional()
    .describe('Only deliveries that are not delivered, and whose last attempt failed for this reason.'),
  statusClass: statusClass
    .optional()
    .describe('Only deliveries whose last attempt got a status of this class.'),
  minAttempts: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('Only deliveries with at least this number of attempts.'),
  minDurationMs: z
    .int()
    .min(1)
    .max(600_000)
    .optional()
    .describe('Only deliveries whose last attempt took at least this time, in ms.'),
});
export type DeliveryFilter = z.output<typeof deliveryFilter>;

export const listDeliveriesInput = deliveryFilter
  .extend(pageFields)
  .prefault({})
  .describe(
    'Input of `deliveries.list`. Deliveries match all given filters. A call examines a bounded number of ' +
      'deliveries, so a page can have fewer than `limit`, or none, and still a `nextCursor`.',
  );
export type ListDeliveriesInput = z.input<typeof listDeliveriesInput>;

export const retryInput = z
  .strictObject({
    id: deliveryId.describe('The delivery to send again.'),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `deliveries.retry`.');
export type RetryInput = z.output<typeof retryInput>;

export const resendInput = z
  .strictObject({
    eventId: eventId.describe('The event to send.'),
    webhookId: webhookId.describe('The webhook to send it to, of the same app.'),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `deliveries.resend`.');
export type ResendInput = z.output<typeof resendInput>;

/** Most deliveries of one call. */
const maxChangedAtOnce = 200;

const chosenIds = z.array(deliveryId).min(1).max(maxChangedAtOnce);

export const retryManyInput = z
  .strictObject({
    ids: chosenIds.describe(`The deliveries to send again, 1 to ${maxChangedAtOnce} ids.`),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `deliveries.retryMany`.');
export type RetryManyInput = z.output<typeof retryManyInput>;

export const cancelManyInput = z
  .strictObject({
    ids: chosenIds.describe(`The pending deliveries to cancel, 1 to ${maxChangedAtOnce} ids.`),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `deliveries.cancelMany`.');
export type CancelManyInput = z.output<typeof cancelManyInput>;

export const skippedReason = z
  .enum([
    'not_found',
    'being_sent',
    'not_pending',
    'webhook_deleted',
    'webhook_disabled',
    'not_subscribed',
    'event_removed',
  ])
  .describe(
    'Why a delivery was not changed.\n' +
      '- `being_sent`: Its first attempt is under way.\n' +
      '- `not_pending`: Only pending deliveries can be cancelled.\n' +
      '- `webhook_disabled`: A disabled webhook is sent nothing.\n' +
      '- `not_subscribed`: The webhook does not take the event type any more.\n' +
      '- `event_removed`: Retention has removed the event, or is about to.',
  );
export type SkippedReason = z.output<typeof skippedReason>;

export const changedDelivery = z
  .object({
    id: deliveryId.describe('The delivery.'),
    ok: z.boolean().describe('Whether the delivery was changed.'),
    skipped: skippedReason.nullable().describe('Why it was not changed. Null if it was.'),
    message: z.string().nullable().describe('Why it was not changed, as a sentence. Null if it was.'),
  })
  .describe('The result for one delivery.');
export type ChangedDelivery = z.output<typeof changedDelivery>;

export const changedDeliveries = z
  .object({
    changed: z.int().describe('Number of changed deliveries.'),
    results: z.array(changedDelivery).describe('One result for each id, in the order of the call.'),
  })
  .describe('Result of `deliveries.retryMany` and `deliveries.cancelMany`.');
export type ChangedDeliveries = z.output<typeof changedDeliveries>;

export const cancelInput = z
  .strictObject({
    webhookId: webhookId.describe('The webhook whose deliveries are cancelled.'),
    ids: z.array(deliveryId).min(1).max(1_000).optional().describe('Only these deliveries, 1 to 1,000 ids.'),
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Only events accepted at or after this time, ISO 8601.'),
    until: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Only events accepted before this time, ISO 8601. Default: the time of the call.'),
    events: z
      .array(storedEventSelector)
      .min(1)
      .optional()
      .describe('Only events of these types. Default: all types.'),
    dryRun: z.boolean().default(false).describe('Counts the matching deliveries without cancelling them.'),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `deliveries.cancel`: selects pending deliveries of one webhook by all given filters.');
export type CancelInput = z.output<typeof cancelInput>;

export const cancelResult = z
  .object({
    count: z
      .int()
      .describe('Number of cancelled deliveries, or after a dry run, of those that would be cancelled.'),
    underWay: z
      .int()
      .describe(
        'Number of matching deliveries that are being sent or about to be sent, and were therefore ' +
          'not cancelled.',
      ),
    remaining: z
      .int()
      .describe('Number of matching deliveries left for the next call. A call stops after a few seconds.'),
  })
  .describe('Result of `deliveries.cancel`.');
export type CancelResult = z.output<typeof cancelResult>;
