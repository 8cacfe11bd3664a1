import * as z from 'zod';
import { accountId, appId, webhookId } from './ids.ts';
import { countedPageSchema, searchText } from './lists.ts';
import { pageFields } from './paging.ts';
import { disabledBy, disabledReason, endpointState, format, profile } from './webhook.ts';

/** Event types that a summary names. */
const maxSummaryEvents = 3;

/** Input of `webhooks.summaries`. */
export const listWebhookSummariesInput = z
  .strictObject({
    appId: appId.optional().describe('Only webhooks of this app. Default: those of all apps.'),
    accountId: accountId
      .optional()
      .describe('Only webhooks of this account. Default: all that the caller has access to.'),
    ids: z
      .array(webhookId)
      .min(1, 'must name at least one id')
      .max(200)
      .optional()
      .describe('Only these webhooks, at most 200. Webhooks without access are left out.'),
    search: searchText
      .optional()
      .describe(
        'Words to search for in the description, the id, and the host and path of the URL. Each must begin a ' +
          'word there. Credentials in a URL are not searched.',
      ),
    state: endpointState.optional().describe('Only webhooks in this state. Default: all.'),
    disabledBy: disabledBy.optional(),
    order: z
      .enum(['newest', 'oldest'])
      .default('newest')
      .describe('Whether the newest or the oldest webhooks come first.'),
    withCounts: z
      .boolean()
      .optional()
      .describe('Whether the result has the number of matches and of each state. Default: false.'),
    ...pageFields,
  })
  .prefault({})
  .describe('Input of `webhooks.summaries`: webhooks of one app or of all, with what a table shows of them.');
export type ListWebhookSummariesInput = z.output<typeof listWebhookSummariesInput>;

export const webhookSummary = z
  .object({
    id: webhookId.describe('Id of the webhook.'),
    appId: z.string().describe('The app that the webhook belongs to.'),
    accountId: accountId.describe('The account that owns the app.'),
    description: z.string().nullable().describe('A note for operators. Null if there is none.'),
    url: z.string().describe('The URL. Its credentials are `••••`.'),
    format: format.describe('The format of the body.'),
    profile: profile.describe('The signing scheme and headers.'),
    events: z.array(z.string()).max(maxSummaryEvents).describe('The first event types or patterns.'),
    eventCount: z.int().describe('Number of event types and patterns.'),
    state: endpointState.describe('State of the endpoint.'),
    disabledReason: disabledReason
      .nullable()
      .describe('Why the webhook is disabled. Null while it is enabled.'),
    failuresInARow: z.int().describe('Number of failed attempts since the last success.'),
    failingSince: z.iso
      .datetime()
      .nullable()
      .describe('Time of the first failure since the last success. Null if the last attempt succeeded.'),
    lastFailureReason: z.string().nullable().describe('Reason code of the last failed attempt.'),
    lastDeliveryAt: z.iso
      .datetime()
      .nullable()
      .describe('Time of the last delivery. Null if there was none.'),
    createdAt: z.iso.datetime().describe('When the webhook was created.'),
  })
  .describe('What a list shows of a webhook.');
export type WebhookSummary = z.output<typeof webhookSummary>;

export const webhookCounts = z
  .object({
    healthy: z.int().describe('Webhooks whose last attempt succeeded, and those without attempts.'),
    failing: z.int().describe('Webhooks whose last attempts failed.'),
    paused: z.int().describe('Webhooks that only get single probes.'),
    disabled: z.int().describe('Webhooks that get nothing.'),
    disabledByPlatform: z.int().describe('Those of `disabled` that the server disabled.'),
  })
  .describe('Numbers of webhooks by state, without regard to `search` and `state`.');
export type WebhookCounts = z.output<typeof webhookCounts>;

export const webhookSummaries = countedPageSchema(webhookSummary)
  .extend({
    counts: webhookCounts
      .nullable()
      .optional()
      .describe('Null if there are more than 10,000 webhooks. Missing without `withCounts`.'),
  })
  .describe('Result of `webhooks.summaries`.');
export type WebhookSummaries = z.output<typeof webhookSummaries>;

/** Returns the event types that a summary names. */
export function toSummaryEvents(events: readonly string[]): string[] {
  return events.slice(0, maxSummaryEvents);
}
