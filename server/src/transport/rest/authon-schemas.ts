import * as z from 'zod';
import { testResult } from '@tocsin/shared';
import { errorResponses } from './errors.ts';
import { appParams, webhookParams } from './route-params.ts';
import { toCreateBody } from './webhook-body.ts';

/*
 * The schemas of Authon's routes. The published contract fixes the fields of the responses and their order.
 */

const createdWebhook = z.object({
  id: z.string().describe('Id of the webhook.'),
  url: z.string().describe('Target of the deliveries.'),
  events: z.array(z.string()).describe('Event types that are delivered.'),
  secret: z.string().describe('The secret. Shown once. Save it.'),
});

const webhook = z.object({
  id: z.string().describe('Id of the webhook.'),
  url: z.string().describe('Target of the deliveries.'),
  events: z.array(z.string()).describe('Event types that are delivered.'),
  enabled: z.boolean().describe('Whether deliveries are sent.'),
  createdAt: z.string().describe('When the webhook was created.'),
});

const tags = ['authon'];
const errors = errorResponses(
  z.object({
    success: z.literal(false).describe('False: the call failed.'),
    error: z.string().describe('Error code.'),
    message: z.string().describe('The error as a sentence.'),
  }),
);

/** The envelope of every success. */
function success<TData extends z.ZodType>(data: TData) {
  return z.object({
    success: z.literal(true).describe('True: the call succeeded.'),
    data: data.describe('The result.'),
  });
}

export const createSchema = {
  tags,
  operationId: 'createAuthonWebhook',
  summary: 'Create a webhook',
  params: appParams,
  body: toCreateBody('authon'),
  response: { 201: success(createdWebhook), ...errors },
};

export const listSchema = {
  tags,
  operationId: 'listAuthonWebhooks',
  summary: 'List webhooks',
  params: appParams,
  response: { 200: success(z.array(webhook)), ...errors },
};

export const deleteSchema = {
  tags,
  operationId: 'deleteAuthonWebhook',
  summary: 'Delete a webhook',
  params: webhookParams,
  response: {
    200: success(
      z.object({
        id: z.string().describe('Id of the deleted webhook.'),
        deleted: z.literal(true).describe('Always true.'),
      }),
    ),
    ...errors,
  },
};

export const testSchema = {
  tags,
  operationId: 'testAuthonWebhook',
  summary: 'Send a test ping',
  params: webhookParams,
  response: { 200: success(testResult.pick({ delivered: true, statusCode: true })), ...errors },
};
