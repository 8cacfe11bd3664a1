import * as z from 'zod';
import { anyEventTypes } from './events/catalog.ts';
import { subscribableEvent } from './webhook.ts';
import { appId, eventId } from './ids.ts';
import { pageFields } from './paging.ts';
import { timestamp } from './timestamp.ts';

/** Chosen by the publisher; the same key with the same body gives the first answer again. Kept as long as the event. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters');

/**
 * One event to publish. `data` is checked against the event's own schema by the service, which also fills
 * `data.appId`; `timestamp` is when it happened, the time of the call unless given.
 */
export const publishInput = z.strictObject({
  appId,
  event: subscribableEvent,
  data: z.record(z.string(), z.unknown()),
  idempotencyKey: idempotencyKey.optional(),
  timestamp: timestamp.optional(),
});
export type PublishInput = z.output<typeof publishInput>;

/** At most 500 events a call: about what one group commit writes at once. Each is judged by itself. */
export const publishManyInput = z.strictObject({ events: z.array(z.unknown()).min(1).max(500) });

export const publishResult = z.object({
  id: eventId,
  /** How many webhooks the event is sent to. */
  deliveries: z.int(),
});
export type PublishResult = z.output<typeof publishResult>;

export const publishManyResult = z.array(
  z.discriminatedUnion('ok', [
    publishResult.extend({ ok: z.literal(true) }),
    z.object({ ok: z.literal(false), code: z.string(), message: z.string(), retryable: z.boolean() }),
  ]),
);
export type PublishManyResult = z.output<typeof publishManyResult>;

/** The filters of `events.list`. An event is listed if it matches all that are given. */
export const eventFilter = z.strictObject({
  appId: appId.optional(),
  event: subscribableEvent.optional(),
  /** Accepted at or after; ISO 8601. */
  since: z.iso.datetime({ offset: true }).optional(),
  /** Accepted before; ISO 8601. */
  until: z.iso.datetime({ offset: true }).optional(),
});
export type EventFilter = z.output<typeof eventFilter>;

export const listEventsInput = eventFilter.extend(pageFields).prefault({});
export type ListEventsInput = z.input<typeof listEventsInput>;

/** Which events `events.subscribe` sends, and where it resumes. */
export const subscribeInput = z
  .strictObject({
    appId: appId.optional(),
    types: z.array(subscribableEvent).min(1).optional(),
    /** The cursor of the last event that was received. */
    lastEventId: z.string().max(2_000).nullish(),
  })
  .prefault({});
export type SubscribeInput = z.output<typeof subscribeInput>;

export const eventView = z.object({
  id: eventId,
  appId: z.string(),
  event: z.enum(anyEventTypes),
  timestamp: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
  idempotencyKey: z.string().nullable(),
  /** When the platform took it over. */
  createdAt: z.iso.datetime(),
  /** How many webhooks matched. */
  deliveries: z.int(),
});
export type EventView = z.output<typeof eventView>;

export const eventTypeView = z.object({
  type: z.enum(anyEventTypes),
  family: z.enum(['authon', 'authforge']),
  description: z.string(),
  source: z.enum(['documented', 'inferred']),
  subscribable: z.boolean(),
  schema: z.record(z.string(), z.unknown()),
  example: z.record(z.string(), z.unknown()),
});
export type EventTypeView = z.output<typeof eventTypeView>;

/** What became of an event at one webhook, or why it was not sent there. */
export const explainVerdict = z.enum([
  'delivered',
  'pending',
  'failed',
  'cancelled',
  'not_subscribed', // the webhook does not want this type of event
  'disabled', // it was disabled when the event came
  'created_later', // it did not exist yet
  'deleted', // it was sent to, and has been deleted since
]);
export type ExplainVerdict = z.output<typeof explainVerdict>;

export const eventExplanation = z.object({
  event: eventView,
  verdicts: z.array(
    z.object({
      webhookId: z.string(),
      /** Null when the webhook is deleted. */
      url: z.string().nullable(),
      verdict: explainVerdict,
      /** A reason code, when there is one: of the delivery, or of its last attempt. */
      reason: z.string().nullable(),
      deliveryId: z.string().nullable(),
      attemptCount: z.int(),
      nextAttemptAt: z.iso.datetime().nullable(),
      /** The verdict in a sentence. */
      message: z.string(),
    }),
  ),
});
export type EventExplanation = z.output<typeof eventExplanation>;
