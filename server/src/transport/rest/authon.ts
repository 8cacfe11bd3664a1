import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Log } from '../../domain/ports/runtime.ts';
import type { Services } from '../services.ts';
import { createSchema, deleteSchema, listSchema, testSchema } from './authon-schemas.ts';
import { authorize, getCaller, requireWebhook, takeBackFailedChange } from './authorize.ts';
import { authonDialect } from './dialect.ts';
import { setDialectErrorHandler } from './errors.ts';
import { rejectOtherMethods } from './method-not-allowed.ts';

const webhooksPath = '/apps/:appId/webhooks';
const webhookPath = `${webhooksPath}/:webhookId` as const;
const testPath = `${webhookPath}/test` as const;

/**
 * Authon's published contract under `/v1/admin`, word for word. docs/rest.md describes what the contract
 * leaves open.
 */
export function authonRoutes(services: Services, log: Log) {
  return async function register(fastify: FastifyInstance): Promise<void> {
    const app = fastify.withTypeProvider<ZodTypeProvider>();
    const { webhooks, testWebhook } = services;
    setDialectErrorHandler(fastify, authonDialect, log);
    app.addHook('onRequest', authorize(services, 'authon'));
    app.addHook('onResponse', takeBackFailedChange);

    app.post(webhooksPath, { schema: createSchema }, async (request, reply) => {
      const { url, events, secret, id } = await webhooks.create(
        getCaller(request).actor,
        { ...request.body, appId: request.params.appId, profile: 'authon' },
        { mount: 'authon' },
      );
      return await reply.code(201).send(toSuccess({ id, url, events, secret }));
    });

    app.get(webhooksPath, { schema: listSchema }, async (request) => {
      const { actor } = getCaller(request);
      return toSuccess(await webhooks.list(actor, request.params.appId, { mount: 'authon' }));
    });

    app.delete(webhookPath, { schema: deleteSchema }, async (request) =>
      toSuccess(await webhooks.delete(getCaller(request).actor, requireWebhook(request))),
    );

    app.post(testPath, { schema: testSchema }, async (request) =>
      toSuccess(await testWebhook(getCaller(request).actor, requireWebhook(request))),
    );

    rejectOtherMethods(app, webhooksPath, ['GET', 'POST']);
    rejectOtherMethods(app, webhookPath, ['DELETE']);
    rejectOtherMethods(app, testPath, ['POST']);
  };
}

/** Wraps a result. The response schema drops the fields that the contract does not have. */
function toSuccess<TData>(data: TData) {
  return { success: true as const, data };
}
