import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { EventTypeView } from '@tocsin/shared';
import { version } from '../../version.ts';
import { docsPolicy } from '../http/security-headers.ts';

/**
 * `/openapi.json` (3.1) and the page `/docs`, generated from the schemas that validate requests.
 *
 * @param types that all accounts have; those of one account are not public
 */
export async function registerOpenApi(app: FastifyInstance, types: readonly EventTypeView[]): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tocsin',
        description:
          'Webhooks for license and auth products: the contracts of Authon and AuthForge, and publishing.',
        version,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'authon', description: "Authon's webhook contract" },
        { name: 'authforge', description: "AuthForge's webhook contract" },
        { name: 'events', description: 'Publishing events and reading deliveries' },
      ],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
      webhooks: Object.fromEntries(types.map((type) => [type.type, toWebhookDoc(type)])),
    },
    transform: jsonSchemaTransform,
  });
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    logLevel: 'silent',
    staticCSP: docsPolicy,
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

/** The body that receivers get for one event, in the envelope of both contracts. */
function toWebhookDoc({ type, family, description, example, schema }: EventTypeView) {
  const { $schema: _, ...data } = schema;
  return {
    post: {
      operationId: `on ${type}`,
      tags: [family ?? 'events'],
      summary: description,
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object' as const,
              required: ['event', 'timestamp', 'data'],
              properties: {
                event: { type: 'string' as const, const: type },
                timestamp: { type: 'string' as const, format: 'date-time' },
                data,
              },
            },
            example: { event: type, timestamp: '2025-06-15T14:30:00.000Z', data: example },
          },
        },
      },
      responses: { '2XX': { description: 'Received. Any other status is a failure and is retried.' } },
    },
  };
}
