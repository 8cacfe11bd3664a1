import * as z from 'zod';
import { callKey } from './call-key.ts';
import { deliveryStatus } from './delivery.ts';
import { storedEventSelector } from './event-type.ts';
import { webhookId } from './ids.ts';
import { pageFields } from './paging.ts';

/** Filters of `deliveries.replays`. */
export const replayFilter = z.strictObject({
  webhookId: webhookId.optional().describe('Only replays of this webhook.'),
});
export type ReplayFilter = z.output<typeof replayFilter>;

export const listReplaysInput = replayFilter
  .extend(pageFields)
  .prefault({})
  .describe('Input of `deliveries.replays`.');
export type ListReplaysInput = z.input<typeof listReplaysInput>;

export const replayInput = z
  .strictObject({
    webhookId: webhookId.describe('The webhook to send to.'),
    since: z.iso.datetime({ offset: true }).describe('Only events accepted at or after this time, ISO 8601.'),
    until: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Only events accepted before this time, ISO 8601. Default: the time of the call.'),
    status: deliveryStatus
      .exclude(['pending'])
      .default('failed')
      .describe('Only deliveries with this status.'),
    events: z
      .array(storedEventSelector)
      .min(1)
      .optional()
      .describe('Only events of these types. Default: all types.'),
    dryRun: z.boolean().default(false).describe('Counts the matching deliveries without sending them.'),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `deliveries.replay`: selects finished deliveries of one webhook by all given filters.');
export type ReplayInput = z.output<typeof replayInput>;

/** Id of a replay: `rpl_` and 26 base 32 characters. */
export const replayId = z
  .string()
  .regex(/^rpl_[0-9a-hjkmnp-tv-z]{26}$/, 'must be rpl_ and 26 base 32 characters')
  .describe('Id of a replay: `rpl_` and 26 characters.');

export const replayStarted = z
  .object({
    jobId: replayId
      .nullable()
      .describe('Id of the replay. Null after a dry run and when no delivery matches.'),
    count: z.int().describe('Number of matching deliveries.'),
  })
  .describe('Result of `deliveries.replay`.');
export type ReplayStarted = z.output<typeof replayStarted>;

export const replayView = z
  .object({
    id: replayId.describe('Id of the replay.'),
    webhookId: webhookId.describe('The webhook.'),
    status: z.enum(['running', 'done', 'cancelled']).describe('State of the replay.'),
    total: z.int().describe('Number of matching deliveries when the replay started.'),
    done: z.int().describe('Number of deliveries put back into the queue so far.'),
    createdAt: z.iso.datetime().describe('When the replay started.'),
    finishedAt: z.iso.datetime().nullable().describe('When the replay ended. Null while it is running.'),
  })
  .describe('A replay and its progress.');
export type ReplayView = z.output<typeof replayView>;
