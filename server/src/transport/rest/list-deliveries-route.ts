import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { deliveryFilter, deliveryView, pageCursor, pageLimit, pageSchema } from '@tocsin/shared';
import type { Services } from '../services.ts';
import { authorizeApp, getCaller } from './authorize.ts';
import { errorResponses, errorSchema } from './errors.ts';
import { rejectOtherMethods } from './method-not-allowed.ts';
import { appParams } from './route-params.ts';

const path = '/apps/:appId/deliveries';

const { minAttempts, minDurationMs } = deliveryFilter.shape;

/** A query has texts only. */
function fromText(number: z.ZodInt, description = '') {
  return z.coerce.number().pipe(number).optional().describe(description);
}

/** The path names the app. */
const querystring = deliveryFilter.omit({ appId: true }).extend({
  minAttempts: fromText(minAttempts.unwrap(), minAttempts.description),
  minDurationMs: fromText(minDurationMs.unwrap(), minDurationMs.description),
  limit: pageLimit,
  cursor: pageCursor.optional(),
});

const schema = {
  tags: ['events'],
  operationId: 'listDeliveries',
  summary: 'List deliveries, newest first',
  params: appParams,
  querystring,
  response: { 200: pageSchema(deliveryView), ...errorResponses(errorSchema) },
};

/** `GET /v1/apps/:appId/deliveries`: lists the deliveries of an app. */
export function registerListDeliveriesRoute(fastify: FastifyInstance, services: Services): void {
  const app = fastify.withTypeProvider<ZodTypeProvider>();
  app.get(
    path,
    { schema, onRequest: authorizeApp(services, 'deliveries:read', 'management') },
    async (request) => {
      const { limit, cursor, ...filter } = request.query;
      return await services.deliveries.list(
        getCaller(request).actor,
        { ...filter, appId: request.params.appId },
        { limit, cursor },
      );
    },
  );
  rejectOtherMethods(app, path, ['GET']);
}
