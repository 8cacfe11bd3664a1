import * as z from 'zod';
import { appId, eventId } from './ids.ts';
import { deliveryStatus } from './delivery.ts';
import { webhookView } from './webhook.ts';

/** Spans of the statistics, in hours. */
const statsHours = z.union([z.literal(1), z.literal(24), z.literal(168)]);

export const statsInput = z
  .strictObject({
    appId: appId.optional().describe('Only this app. Default: every app that the caller can see.'),
    hours: statsHours.default(24).describe('The span, in hours.'),
  })
  .prefault({})
  .describe('Statistics of one app, or of every app the caller can see.');
export type StatsInput = z.output<typeof statsInput>;

export const deliveryState = z
  .enum(['ok', 'elsewhere', 'held', 'waiting_for_index'])
  .describe(
    'Whether the responding process sends deliveries:\n' +
      '- `ok`: it sends.\n' +
      '- `elsewhere`: it runs with ROLE=api, so workers send.\n' +
      '- `held`: sending is paused by DELIVERY_HOLD.\n' +
      '- `waiting_for_index`: sending starts when the indexes of the queue are built.',
  );
export type DeliveryState = z.output<typeof deliveryState>;

export const indexStatus = z
  .object({
    index: z.string().describe('Collection and index name, such as `deliveries.by_app`.'),
    state: z.enum(['building', 'conflicting', 'missing']).describe('Why the index is not ready.'),
    percent: z
      .int()
      .nullable()
      .describe('Progress of the current build phase, 0 to 100. Null if the database does not report it.'),
  })
  .describe(
    'A database index that is not ready:\n' +
      '- `building`: the build is in progress.\n' +
      '- `conflicting`: a different index has its name.\n' +
      '- `missing`: it was dropped while the server ran. The next start of any process creates it.',
  );
export type IndexStatus = z.output<typeof indexStatus>;

export const systemStats = z
  .object({
    totals: z
      .object({
        accepted: z.int().describe('Number of accepted events.'),
        delivered: z.int().describe('Number of delivered deliveries.'),
        failed: z.int().describe('Number of failed deliveries.'),
        pending: z.int().describe('Number of pending deliveries.'),
        cancelled: z.int().describe('Number of cancelled deliveries.'),
        attempts: z.int().describe('Number of requests to receivers, including those that are tried again.'),
        failedAttempts: z.int().describe('Number of these requests that failed.'),
      })
      .describe('Counts over the time span.'),
    since: z.iso
      .datetime()
      .describe('Start of the span, a full minute. Lists with this `since` contain what is counted here.'),
    outcomes: z
      .object({
        deliveries: z.int().describe('Number of deliveries of these events.'),
        delivered: z.int().describe('Number of delivered ones.'),
        waiting: z.int().describe('Number of pending ones, also those whose first attempt has not ended.'),
        failed: z.int().describe('Number of failed ones.'),
        cancelled: z.int().describe('Number of cancelled ones.'),
        isCapped: z
          .boolean()
          .describe(
            'Whether there are more than a call counts, so that `waiting`, `failed` and `cancelled` are lower ' +
              'bounds and `delivered` is an upper bound.',
          ),
      })
      .describe('What became of the deliveries of the events that were accepted since `since`.'),
    webhooks: z
      .object({
        failing: z.int().describe('Number of webhooks whose last attempts failed.'),
        paused: z.int().describe('Number of webhooks that get only probes.'),
        disabled: z.int().describe('Number of disabled webhooks.'),
        disabledByPlatform: z.int().describe('Number of those of `disabled` that the server disabled.'),
        isCapped: z
          .boolean()
          .describe('Whether there are more than a call counts, so that the numbers are lower bounds.'),
      })
      .describe('Webhooks that are not healthy, at the time of the call.'),
    successRate: z
      .number()
      .nullable()
      .describe(
        'Share of finished deliveries that succeeded, 0 to 1. Null if none finished. A delivery that is ' +
          'tried again counts once it has ended, which can take days; see `attemptSuccessRate`.',
      ),
    attemptSuccessRate: z
      .number()
      .nullable()
      .describe('Share of requests to receivers that succeeded, 0 to 1. Null if there were none.'),
    latencyMs: z
      .object({ p50: z.number().describe('Median.'), p99: z.number().describe('99th percentile.') })
      .nullable()
      .describe(
        'Time from acceptance to delivery over the newest deliveries of the span, in ms. Null if ' +
          'there is none.',
      ),
    queue: z
      .object({
        pending: z.int().describe('Number of pending deliveries.'),
        dueNow: z.int().describe('Number of pending deliveries that are due.'),
        oldestDueAt: z.iso
          .datetime()
          .nullable()
          .describe('Since when the oldest due delivery is due. Null if none is due.'),
        isCapped: z
          .boolean()
          .describe(
            'Whether there is more work than a call counts, so that `pending` and `dueNow` are lower ' +
              'bounds.',
          ),
      })
      .describe('The queue at the time of the call.'),
    delivery: deliveryState.describe('Whether the responding process sends deliveries.'),
    indexes: z
      .array(indexStatus)
      .describe(
        'Indexes that are not ready, missing ones first. Empty if all are, and always empty for API ' +
          'keys.',
      ),
    series: z
      .array(
        z.object({
          at: z.iso.datetime().describe('Start of the interval.'),
          accepted: z.int().describe('Number of events accepted in the interval.'),
          delivered: z.int().describe('Number of deliveries delivered in the interval.'),
          failed: z.int().describe('Number of deliveries that failed in the interval.'),
          attempts: z.int().describe('Number of requests to receivers in the interval.'),
          failedAttempts: z.int().describe('Number of requests to receivers that failed in the interval.'),
          retried: z.int().describe('Number of those that failed and whose delivery is tried again.'),
          waiting: z
            .int()
            .describe(
              'The largest number of deliveries that waited for their next attempt in the interval. Sampled ' +
                'once a minute.',
            ),
        }),
      )
      .describe('The counts over time, oldest first.'),
    failingWebhooks: z.array(webhookView).describe('Failing webhooks, worst first, at most 50.'),
  })
  .describe('Result of `system.stats`.');
export type SystemStats = z.output<typeof systemStats>;

export const auditFinding = z
  .object({
    kind: z
      .enum(['event_without_delivery', 'delivery_without_event', 'pending_not_queued', 'stuck_claim'])
      .describe('The kind of discrepancy.'),
    id: z.string().describe('Id of the event or delivery.'),
    detail: z.string().describe('The discrepancy as a sentence.'),
  })
  .describe(
    'A discrepancy found by reconciliation:\n' +
      '- `event_without_delivery`: a delivery of the event is neither stored nor in the queue.\n' +
      '- `delivery_without_event`: the event of a delivery is missing, so its body is unknown.\n' +
      '- `pending_not_queued`: a pending delivery is not in the queue, so no process will claim it.\n' +
      '- `stuck_claim`: a lease expired at least a minute ago and no process has claimed it.',
  );
export type AuditFinding = z.output<typeof auditFinding>;

export const systemAuditInput = z
  .strictObject({
    from: z.iso
      .datetime()
      .optional()
      .describe(
        'Only events accepted at or after this time, ISO 8601. Events that retention may have removed ' +
          'are left out. Default: one day before `to`.',
      ),
    to: z.iso
      .datetime()
      .optional()
      .describe('Only events accepted before this time, ISO 8601. Default: the time of the call.'),
    after: eventId.optional().describe('The `next` of the previous result, to continue in the same window.'),
  })
  .describe('Input of `system.audit`.');

export const systemAudit = z
  .object({
    window: z
      .object({
        from: z.iso.datetime().describe('Start of the window.'),
        to: z.iso.datetime().describe('End of the window.'),
      })
      .describe('The checked window.'),
    events: z.int().describe('Number of events checked.'),
    expected: z
      .int()
      .describe('Number of expected deliveries: one for each event and each webhook it matched.'),
    delivered: z.int().describe('Number of delivered deliveries.'),
    pending: z.int().describe('Number of pending deliveries.'),
    failed: z.int().describe('Number of failed deliveries.'),
    cancelled: z.int().describe('Number of cancelled deliveries.'),
    reasons: z
      .array(
        z.object({
          status: deliveryStatus.describe('Status of the counted deliveries.'),
          reason: z.string().describe('Reason code of the counted deliveries.'),
          count: z.int().describe('Number of deliveries.'),
        }),
      )
      .describe('The counts by status and reason, most frequent first.'),
    unexplained: z.int().describe('Number of discrepancies. 0 if every delivery is accounted for.'),
    findings: z.array(auditFinding).describe('The discrepancies, at most 1,000.'),
    next: z
      .string()
      .nullable()
      .describe(
        'Pass as `after` to continue: a call checks at most 50,000 events. Null at the end of the ' +
          'window.',
      ),
  })
  .describe(
    'Result of `system.audit`: the reconciliation of a window. Without discrepancies, expected = ' +
      'delivered + pending + failed + cancelled.',
  );
export type SystemAudit = z.output<typeof systemAudit>;
