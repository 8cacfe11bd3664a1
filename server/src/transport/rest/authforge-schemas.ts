import * as z from 'zod';
import { errorResponses, errorSchema } from './errors.ts';
import { appParams, webhookParams } from './route-params.ts';
import { toCreateBody, toUpdateBody } from './webhook-body.ts';

/*
 * The schemas of AuthForge's routes. The published contract fixes the fields of the responses and their
 * order.
 */

const createdWebhook = z.object({
  webhookId: z.string().describe('Id of the webhook.'),
  appId: z.string().describe('The app that the webhook belongs to.'),
  url: z.string().describe('Target of the deliveries.'),
  events: z.array(z.string()).describe('Event types that are delivered.'),
  enabled: z.boolean().describe('Whether deliveries are sent.'),
  secret: z.string().describe('The secret. Shown once. Save it.'),
  createdAt: z.string().describe('When the webhook was created.'),
});

const webhook = z.object({
  webhookId: z.string().describe('Id of the webhook.'),
  appId: z.string().describe('The app that the webhook belongs to.'),
  url: z.string().describe('Target of the deliveries.'),
  events: z.array(z.string()).describe('Event types that are delivered.'),
  enabled: z.boolean().describe('Whether deliveries are sent.'),
  lastDeliveryAt: z.string().nullable().describe('Time of the last delivery. Null if there was none.'),
  createdAt: z.string().describe('When the webhook was created.'),
});

/**
 * Adds fields only if the update generated a secret or dropped headers. Neither happens to a webhook that is
 * managed through the contract alone.
 */
const updatedWebhook = webhook.extend({
  secret: z.string().optional().describe('A new secret. Shown once. Save it.'),
  droppedHeaders: z
    .array(z.string())
    .optional()
    .describe("Names of the custom headers that a change of the URL's origin dropped."),
});

const tags = ['authforge'];
const errors = errorResponses(errorSchema);

export const createSchema = {
  tags,
  operationId: 'createAuthforgeWebhook',
  summary: 'Create a webhook',
  params: appParams,
  body: toCreateBody('authforge'),
  response: { 201: createdWebhook, ...errors },
};

export const listSchema = {
  tags,
  operationId: 'listAuthforgeWebhooks',
  summary: 'List webhooks',
  params: appParams,
  response: { 200: z.object({ webhooks: z.array(webhook).describe('The webhooks of the app.') }), ...errors },
};

export const updateSchema = {
  tags,
  operationId: 'updateAuthforgeWebhook',
  summary: 'Update a webhook: only included fields change',
  params: webhookParams,
  body: toUpdateBody('authforge'),
  response: { 200: updatedWebhook, ...errors },
};

export const deleteSchema = {
  tags,
  operationId: 'deleteAuthforgeWebhook',
  summary: 'Delete a webhook',
  params: webhookParams,
  response: {
    200: z.object({
      webhookId: z.string().describe('Id of the deleted webhook.'),
      deleted: z.literal(true).describe('Always true.'),
    }),
    ...errors,
  },
};

export const testSchema = {
  tags,
  operationId: 'testAuthforgeWebhook',
  summary: 'Send a test event',
  params: webhookParams,
  response: {
    200: z.object({
      success: z.boolean().describe('Whether the endpoint accepted the test event.'),
      statusCode: z.int().nullable().describe('HTTP status of the response. Null if none arrived.'),
    }),
    ...errors,
  },
};
