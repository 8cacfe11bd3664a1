import * as z from 'zod';
import { eventTypeOrPattern } from './event-type.ts';
import { appId, eventId } from './ids.ts';

/** Longest wait of `feed.read`, ms. Below the idle timeouts of common proxies. */
export const maxFeedWaitMs = 30_000;

/** Most events that one `feed.read` returns. */
export const maxFeedEvents = 1_000;

/** A position in the feed of an app. Opaque to callers. Also accepts the cursors of `events.subscribe`. */
export const feedCursor = z
  .string()
  .regex(/^[0-9A-Za-z]{16,2000}$/, 'must be a cursor of the feed: 16 to 2,000 letters and digits')
  .describe('A position in the feed of an app, as `feed.read` returns it. Opaque.');

/** Name of a consumer, unique within its app. */
export const feedConsumerName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 letters, digits, dots, dashes or underscores, and start with a letter or digit',
  )
  .describe(
    'Name of a consumer, unique within its app: 1 to 64 letters, digits, dots, dashes or underscores.',
  );

export const feedReadInput = z
  .strictObject({
    appId: appId.describe('The app whose events are read.'),
    after: feedCursor
      .optional()
      .describe('Starts after this cursor. Wins over the stored cursor of `consumer`.'),
    consumer: feedConsumerName
      .optional()
      .describe('Starts after the cursor that this consumer committed last. Default: none.'),
    start: z
      .enum(['oldest', 'newest'])
      .default('oldest')
      .describe(
        'Where to start without a cursor: `oldest` is as far back as retention, `newest` is after all ' +
          'events that exist now.',
      ),
    types: z
      .array(eventTypeOrPattern)
      .min(1)
      .max(200)
      .optional()
      .describe('Event types, or patterns such as `invoice.*`. Default: all types.'),
    limit: z
      .int()
      .min(1)
      .max(maxFeedEvents)
      .default(100)
      .describe('Most events to return, 1 to 1,000. Large events make a page shorter.'),
    waitMs: z
      .int()
      .min(0)
      .max(maxFeedWaitMs)
      .default(0)
      .describe(
        'How long to wait for an event if there is none after the cursor, in milliseconds, at most 30,000. ' +
          'Default: 0, which returns at once.',
      ),
  })
  .describe('Input of `feed.read`.');
export type FeedReadInput = z.output<typeof feedReadInput>;

export const feedEventView = z
  .object({
    id: eventId.describe('Id of the event.'),
    appId: z.string().describe('The app that the event belongs to.'),
    type: z.string().describe('Type of the event.'),
    timestamp: z.iso.datetime().describe('When the event happened, as the publisher says.'),
    data: z.record(z.string(), z.unknown()).describe("The event's payload."),
    cursor: z.string().describe('Continues after this event.'),
  })
  .describe('An event of the feed.');
export type FeedEventView = z.output<typeof feedEventView>;

export const feedPage = z
  .object({
    items: z.array(feedEventView).describe('The events, in the order of their commits.'),
    cursor: z
      .string()
      .describe('Continues after this page. It also advances past events of other types, so commit it.'),
    hasMore: z
      .boolean()
      .describe('Whether events may follow at once. False: the feed has been read to its end.'),
  })
  .describe('Result of `feed.read`.');
export type FeedPage = z.output<typeof feedPage>;

export const feedCommitInput = z
  .strictObject({
    appId: appId.describe('The app of the feed.'),
    consumer: feedConsumerName.describe('The consumer. The first commit creates it.'),
    cursor: feedCursor.describe('Where the consumer continues: a cursor of an event, or of a page.'),
    expectedCursor: feedCursor
      .nullish()
      .describe(
        'Commits only if this is the stored cursor of the consumer; null: only if there is none. Otherwise the ' +
          'call fails with CONFLICT. Default: commits in any case.',
      ),
  })
  .describe('Input of `feed.commit`.');
export type FeedCommitInput = z.output<typeof feedCommitInput>;

export const feedCommitResult = z
  .object({
    consumer: z.string().describe('Name of the consumer.'),
    cursor: z.string().describe('The stored cursor.'),
    updatedAt: z.iso.datetime().describe('When the cursor was stored.'),
  })
  .describe('Result of `feed.commit`.');
export type FeedCommitResult = z.output<typeof feedCommitResult>;

export const feedConsumerView = feedCommitResult
  .extend({
    readTo: z.iso
      .datetime()
      .nullable()
      .describe(
        'The consumer has read all events that were committed before this time. Null: from before the feed ' +
          'was first used, or unknown.',
      ),
  })
  .describe('A consumer of the feed of an app.');
export type FeedConsumerView = z.output<typeof feedConsumerView>;

export const feedConsumersInput = z
  .strictObject({ appId: appId.describe('The app whose consumers are listed.') })
  .describe('Input of `feed.consumers`.');

export const feedConsumers = z
  .object({
    items: z.array(feedConsumerView).describe('The consumers of the app by name, at most 100.'),
  })
  .describe('Result of `feed.consumers`.');
export type FeedConsumers = z.output<typeof feedConsumers>;

export const deleteFeedConsumerInput = z
  .strictObject({
    appId: appId.describe('The app of the feed.'),
    consumer: feedConsumerName.describe('The consumer to delete.'),
  })
  .describe('Input of `feed.deleteConsumer`.');

export const deletedFeedConsumer = z
  .object({
    consumer: z.string().describe('Name of the deleted consumer.'),
    deleted: z.literal(true).describe('Always true.'),
  })
  .describe('Result of `feed.deleteConsumer`.');
