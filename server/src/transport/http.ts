import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { Log } from '../domain/ports.ts';
import { registerAdminAssets } from './admin-assets.ts';
import { registerHealth, type HealthParts } from './health.ts';
import { authforgeRoutes } from './rest/authforge.ts';
import { authonRoutes } from './rest/authon.ts';
import { authforgeDialect } from './rest/dialect.ts';
import { speak } from './rest/errors.ts';
import { eventRoutes } from './rest/events.ts';
import { acceptJson } from './rest/json-body.ts';
import { judgeBySchema } from './rest/judge-by-schema.ts';
import { registerOpenApi } from './rest/openapi.ts';
import { requestIdOf } from './request-id.ts';
import { registerSecurityHeaders } from './security-headers.ts';
import type { Services } from './services.ts';
import { Sessions } from './session.ts';
import { registerTrpc } from './trpc/plugin.ts';
import { answerBadPath, answerNotHttp } from './unreadable-request.ts';

/** Two events of the largest size and their frame. A batch of events is bounded by the same figure. */
export const maxBodyBytes = 512 * 1024;

export interface HttpParts {
  readonly services: Services;
  readonly health: HealthParts;
  readonly log: Log;
  /** Sessions of the admin UI are sealed with a key derived from it. */
  readonly encryptionKey: Buffer;
  /** Sends HSTS with every answer; otherwise only with those that go out over TLS. */
  readonly isProduction: boolean;
  /** False in a process that only sends: it answers for its health and nothing else. */
  readonly servesApi: boolean;
  /** Addresses and CIDRs whose X-Forwarded-* headers are believed. @default none */
  readonly trustProxy?: string | undefined;
}

/** The HTTP application: every route, no socket. Listening and closing are the process's matter. */
export async function createHttpApp(parts: HttpParts): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    genReqId: requestIdOf,
    trustProxy: parts.trustProxy ?? false,
    clientErrorHandler: answerNotHttp,
    frameworkErrors: answerBadPath,
    // A batch of tRPC calls has all their names in its path; the router's default of 100 characters answers 414.
    routerOptions: { maxParamLength: 5000 },
    // Live subscriptions never end by themselves, so a graceful close has to end them.
    forceCloseConnections: true,
    requestTimeout: 30_000,
    // Above the usual 60 s of load balancers, so that it is never us who close a connection just as they reuse it.
    keepAliveTimeout: 65_000,
  });
  app.setValidatorCompiler(judgeBySchema);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('caller', undefined);
  registerSecurityHeaders(app, { isProduction: parts.isProduction });
  acceptJson(app);
  speak(app, authforgeDialect, parts.log);
  registerHealth(app, parts.health);
  if (parts.servesApi) await registerApi(app, parts);
  return app;
}

async function registerApi(app: FastifyInstance, parts: HttpParts): Promise<void> {
  const { services, log } = parts;
  const sessions = new Sessions({ keys: services.keys, encryptionKey: parts.encryptionKey });
  await registerOpenApi(app);
  await app.register(authonRoutes(services, log), { prefix: '/v1/admin' });
  await app.register(authforgeRoutes(services), { prefix: '/v1' });
  await app.register(eventRoutes(services), { prefix: '/v1' });
  sessions.register(app);
  await registerTrpc(app, { services, log, authenticate: sessions.authenticate });
  await registerAdminAssets(app);
}
