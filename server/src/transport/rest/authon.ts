import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { eventTypesFor, format, webhookUrl } from '@tocsin/shared';
import type { Log } from '../../domain/ports/runtime.ts';
import type { Services } from '../services.ts';
import { getCaller, checkCaller, requireWebhook } from './authorize.ts';
import { authonDialect } from './dialect.ts';
import { errorResponses, setDialectErrorHandler } from './errors.ts';
import { onlyAllow } from './method-not-allowed.ts';

const appParams = z.object({ appId: z.string() });
const webhookParams = z.object({ appId: z.string(), webhookId: z.string() });

const createBody = z.object({
  url: webhookUrl,
  events: z
    .array(z.string().meta({ enum: [...eventTypesFor('authon')] }))
    .min(1, 'must name at least one event'),
  enabled: z.boolean().default(true),
  format: format.default('auto'),
});

/** A success of Authon's admin API. */
function enveloped<TData extends z.ZodType>(data: TData) {
  return z.object({ success: z.literal(true), data });
}

const created = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  secret: z.string().meta({ description: 'Shown once. Save it.' }),
});

const listed = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  enabled: z.boolean(),
  createdAt: z.string(),
});

const failure = z.object({ success: z.literal(false), error: z.string(), message: z.string() });
const refused = errorResponses(failure);

/** Authon's published contract under `/v1/admin`, word for word; what it leaves open is told in docs/rest.md. */
export function authonRoutes(services: Services, log: Log) {
  return async function register(fastify: FastifyInstance): Promise<void> {
    const app = fastify.withTypeProvider<ZodTypeProvider>();
    setDialectErrorHandler(fastify, authonDialect, log);
    app.addHook('onRequest', checkCaller(services, 'authon'));

    app.post(
      '/apps/:appId/webhooks',
      {
        schema: {
          tags: ['authon'],
          summary: 'Create a webhook',
          params: appParams,
          body: createBody,
          response: { 201: enveloped(created), ...refused },
        },
      },
      async (request, reply) => {
        const { url, events, secret, id } = await services.webhooks.create(
          getCaller(request).actor,
          { ...request.body, appId: request.params.appId, profile: 'authon' },
          { mount: 'authon' },
        );
        return await reply.code(201).send({ success: true, data: { id, url, events, secret } });
      },
    );

    app.get(
      '/apps/:appId/webhooks',
      {
        schema: {
          tags: ['authon'],
          summary: 'List webhooks',
          params: appParams,
          response: { 200: enveloped(z.array(listed)), ...refused },
        },
      },
      async (request) => {
        const webhooks = await services.webhooks.list(getCaller(request).actor, request.params.appId, {
          mount: 'authon',
        });
        return { success: true as const, data: webhooks };
      },
    );

    app.delete(
      '/apps/:appId/webhooks/:webhookId',
      {
        schema: {
          tags: ['authon'],
          summary: 'Delete a webhook',
          params: webhookParams,
          response: { 200: enveloped(z.object({ id: z.string(), deleted: z.literal(true) })), ...refused },
        },
      },
      async (request) => ({
        success: true as const,
        data: await services.webhooks.delete(getCaller(request).actor, requireWebhook(request)),
      }),
    );

    app.post(
      '/apps/:appId/webhooks/:webhookId/test',
      {
        schema: {
          tags: ['authon'],
          summary: 'Send a test ping',
          params: webhookParams,
          response: {
            200: enveloped(z.object({ delivered: z.boolean(), statusCode: z.int().nullable() })),
            ...refused,
          },
        },
      },
      async (request) => ({
        success: true as const,
        data: await services.testWebhook(getCaller(request).actor, requireWebhook(request)),
      }),
    );

    onlyAllow(app, '/apps/:appId/webhooks', ['GET', 'POST']);
    onlyAllow(app, '/apps/:appId/webhooks/:webhookId', ['DELETE']);
    onlyAllow(app, '/apps/:appId/webhooks/:webhookId/test', ['POST']);
  };
}
