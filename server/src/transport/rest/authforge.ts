import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { WebhookView } from '@tocsin/shared';
import { apiError } from '../../domain/errors.ts';
import type { Services } from '../services.ts';
import { createSchema, deleteSchema, listSchema, testSchema, updateSchema } from './authforge-schemas.ts';
import { authorize, getCaller, requireWebhook, takeBackFailedChange } from './authorize.ts';
import { rejectOtherMethods } from './method-not-allowed.ts';

const webhooksPath = '/apps/:appId/webhooks';
const webhookPath = `${webhooksPath}/:webhookId` as const;
const testPath = `${webhookPath}/test` as const;

/**
 * AuthForge's published contract under `/v1`, word for word. docs/rest.md describes what the contract leaves
 * open.
 */
export function authforgeRoutes(services: Services) {
  return async function register(fastify: FastifyInstance): Promise<void> {
    const app = fastify.withTypeProvider<ZodTypeProvider>();
    const { webhooks, testWebhook } = services;
    app.addHook('onRequest', authorize(services, 'authforge'));
    app.addHook('onResponse', takeBackFailedChange);

    app.post(webhooksPath, { schema: createSchema }, async (request, reply) => {
      const webhook = await webhooks.create(
        getCaller(request).actor,
        { ...request.body, appId: request.params.appId, profile: 'authforge' },
        { mount: 'authforge' },
      );
      return await reply.code(201).send({ ...toAuthforgeWebhook(webhook), secret: webhook.secret });
    });

    app.get(webhooksPath, { schema: listSchema }, async (request) => {
      const { actor } = getCaller(request);
      const items = await webhooks.list(actor, request.params.appId, { mount: 'authforge' });
      return { webhooks: items.map(toAuthforgeWebhook) };
    });

    app.put(webhookPath, { schema: updateSchema }, async (request) => {
      if (Object.keys(request.body).length === 0) {
        throw apiError('INVALID_INPUT', 'the body must have at least one of url, events, enabled, format');
      }
      const { actor } = getCaller(request);
      return toAuthforgeWebhook(await webhooks.update(actor, requireWebhook(request), request.body));
    });

    app.delete(webhookPath, { schema: deleteSchema }, async (request) => {
      const { id, deleted } = await webhooks.delete(getCaller(request).actor, requireWebhook(request));
      return { webhookId: id, deleted };
    });

    app.post(testPath, { schema: testSchema }, async (request) => {
      const { actor } = getCaller(request);
      const { delivered, statusCode } = await testWebhook(actor, requireWebhook(request));
      return { success: delivered, statusCode };
    });

    rejectOtherMethods(app, webhooksPath, ['GET', 'POST']);
    rejectOtherMethods(app, webhookPath, ['PUT', 'DELETE']);
    rejectOtherMethods(app, testPath, ['POST']);
  };
}

/**
 * AuthForge calls the id `webhookId`. The response schema drops the fields that the contract does not have.
 */
function toAuthforgeWebhook({ id, ...rest }: WebhookView) {
  return { webhookId: id, ...rest };
}
