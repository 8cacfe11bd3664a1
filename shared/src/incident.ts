import * as z from 'zod';
import { attemptReason } from './delivery.ts';
import { accountId, appId, webhookId } from './ids.ts';
import { pageFields } from './paging.ts';
import { disabledBy, disabledReason, endpointState, webhookView } from './webhook.ts';

/** Id of an incident: `inc_`, the webhook's digits, the reason, and the status of the responses if there is one. */
export const incidentId = z
  .string()
  .regex(
    /^inc_[0-9a-f]{12}_[a-z]{1,20}(?:_[a-z]{1,20}){0,3}(?:_[1-9][0-9]{2})?$/,
    'must be inc_, 12 hex digits, a reason and perhaps a status, such as inc_0123456789ab_http_status_503',
  )
  .describe('Id of an incident: `inc_`, the digits of the webhook, the reason, and perhaps a status.');

export const incidentState = z
  .enum(['open', 'closed'])
  .describe(
    'State of an incident:\n' +
      '- `open`: attempts fail, or the last failure is less than five minutes ago.\n' +
      '- `closed`: attempts succeed again, or the webhook was disabled by a user.',
  );
export type IncidentState = z.output<typeof incidentState>;

export const incidentView = z
  .object({
    id: incidentId.describe('Id of the incident.'),
    webhookId: webhookId.describe('The webhook whose attempts fail.'),
    appId: z.string().describe('The app of the webhook.'),
    accountId: z.string().describe('The account of the app.'),
    url: z
      .string()
      .nullable()
      .describe('URL of the webhook, masked like in a webhook. Null if the webhook was deleted.'),
    description: z.string().nullable().describe('Description of the webhook. Null if there is none.'),
    webhookState: endpointState
      .nullable()
      .describe('Health of the webhook now. Null if the webhook was deleted.'),
    disabledReason: disabledReason
      .nullable()
      .describe('Why the webhook is disabled. Null while it is enabled.'),
    reason: attemptReason.describe('Why the attempts failed.'),
    statusCode: z
      .int()
      .nullable()
      .describe(
        'HTTP status of the responses. Null if none arrived, or if the webhook had many different ones.',
      ),
    state: incidentState.describe('Whether the incident lasts.'),
    firstSeenAt: z.iso.datetime().describe('Time of the first failure of this kind that is remembered.'),
    openedAt: z.iso.datetime().describe('Time of the first failure since the incident was last closed.'),
    lastSeenAt: z.iso.datetime().describe('Time of the last failure.'),
    closedAt: z.iso.datetime().nullable().describe('When the incident was closed. Null while it is open.'),
    closedBy: z
      .enum(['success', 'disabled'])
      .nullable()
      .describe(
        'What closed it: attempts that succeeded, or a user who disabled the webhook. Null while open.',
      ),
    failedAttempts: z.int().describe('Number of failed attempts since `openedAt`.'),
    hourly: z
      .array(z.int())
      .describe('Number of failed attempts in each of the last 24 clock hours, oldest first.'),
    share: z
      .number()
      .nullable()
      .describe(
        'Share of these among all attempts of the account in the same hours, 0 to 1. For a key of one app: of ' +
          'the app. Null if there were none.',
      ),
    waiting: z.int().describe('Number of deliveries to the webhook that wait for their next attempt.'),
    waitingIsCapped: z
      .boolean()
      .describe('Whether more wait than a call counts, so that `waiting` is a lower bound.'),
    snoozedUntil: z.iso
      .datetime()
      .nullable()
      .describe('Until when the incident needs no attention. Null if it is not snoozed.'),
    note: z.string().nullable().describe('A note for operators. Null if there is none.'),
  })
  .describe('Failed attempts of one webhook with the same reason and status.');
export type IncidentView = z.output<typeof incidentView>;

/** Filters of `incidents.list`. */
export const incidentFilter = z.strictObject({
  state: incidentState.default('open').describe('Open or closed incidents.'),
  accountId: accountId
    .optional()
    .describe('Only incidents of this account. Default: all accounts that the caller has access to.'),
  appId: appId.optional().describe('Only incidents of this app.'),
  webhookId: webhookId.optional().describe('Only incidents of this webhook.'),
});
export type IncidentFilter = z.output<typeof incidentFilter>;

export const listIncidentsInput = incidentFilter
  .extend(pageFields)
  .prefault({})
  .describe(
    'Input of `incidents.list`. Open incidents without a success come first, those with the most failures at ' +
      'the top. Closed ones are sorted by the time of their end, the newest first.',
  );

export const countIncidentsInput = z
  .strictObject({
    accountId: accountId
      .optional()
      .describe('Only this account. Default: all accounts that the caller has access to.'),
    appId: appId.optional().describe('Only this app. Default: every app that the caller sees.'),
  })
  .prefault({})
  .describe('Input of `incidents.count`.');
export type CountIncidentsInput = z.output<typeof countIncidentsInput>;

export const incidentCounts = z
  .object({
    open: z.int().describe('Number of open incidents.'),
    snoozed: z.int().describe('Number of those that are snoozed.'),
    isCapped: z
      .boolean()
      .describe('Whether there are more than a call counts, so that both are lower bounds.'),
  })
  .describe('Result of `incidents.count`.');
export type IncidentCounts = z.output<typeof incidentCounts>;

/** Longest time for which an incident can be snoozed. */
export const maxSnoozeDays = 30;

export const snoozeIncidentInput = z
  .strictObject({
    id: incidentId.describe('The incident.'),
    until: z.iso
      .datetime({ offset: true })
      .nullable()
      .describe(
        `Until when it needs no attention, at most ${maxSnoozeDays} days ahead. Null ends the snooze.`,
      ),
  })
  .describe('Input of `incidents.snooze`.');
export type SnoozeIncidentInput = z.output<typeof snoozeIncidentInput>;

export const noteIncidentInput = z
  .strictObject({
    id: incidentId.describe('The incident.'),
    note: z
      .string()
      .trim()
      .min(1)
      .max(1_000)
      .nullable()
      .describe('The note, up to 1,000 characters. Null removes it.'),
  })
  .describe('Input of `incidents.note`.');
export type NoteIncidentInput = z.output<typeof noteIncidentInput>;

export const unhealthyState = endpointState
  .exclude(['healthy'])
  .describe('State of a webhook that is not healthy: `failing`, `paused` or `disabled`.');
export type UnhealthyState = z.output<typeof unhealthyState>;

/** Filters of `incidents.webhooks`. */
export const unhealthyFilter = z.strictObject({
  state: unhealthyState.describe('Only webhooks in this state: `failing`, `paused` or `disabled`.'),
  disabledBy: disabledBy.optional(),
  accountId: accountId
    .optional()
    .describe('Only webhooks of this account. Default: all accounts that the caller has access to.'),
  appId: appId.optional().describe('Only webhooks of this app.'),
});
export type UnhealthyFilter = z.output<typeof unhealthyFilter>;

export const listUnhealthyInput = unhealthyFilter
  .extend(pageFields)
  .describe('Input of `incidents.webhooks`: the webhooks with the most failures in a row first.');

export const unhealthyWebhook = webhookView
  .extend({
    waiting: z.int().describe('Number of deliveries that wait for their next attempt.'),
    waitingIsCapped: z
      .boolean()
      .describe('Whether more wait than a call counts, so that `waiting` is a lower bound.'),
  })
  .describe('A webhook that is not healthy, with its backlog.');
export type UnhealthyWebhookView = z.output<typeof unhealthyWebhook>;
