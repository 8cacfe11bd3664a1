import * as z from 'zod';
import { attemptReason } from './delivery.ts';
import { webhookId } from './ids.ts';

/** Spans of the activity of a webhook, in hours. */
const activityHours = z.union([z.literal(1), z.literal(24), z.literal(168), z.literal(720)]);

export const webhookActivityInput = z
  .strictObject({
    id: webhookId.describe('The webhook.'),
    hours: activityHours.default(24).describe('The span, in hours: 1, 24, 168 or 720.'),
  })
  .describe('Input of `webhooks.activity`.');
export type WebhookActivityInput = z.output<typeof webhookActivityInput>;

const latency = z
  .object({
    p50: z.number().describe('Half of the attempts took at most this long, in ms.'),
    p95: z.number().describe('95% of the attempts took at most this long, in ms.'),
  })
  .describe('Duration of attempts, estimated from classes.');

const counts = {
  attempts: z.int().describe('Number of requests to the endpoint, including those that are tried again.'),
  failedAttempts: z.int().describe('Number of these requests that failed.'),
  delivered: z.int().describe('Number of deliveries that were delivered.'),
  failed: z.int().describe('Number of deliveries that failed for good.'),
  cancelled: z.int().describe('Number of deliveries that ended without another attempt.'),
};

export const webhookActivity = z
  .object({
    since: z.iso.datetime().describe('Start of the first interval.'),
    until: z.iso.datetime().describe('Time of the call.'),
    totals: z.object(counts).describe('Counts over the span.'),
    errorRate: z
      .number()
      .nullable()
      .describe('Share of the attempts that failed, 0 to 1. Null without attempts.'),
    latencyMs: latency.nullable().describe('Duration of all attempts of the span. Null without attempts.'),
    series: z
      .array(
        z.object({
          at: z.iso.datetime().describe('Start of the interval.'),
          ...counts,
          latencyMs: latency.nullable().describe('Duration of its attempts. Null without attempts.'),
        }),
      )
      .describe('Counts of equal intervals, oldest first, at most 62.'),
    statuses: z
      .array(
        z.object({
          statusCode: z.int().nullable().describe('HTTP status. Null: no response arrived.'),
          attempts: z.int().describe('Number of attempts.'),
        }),
      )
      .describe('Attempts by HTTP status, the most frequent first.'),
    reasons: z
      .array(
        z.object({
          reason: attemptReason.describe('Why the attempts failed.'),
          attempts: z.int().describe('Number of attempts.'),
        }),
      )
      .describe('Failed attempts by reason, the most frequent first.'),
    types: z
      .array(
        z.object({
          event: z
            .string()
            .nullable()
            .describe('The event type. Null: types beyond those that are counted by name.'),
          attempts: z.int().describe('Number of attempts.'),
          failedAttempts: z.int().describe('Number of attempts that failed.'),
        }),
      )
      .describe('Attempts by event type, the most frequent first.'),
  })
  .describe(
    'What the endpoint of a webhook did over a span. Approximate: a crash loses the counts of up to five minutes. ' +
      'Test pings and samples are not counted.',
  );
export type WebhookActivity = z.output<typeof webhookActivity>;
