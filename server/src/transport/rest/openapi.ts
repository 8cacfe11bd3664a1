import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { version } from '../../version.ts';
import type { DocumentedType } from '../../services/event-types/documented-type.ts';
import { bearerToken } from '../http/bearer.ts';
import { toClientNetwork } from '../http/client-network.ts';
import { docsPolicy } from '../http/security-headers.ts';
import type { Services } from '../services.ts';
import { toAsyncApi } from './documents/asyncapi.ts';
import { toEventDocs, type EventDoc } from './documents/event-docs.ts';
import type { JsonObject } from './documents/json-object.ts';
import { toPlainDocument, writeDocument } from './documents/lazy-map.ts';
import { withEvents } from './documents/openapi-events.ts';
import { errorSchema } from './errors.ts';
import { publishResponse } from './publish-route.ts';

/**
 * `/openapi.json` (3.1), `/asyncapi.json` (3.0) and the page `/docs`, generated from the schemas that validate
 * requests. Without a credential they have the built-in event types only. With one, the documents also have the
 * types of its account.
 */
export async function registerDocuments(app: FastifyInstance, services: Services): Promise<void> {
  const schemaRegistry = createComponents();
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
    },
    transform: createJsonSchemaTransform({ schemaRegistry }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
  const builtIn = toEventDocs(services.documentedTypes.builtIn);
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    logLevel: 'silent',
    staticCSP: docsPolicy,
    // The page is the same for all callers.
    transformSpecification: (document) => toPlainDocument(withEvents(document, builtIn)),
    transformSpecificationClone: false,
  });
  registerDocument(app, services, {
    path: '/openapi.json',
    // `as`: a document is JSON, and the type of the library has no index signature.
    render: (events) => withEvents(app.swagger() as JsonObject, events),
  });
  registerDocument(app, services, { path: '/asyncapi.json', render: toAsyncApi });
}

/** The schemas that the document has by name. */
function createComponents() {
  const registry = z.registry<{ id: string }>();
  registry.add(errorSchema, { id: 'Error' });
  registry.add(publishResponse, { id: 'PublishResult' });
  return registry;
}

interface DocumentRoute {
  readonly path: string;
  readonly render: (events: readonly EventDoc[]) => JsonObject;
}

/** Serves a document of the event types that the caller may use. Renders it once per state of the catalog. */
function registerDocument(
  app: FastifyInstance,
  { keys, limits, documentedTypes }: Services,
  { path, render }: DocumentRoute,
): void {
  const texts = new WeakMap<readonly DocumentedType[], Promise<string>>();
  app.get(path, { schema: { hide: true } }, async (request, reply) => {
    const { authorization } = request.headers;
    let types = documentedTypes.builtIn;
    if (authorization !== undefined) {
      const token = bearerToken(authorization);
      const actor = await keys.authenticate(token, () => toClientNetwork(request.ip));
      await limits.management.take(actor);
      types = await documentedTypes.list(actor);
    }
    let text = texts.get(types);
    if (text === undefined) {
      text = writeDocument(render(toEventDocs(types)));
      texts.set(types, text);
    }
    return await reply.type('application/json; charset=utf-8').send(await text);
  });
}
