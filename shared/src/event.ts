import * as z from 'zod';
import { eventTypeName, eventTypeOrPattern, eventVersion } from './event-type.ts';
import { appId, eventId } from './ids.ts';
import { pageFields } from './paging.ts';
import { timestamp } from './timestamp.ts';

/**
 * A key that the publisher chooses to make repeated calls safe: the same key with the same event returns the
 * first result again. Remembered until retention removes the event.
 */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters');

/** Input of `events.publish`: one event. */
export const publishInput = z.strictObject({
  appId,
  /** Type of the event. */
  event: eventTypeName,
  /**
   * Version of the event type that `data` has.
   * @default the newest one
   */
  version: eventVersion.optional(),
  /**
   * The event's payload. The service validates it against the schema of its type and fills in `data.appId`.
   */
  data: z.record(z.string(), z.unknown()),
  /**
   * Makes repeated calls safe.
   * @default none
   */
  idempotencyKey: idempotencyKey.optional(),
  /**
   * When the event happened, ISO 8601 with an offset.
   * @default the time of the call
   */
  timestamp: timestamp.optional(),
});
export type PublishInput = z.output<typeof publishInput>;

/**
 * Input of `events.publishMany`: 1 to 500 events, about as many as one group commit writes. Each event is
 * validated separately, so an invalid one does not reject the others.
 */
export const publishManyInput = z.strictObject({ events: z.array(z.unknown()).min(1).max(500) });

/** Result of `events.publish`. */
export const publishResult = z.object({
  /** Id of the event. */
  id: eventId,
  /** Number of webhooks the event is sent to. */
  deliveries: z.int(),
});
export type PublishResult = z.output<typeof publishResult>;

/** Result of `events.publishMany`: one result for each event, in the same order. */
export const publishManyResult = z.array(
  z.discriminatedUnion('ok', [
    publishResult.extend({ ok: z.literal(true) }),
    z.object({
      ok: z.literal(false),
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      /** The wrong fields of the event, up to 20. Empty if the error is not about a field. */
      errors: z.array(z.object({ path: z.string(), message: z.string() })).meta({
        description: 'The wrong fields of the event, up to 20. Empty if the error is not about a field.',
      }),
    }),
  ]),
);
export type PublishManyResult = z.output<typeof publishManyResult>;

/** Filters of `events.list`. Events match all given filters. */
export const eventFilter = z.strictObject({
  appId: appId.optional(),
  /** Only events of this type. */
  event: eventTypeName.optional(),
  /** Only events accepted at or after this time, ISO 8601. */
  since: z.iso.datetime({ offset: true }).optional(),
  /** Only events accepted before this time, ISO 8601. */
  until: z.iso.datetime({ offset: true }).optional(),
});
export type EventFilter = z.output<typeof eventFilter>;

export const listEventsInput = eventFilter.extend(pageFields).prefault({});
export type ListEventsInput = z.input<typeof listEventsInput>;

/** Which events `events.subscribe` sends, and where it resumes. */
export const subscribeInput = z
  .strictObject({
    appId: appId.optional(),
    /**
     * Event types, or patterns such as `invoice.*`.
     * @default all types
     */
    types: z.array(eventTypeOrPattern).min(1).optional(),
    /** The cursor of the last event that was received. */
    lastEventId: z.string().max(2_000).nullish(),
  })
  .prefault({});
export type SubscribeInput = z.output<typeof subscribeInput>;

/** A stored event. */
export const eventView = z.object({
  id: eventId,
  appId: z.string(),
  /** Type of the event. */
  event: z.string(),
  /** When the event happened, as the publisher says. */
  timestamp: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
  idempotencyKey: z.string().nullable(),
  /** When the event was accepted. */
  createdAt: z.iso.datetime(),
  /** Number of webhooks the event was sent to. */
  deliveries: z.int(),
});
export type EventView = z.output<typeof eventView>;

/** What happened to an event at one webhook. */
export const explainVerdict = z.enum([
  'delivered',
  'pending',
  'failed',
  'cancelled',
  'not_subscribed', // the webhook is not subscribed to the event's type
  'disabled', // the webhook was disabled when the event was accepted
  'created_later', // the webhook was created after the event was accepted
  'not_matched', // the webhook did not match, or was not known yet, when the event was accepted
  'no_record', // the event matched the webhook, and retention removed the delivery
  'deleted', // the event was sent to a webhook that has been deleted since
]);
export type ExplainVerdict = z.output<typeof explainVerdict>;

/**
 * Result of `events.explain`: the event and one verdict for each webhook that it was accepted for, and for the
 * other webhooks of its app. Oldest webhook first, deleted ones last.
 */
export const eventExplanation = z.object({
  event: eventView,
  verdicts: z.array(
    z.object({
      webhookId: z.string(),
      /** Null if the webhook was deleted. */
      url: z.string().nullable(),
      verdict: explainVerdict,
      /** Reason code of the delivery or of its last attempt, if there is one. */
      reason: z.string().nullable(),
      /** Null if there is no delivery. */
      deliveryId: z.string().nullable(),
      attemptCount: z.int(),
      /** When the next attempt is due. Null if there is none. */
      nextAttemptAt: z.iso.datetime().nullable(),
      /** The verdict as a sentence. */
      message: z.string(),
    }),
  ),
  /** True if the app has more webhooks, which got no delivery and have no verdict here. */
  isCapped: z.boolean(),
});
export type EventExplanation = z.output<typeof eventExplanation>;
