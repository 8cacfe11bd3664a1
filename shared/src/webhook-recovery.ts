import * as z from 'zod';
import { eventTypeName, eventVersion } from './event-type.ts';
import { webhookId } from './ids.ts';
import { testResult } from './webhook.ts';

export const webhookBacklogInput = z
  .strictObject({
    id: webhookId.describe('The webhook.'),
    failedSince: z.iso
      .datetime({ offset: true })
      .optional()
      .describe(
        '`failed` counts deliveries of events accepted at or after this time, ISO 8601. Default: the last success ' +
          'of the endpoint, or all stored deliveries if there was none.',
      ),
  })
  .describe('Input of `webhooks.backlog`.');
export type WebhookBacklogInput = z.output<typeof webhookBacklogInput>;

export const webhookBacklog = z
  .object({
    waiting: z.int().describe('Deliveries that wait for their next attempt.'),
    underWay: z.int().describe('Deliveries whose first attempt has not ended.'),
    dueNow: z.int().describe('Those of `waiting` that are due.'),
    oldestAt: z.iso
      .datetime()
      .nullable()
      .describe('When the event of the oldest waiting delivery was accepted. Null if none waits.'),
    nextAttemptAt: z.iso
      .datetime()
      .nullable()
      .describe(
        'When the first waiting delivery is due. For a paused webhook, it is the next probe. Null if none waits ' +
          'or the webhook is disabled.',
      ),
    failed: z.int().describe('Deliveries that failed for good, of events accepted since `failedSince`.'),
    failedSince: z.iso.datetime().nullable().describe('Start of the count of `failed`. Null: all stored.'),
    isCapped: z
      .boolean()
      .describe('True if there are more deliveries than are counted, so that the numbers are lower bounds.'),
  })
  .describe('The deliveries that a webhook still has to get, and those that failed for good.');
export type WebhookBacklog = z.output<typeof webhookBacklog>;

export const sendWaitingInput = z
  .strictObject({
    id: webhookId.describe('The webhook.'),
  })
  .describe('Input of `webhooks.sendWaiting`.');
export type SendWaitingInput = z.output<typeof sendWaitingInput>;

export const sendWaitingResult = z
  .object({
    count: z.int().describe('Number of deliveries that the call made due.'),
    remaining: z
      .int()
      .describe('Deliveries that still wait for a later time. If it is not 0, repeat the call.'),
    test: testResult
      .nullable()
      .describe('The test ping that a paused webhook gets first. Null if the webhook was not paused.'),
  })
  .describe('Result of `webhooks.sendWaiting`.');
export type SendWaitingResult = z.output<typeof sendWaitingResult>;

export const sendSampleInput = z
  .strictObject({
    id: webhookId.describe('The webhook that gets the sample. No other webhook or feed gets it.'),
    event: eventTypeName.describe('The event type whose example is sent.'),
    version: eventVersion
      .optional()
      .describe('Version of the event type. Default: the version that the webhook gets.'),
  })
  .describe('Input of `webhooks.sendSample`.');
export type SendSampleInput = z.output<typeof sendSampleInput>;

export const sampleResult = testResult
  .omit({ deliveryId: true })
  .extend({
    eventId: z.string().describe('The id in the request. No event with this id is stored.'),
  })
  .describe('Result of `webhooks.sendSample`.');
export type SampleResult = z.output<typeof sampleResult>;
