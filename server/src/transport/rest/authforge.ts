import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { eventTypesFor, format, webhookUrl, type WebhookView } from '@tocsin/shared';
import { apiError } from '../../domain/errors.ts';
import type { Services } from '../services.ts';
import { getCaller, checkCaller, requireWebhook } from './authorize.ts';
import { flatError, errorResponses } from './errors.ts';
import { onlyAllow } from './method-not-allowed.ts';

const appParams = z.object({ appId: z.string() });
const webhookParams = z.object({ appId: z.string(), webhookId: z.string() });

const eventNames = z
  .array(z.string().meta({ enum: [...eventTypesFor('authforge')] }))
  .min(1, 'must name at least one event');

const createBody = z.object({
  url: webhookUrl,
  events: eventNames,
  enabled: z.boolean().default(true),
  format: format.default('auto'),
});

const updateBody = z.object({
  url: webhookUrl.optional(),
  events: eventNames.optional(),
  enabled: z.boolean().optional(),
  format: format.optional(),
});

const created = z.object({
  webhookId: z.string(),
  appId: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  enabled: z.boolean(),
  secret: z.string().meta({ description: 'Shown once. Save it.' }),
  createdAt: z.string(),
});

const shown = z.object({
  webhookId: z.string(),
  appId: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  enabled: z.boolean(),
  lastDeliveryAt: z.string().nullable(),
  createdAt: z.string(),
});

const refused = errorResponses(flatError);

/** AuthForge's published contract under `/v1`, word for word; what it leaves open is told in docs/rest.md. */
export function authforgeRoutes(services: Services) {
  return async function register(fastify: FastifyInstance): Promise<void> {
    const app = fastify.withTypeProvider<ZodTypeProvider>();
    app.addHook('onRequest', checkCaller(services, 'authforge'));

    app.post(
      '/apps/:appId/webhooks',
      {
        schema: {
          tags: ['authforge'],
          summary: 'Create a webhook',
          params: appParams,
          body: createBody,
          response: { 201: created, ...refused },
        },
      },
      async (request, reply) => {
        const webhook = await services.webhooks.create(
          getCaller(request).actor,
          { ...request.body, appId: request.params.appId, profile: 'authforge' },
          { mount: 'authforge' },
        );
        return await reply.code(201).send({ ...renamed(webhook), secret: webhook.secret });
      },
    );

    app.get(
      '/apps/:appId/webhooks',
      {
        schema: {
          tags: ['authforge'],
          summary: 'List webhooks',
          params: appParams,
          response: { 200: z.object({ webhooks: z.array(shown) }), ...refused },
        },
      },
      async (request) => {
        const webhooks = await services.webhooks.list(getCaller(request).actor, request.params.appId, {
          mount: 'authforge',
        });
        return { webhooks: webhooks.map(renamed) };
      },
    );

    app.put(
      '/apps/:appId/webhooks/:webhookId',
      {
        schema: {
          tags: ['authforge'],
          summary: 'Update a webhook: only included fields change',
          params: webhookParams,
          body: updateBody,
          response: { 200: shown, ...refused },
        },
      },
      async (request) => {
        if (Object.keys(request.body).length === 0) {
          throw apiError('INVALID_INPUT', 'the body must have at least one of url, events, enabled, format');
        }
        return renamed(
          await services.webhooks.update(getCaller(request).actor, requireWebhook(request), request.body),
        );
      },
    );

    app.delete(
      '/apps/:appId/webhooks/:webhookId',
      {
        schema: {
          tags: ['authforge'],
          summary: 'Delete a webhook',
          params: webhookParams,
          response: { 200: z.object({ webhookId: z.string(), deleted: z.literal(true) }), ...refused },
        },
      },
      async (request) => {
        const { id, deleted } = await services.webhooks.delete(
          getCaller(request).actor,
          requireWebhook(request),
        );
        return { webhookId: id, deleted };
      },
    );

    app.post(
      '/apps/:appId/webhooks/:webhookId/test',
      {
        schema: {
          tags: ['authforge'],
          summary: 'Send a test event',
          params: webhookParams,
          response: { 200: z.object({ success: z.boolean(), statusCode: z.int().nullable() }), ...refused },
        },
      },
      async (request) => {
        const { delivered, statusCode } = await services.testWebhook(
          getCaller(request).actor,
          requireWebhook(request),
        );
        return { success: delivered, statusCode };
      },
    );

    onlyAllow(app, '/apps/:appId/webhooks', ['GET', 'POST']);
    onlyAllow(app, '/apps/:appId/webhooks/:webhookId', ['PUT', 'DELETE']);
    onlyAllow(app, '/apps/:appId/webhooks/:webhookId/test', ['POST']);
  };
}

/** The same record under AuthForge's name for its id. */
function renamed({ id, ...rest }: WebhookView) {
  return { webhookId: id, ...rest };
}
