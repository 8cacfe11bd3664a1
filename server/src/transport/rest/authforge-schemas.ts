import * as z from 'zod';
import { errorResponses, errorSchema } from './errors.ts';
import { appParams, webhookParams } from './route-params.ts';
import { toCreateBody, toUpdateBody } from './webhook-body.ts';

/*
 * The schemas of AuthForge's routes. The published contract fixes the fields of the responses and their
 * order.
 */

const createdWebhook = z.object({
  webhookId: z.string(),
  appId: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  enabled: z.boolean(),
  secret: z.string().meta({ description: 'Shown once. Save it.' }),
  createdAt: z.string(),
});

const webhook = z.object({
  webhookId: z.string(),
  appId: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  enabled: z.boolean(),
  lastDeliveryAt: z.string().nullable(),
  createdAt: z.string(),
});

/**
 * Adds fields only if the update generated a secret or dropped headers. Neither happens to a webhook that is
 * managed through the contract alone.
 */
const updatedWebhook = webhook.extend({
  secret: z.string().optional().meta({ description: 'A new secret. Shown once. Save it.' }),
  droppedHeaders: z.array(z.string()).optional(),
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
  response: { 200: z.object({ webhooks: z.array(webhook) }), ...errors },
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
  response: { 200: z.object({ webhookId: z.string(), deleted: z.literal(true) }), ...errors },
};

export const testSchema = {
  tags,
  operationId: 'testAuthforgeWebhook',
  summary: 'Send a test event',
  params: webhookParams,
  response: { 200: z.object({ success: z.boolean(), statusCode: z.int().nullable() }), ...errors },
};
