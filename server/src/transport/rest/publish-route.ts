import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { publishInput } from '@tocsin/shared';
import { toPublishDeadline } from '../../services/events/publish-deadline.ts';
import { getTraceparent, toTraceparent } from '../http/traceparent.ts';
import type { Services } from '../services.ts';
import { authorizeApp, getCaller } from './authorize.ts';
import { errorResponses, errorSchema } from './errors.ts';
import { rejectOtherMethods } from './method-not-allowed.ts';
import { appParams } from './route-params.ts';

const path = '/apps/:appId/events';

/** The response to a published event. */
export const publishResponse = z.object({
  eventId: z.string().describe('Id of the event.'),
  deliveries: z.int().describe('Number of webhooks the event is sent to.'),
});
type Accepted = z.output<typeof publishResponse>;

const schema = {
  tags: ['events'],
  operationId: 'publishEvent',
  summary: 'Publish an event',
  params: appParams,
  querystring: z.strictObject({}),
  body: publishInput.omit({ appId: true }),
  response: { 202: publishResponse, 409: errorSchema, ...errorResponses(errorSchema) },
};

/** `POST /v1/apps/:appId/events`: publishes one event. */
export function registerPublishRoute(fastify: FastifyInstance, services: Services): void {
  const app = fastify.withTypeProvider<ZodTypeProvider>();
  app.post(
    path,
    { schema, onRequest: authorizeApp(services, 'events:publish', 'publish') },
    async (request, reply) => {
      // Field by field, because object spread is measurably slow on this hot path.
      const { event, version, data, idempotencyKey, timestamp, traceparent } = request.body;
      const { id, deliveries } = await services.publish(getCaller(request).actor, {
        appId: request.params.appId,
        event,
        version,
        data,
        idempotencyKey,
        timestamp,
        traceparent: traceparent === undefined ? getTraceparent(request) : toTraceparent(traceparent),
        requestId: request.id,
        deadline: toPublishDeadline(performance.now() - request.checkedMs),
      });
      // A generated id and a number need no escaping, so this hot path skips the serializer.
      // `as`: the type of the response is the object, and fastify sends a string as it is.
      return await reply
        .code(202)
        .type('application/json; charset=utf-8')
        .send(`{"eventId":"${id}","deliveries":${deliveries}}` as unknown as Accepted);
    },
  );
  rejectOtherMethods(app, path, ['POST']);
}
