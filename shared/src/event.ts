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
  appId: appId.describe('The app that the event belongs to.'),
  event: eventTypeName.describe('Type of the event.'),
  version: eventVersion
    .optional()
    .describe('Version of the event type that `data` has. Default: the newest one.'),
  data: z
    .record(z.string(), z.unknown())
    .describe(
      "The event's payload. The service validates it against the schema of its type and fills in " +
        '`data.appId`.',
    ),
  idempotencyKey: idempotencyKey.optional().describe('Makes repeated calls safe. Default: none.'),
  timestamp: timestamp
    .optional()
    .describe('When the event happened, ISO 8601 with an offset. Default: the time of the call.'),
  traceparent: z
    .string()
    .optional()
    .describe(
      'The W3C `traceparent` of the event. Its deliveries join this trace. An invalid value is ignored. ' +
        'Default: the header `traceparent` of the request.',
    ),
});
export type PublishInput = z.output<typeof publishInput>;

/**
 * Input of `events.publishMany`: 1 to 500 events, about as many as one group commit writes. Each event is
 * validated separately, so an invalid one does not reject the others.
 */
export const publishManyInput = z.strictObject({
  events: z
    .array(z.unknown())
    .min(1)
    .max(500)
    .describe('The events, 1 to 500. Each has the fields of the input of `events.publish`.'),
  ordered: z
    .boolean()
    .optional()
    .describe(
      'Whether the events of each app are stored in the listed order. An event is then stored only after the ' +
        'earlier ones of its app. If one cannot be stored for now, or may not be stored, the later ones of its ' +
        'app are not, and have the code `UNAVAILABLE`. An event that is rejected for itself, such as an invalid ' +
        'one, does not affect the others. Publish events with an `idempotencyKey`, so that the rest of the list ' +
        'can be sent again from the first failed event on. Default: false.',
    ),
});

export const publishResult = z
  .object({
    id: eventId.describe('Id of the event.'),
    deliveries: z.int().describe('Number of webhooks the event is sent to.'),
  })
  .describe('Result of `events.publish`.');
export type PublishResult = z.output<typeof publishResult>;

/** Result of `events.publishMany`: one result for each event, in the same order. */
export const publishManyResult = z.array(
  z.discriminatedUnion('ok', [
    publishResult.extend({ ok: z.literal(true).describe('True: the event was accepted.') }),
    z.object({
      ok: z.literal(false).describe('False: the event was rejected.'),
      code: z.string().describe('Error code.'),
      message: z.string().describe('The error as a sentence.'),
      retryable: z.boolean().describe('Whether the same event may be accepted later.'),
      retryAfterSeconds: z
        .number()
        .optional()
        .describe(
          'The delay before the event should be sent again, in seconds. Absent if any delay is fine.',
        ),
      errors: z
        .array(
          z.object({
            path: z.string().describe('Path of the wrong field, such as `data.userId`.'),
            message: z.string().describe('What is wrong with it, and what would be right.'),
          }),
        )
        .describe('The wrong fields of the event, up to 20. Empty if the error is not about a field.'),
    }),
  ]),
);
export type PublishManyResult = z.output<typeof publishManyResult>;

/** Filters of `events.list`. Events match all given filters. */
export const eventFilter = z.strictObject({
  appId: appId.optional().describe('Only events of this app.'),
  event: eventTypeName.optional().describe('Only events of this type.'),
  since: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Only events accepted at or after this time, ISO 8601.'),
  until: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Only events accepted before this time, ISO 8601.'),
});
export type EventFilter = z.output<typeof eventFilter>;

export const listEventsInput = eventFilter
  .extend(pageFields)
  .prefault({})
  .describe('Input of `events.list`. Events match all given filters.');
export type ListEventsInput = z.input<typeof listEventsInput>;

/** Which events `events.subscribe` sends, and where it resumes. */
export const subscribeInput = z
  .strictObject({
    appId: appId.optional().describe('Only events of this app. Default: every app that the key may read.'),
    types: z
      .array(eventTypeOrPattern)
      .min(1)
      .optional()
      .describe('Event types, or patterns such as `invoice.*`. Default: all types.'),
    lastEventId: z.string().max(2_000).nullish().describe('The cursor of the last event that was received.'),
  })
  .prefault({});
export type SubscribeInput = z.output<typeof subscribeInput>;

export const eventView = z
  .object({
    id: eventId.describe('Id of the event. Receivers get it as the header `webhook-id`.'),
    appId: z.string().describe('The app that the event belongs to.'),
    event: z.string().describe('Type of the event.'),
    timestamp: z.iso.datetime().describe('When the event happened, as the publisher says.'),
    data: z.record(z.string(), z.unknown()).describe("The event's payload."),
    idempotencyKey: z
      .string()
      .nullable()
      .describe('The idempotency key of the publisher. Null if there is none.'),
    createdAt: z.iso.datetime().describe('When the event was accepted.'),
    deliveries: z.int().describe('Number of webhooks the event was sent to.'),
  })
  .describe('A stored event.');
export type EventView = z.output<typeof eventView>;

export const explainVerdict = z
  .enum([
    'delivered',
    'pending',
    'failed',
    'cancelled',
    'not_subscribed',
    'disabled',
    'created_later',
    'not_matched',
    'no_record',
    'deleted',
  ])
  .describe(
    'What happened to an event at one webhook.\n' +
      "- `not_subscribed`: The webhook is not subscribed to the event's type.\n" +
      '- `disabled`: The webhook was disabled when the event was accepted.\n' +
      '- `created_later`: The webhook was created after the event was accepted.\n' +
      '- `not_matched`: The webhook did not match, or was not known yet, when the event was ' +
      'accepted.\n' +
      '- `no_record`: The event matched the webhook, and retention removed the delivery.\n' +
      '- `deleted`: The event was sent to a webhook that has been deleted since.',
  );
export type ExplainVerdict = z.output<typeof explainVerdict>;

export const eventExplanation = z
  .object({
    event: eventView.describe('The event.'),
    verdicts: z
      .array(
        z.object({
          webhookId: z.string().describe('The webhook.'),
          url: z.string().nullable().describe('URL of the webhook. Null if the webhook was deleted.'),
          description: z
            .string()
            .nullable()
            .describe(
              'Description of the webhook. Null if it has none or was deleted, or if the caller lacks the scope ' +
                '`webhooks:read`.',
            ),
          verdict: explainVerdict.describe('What happened to the event at the webhook.'),
          reason: z
            .string()
            .nullable()
            .describe('Reason code of the delivery or of its last attempt, if there is one.'),
          deliveryId: z.string().nullable().describe('The delivery. Null if there is none.'),
          attemptCount: z.int().describe('Number of attempts so far.'),
          nextAttemptAt: z.iso
            .datetime()
            .nullable()
            .describe('When the next attempt is due. Null if there is none.'),
          message: z.string().describe('The verdict as a sentence.'),
        }),
      )
      .describe('One verdict for each webhook: oldest webhook first, deleted ones last.'),
    isCapped: z
      .boolean()
      .describe('True if the app has more webhooks, which got no delivery and have no verdict here.'),
  })
  .describe(
    'Result of `events.explain`: the event and one verdict for each webhook that it was accepted ' +
      'for, and for the other webhooks of its app. Oldest webhook first, deleted ones last.',
  );
export type EventExplanation = z.output<typeof eventExplanation>;
