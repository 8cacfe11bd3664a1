import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import {
  deliveryFilter,
  deliveryView,
  pageCursor,
  pageLimit,
  pageSchema,
  publishInput,
} from '@tocsin/shared';
import { bearerToken } from '../http/bearer.ts';
import type { Services } from '../services.ts';
import { getTraceparent } from '../http/traceparent.ts';
import { flatError, errorResponses } from './errors.ts';
import { onlyAllow } from './method-not-allowed.ts';

const appParams = z.object({ appId: z.string() });
const refused = errorResponses(flatError);

/** The path names the app. Unknown parameters are ignored. */
const listQuery = deliveryFilter
  .omit({ appId: true })
  .extend({ limit: pageLimit, cursor: pageCursor.optional() })
  .strip();

const accepted = z.object({ eventId: z.string(), deliveries: z.int() });
type Accepted = z.output<typeof accepted>;

/** REST beyond the two contracts: publishing for services that are not TypeScript, and reading deliveries. */
export function eventRoutes(services: Services) {
  return async function register(fastify: FastifyInstance): Promise<void> {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post(
      '/apps/:appId/events',
      {
        schema: {
          tags: ['events'],
          summary: 'Publish an event',
          params: appParams,
          body: publishInput.omit({ appId: true }),
          response: { 202: accepted, 409: flatError, ...refused },
        },
        // Before the body is read, as everywhere: a stranger gets no opinion on it.
        onRequest: async (request) => {
          const actor = await services.keys.authenticate(bearerToken(request.headers.authorization));
          services.limits.publish.take(actor);
          await services.access.requireApp(actor, request.params.appId, 'events:publish');
          request.caller = { actor, webhook: undefined };
        },
      },
      async (request, reply) => {
        const { actor } = request.caller ?? {};
        if (actor === undefined) throw new Error('the publish route lacks its caller');
        // Field by field: a spread here took 2 % of the server's CPU under load.
        const { event, data, idempotencyKey, timestamp } = request.body;
        const { id, deliveries } = await services.publish(actor, {
          appId: request.params.appId,
          event,
          data,
          idempotencyKey,
          timestamp,
          traceparent: getTraceparent(request),
          requestId: request.id,
        });
        // Our own id and a number: nothing to escape, and no serializer to pay for on the hot path.
        return await reply
          .code(202)
          .type('application/json; charset=utf-8')
          .send(`{"eventId":"${id}","deliveries":${deliveries}}` as unknown as Accepted);
      },
    );

    app.get(
      '/apps/:appId/deliveries',
      {
        schema: {
          tags: ['events'],
          summary: 'List deliveries, newest first',
          params: appParams,
          querystring: listQuery,
          response: { 200: pageSchema(deliveryView), ...refused },
        },
        onRequest: async (request) => {
          const actor = await services.keys.authenticate(bearerToken(request.headers.authorization));
          services.limits.management.take(actor);
          await services.access.requireApp(actor, request.params.appId, 'deliveries:read');
          request.caller = { actor, webhook: undefined };
        },
      },
      async (request) => {
        const { actor } = request.caller ?? {};
        if (actor === undefined) throw new Error('the deliveries route lacks its caller');
        const { limit, cursor, ...filter } = request.query;
        return await services.deliveries.list(
          actor,
          { ...filter, appId: request.params.appId },
          { limit, cursor },
        );
      },
    );

    onlyAllow(app, '/apps/:appId/events', ['POST']);
    onlyAllow(app, '/apps/:appId/deliveries', ['GET']);
  };
}
