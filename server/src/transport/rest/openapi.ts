import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { version } from '../../version.ts';
import type { DocumentedType } from '../../services/event-types/documented-type.ts';
import { bearerToken } from '../http/bearer.ts';
import { toClientNetwork } from '../http/client-network.ts';
import { docsPolicy } from '../http/security-headers.ts';
import type { Services } from '../services.ts';
import { toAsyncApi } from './documents/asyncapi.ts';
import { createComponentRegistry, describeSchema } from './documents/component-registry.ts';
import { toEventDocs, type EventDoc } from './documents/event-docs.ts';
import type { JsonObject } from './documents/json-object.ts';
import { toPlainDocument, writeDocument } from './documents/lazy-map.ts';
import { toOpenApi } from './documents/openapi-document.ts';
import { withEvents } from './documents/openapi-events.ts';

/**
 * `/openapi.json` (3.1), `/asyncapi.json` (3.0) and the page `/docs`, generated from the schemas that validate
 * requests. Without a credential they have the built-in event types only. With one, the documents also have the
 * types of its account.
 */
export async function registerDocuments(app: FastifyInstance, services: Services): Promise<void> {
  const schemaRegistry = createComponentRegistry();
  const zodToJsonConfig = { override: describeSchema };
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tocsin',
        description:
          'A self-hosted webhook platform. `/api/v1` is the whole API. `/v1` and `/v1/admin` are the published ' +
          'contracts of AuthForge and Authon.',
        version,
        license: { name: 'MIT', identifier: 'MIT' },
        contact: { name: 'Tocsin', url: 'https://github.com/tocsin/tocsin' },
      },
      servers: [{ url: '/', description: 'The server that this document is from.' }],
      tags,
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: createJsonSchemaTransform({ schemaRegistry, zodToJsonConfig }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry, zodToJsonConfig }),
  });
  const builtIn = toEventDocs(services.documentedTypes.builtIn);
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    logLevel: 'silent',
    staticCSP: docsPolicy,
    // The page is the same for all callers.
    transformSpecification: (document) => toPlainDocument(withEvents(toOpenApi(document), builtIn)),
    transformSpecificationClone: false,
  });
  let routes: JsonObject | undefined;
  // `as`: a document is JSON, and the type of the library has no index signature.
  const getRoutes = () => (routes ??= toOpenApi(app.swagger() as JsonObject));
  registerDocument(app, services, {
    path: '/openapi.json',
    render: (events) => withEvents(getRoutes(), events),
  });
  registerDocument(app, services, { path: '/asyncapi.json', render: toAsyncApi });
}

/** The groups of operations, in the order of the page. */
const tags = [
  { name: 'webhooks', description: 'Create, change and test webhooks, and rotate their secrets.' },
  { name: 'events', description: 'Publish events, read them, and explain what happened to them.' },
  {
    name: 'feed',
    description: 'Read the events of an app in the order of their commits, and store where consumers are.',
  },
  { name: 'deliveries', description: 'Read, retry, replay and cancel deliveries.' },
  { name: 'eventTypes', description: 'Read and register event types.' },
  { name: 'apps', description: 'Apps, which own webhooks and events.' },
  { name: 'keys', description: 'API keys.' },
  { name: 'accounts', description: 'Accounts, which own apps and API keys, and their limits.' },
  { name: 'incidents', description: 'Failed attempts, grouped by webhook, reason and status.' },
  { name: 'alertChannels', description: 'Where alerts are sent.' },
  { name: 'alertRules', description: 'When alerts are sent.' },
  { name: 'alerts', description: 'What alerts were sent.' },
  { name: 'auditLog', description: 'The audit log.' },
  { name: 'search', description: 'Find objects and events.' },
  { name: 'system', description: 'Statistics and reconciliation.' },
  { name: 'authon', description: "Authon's webhook contract." },
  { name: 'authforge', description: "AuthForge's webhook contract." },
];

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
