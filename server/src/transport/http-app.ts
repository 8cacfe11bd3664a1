import { setMaxListeners } from 'node:events';
import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { Log } from '../domain/ports/runtime.ts';
import { registerAdminAssets } from './routes/admin-assets.ts';
import { registerHealth, type HealthDeps } from './routes/health.ts';
import { authforgeRoutes } from './rest/authforge.ts';
import { authonRoutes } from './rest/authon.ts';
import { authforgeDialect } from './rest/dialect.ts';
import { setDialectErrorHandler } from './rest/errors.ts';
import { eventRoutes } from './rest/events.ts';
import { acceptJson } from './rest/json-body.ts';
import { zodValidatorCompiler } from './rest/zod-validator.ts';
import { registerOpenApi } from './rest/openapi.ts';
import { getRequestId } from './http/request-id.ts';
import { registerSecurityHeaders } from './http/security-headers.ts';
import type { Services } from './services.ts';
import { Sessions } from './routes/session.ts';
import { registerTrpc } from './trpc/plugin.ts';
import { answerBadPath, answerNotHttp } from './rest/malformed-request.ts';

/** Two events of the largest size and their frame. A batch of events is bounded by the same figure. */
const maxBodyBytes = 512 * 1024;

export interface HttpDeps {
  readonly services: Services;
  readonly health: HealthDeps;
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
export async function createHttpApp(deps: HttpDeps): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    genReqId: getRequestId,
    trustProxy: deps.trustProxy ?? false,
    clientErrorHandler: answerNotHttp,
    frameworkErrors: answerBadPath,
    // A batch of tRPC calls has all their names in its path; the router's default of 100 characters answers 414.
    routerOptions: { maxParamLength: 5000 },
    // What is under way gets its answer: a publisher that is cut off does not know whether its event was accepted.
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    // Above the usual 60 s of load balancers, so that it is never us who close a connection just as they reuse it.
    keepAliveTimeout: 65_000,
  });
  app.setValidatorCompiler(zodValidatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('caller', undefined);
  registerSecurityHeaders(app, { isProduction: deps.isProduction });
  acceptJson(app);
  setDialectErrorHandler(app, authforgeDialect, deps.log);
  registerHealth(app, deps.health);
  if (deps.servesApi) await registerApi(app, deps);
  return app;
}

async function registerApi(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { services, log } = deps;
  const closing = endAtClose(app);
  const sessions = new Sessions({ keys: services.keys, encryptionKey: deps.encryptionKey });
  await registerOpenApi(app);
  await app.register(authonRoutes(services, log), { prefix: '/v1/admin' });
  await app.register(authforgeRoutes(services), { prefix: '/v1' });
  await app.register(eventRoutes(services), { prefix: '/v1' });
  sessions.register(app);
  await registerTrpc(app, { services, log, authenticate: sessions.authenticate, closing });
  await registerAdminAssets(app);
}

/** How long calls under way may take once the process drains; after it their connections are cut. */
const answerWithinMs = 5_000;

/** Fires when the process begins to drain, for live subscriptions, which never end by themselves. */
function endAtClose(app: FastifyInstance): AbortSignal {
  const closing = new AbortController();
  // Each live subscription listens.
  setMaxListeners(0, closing.signal);
  app.addHook('preClose', (done) => {
    closing.abort();
    // A connection that is kept alive becomes idle when its last call is answered.
    const idle = setInterval(() => app.server.closeIdleConnections(), 20).unref();
    const late = setTimeout(() => app.server.closeAllConnections(), answerWithinMs).unref();
    app.server.once('close', () => {
      clearInterval(idle);
      clearTimeout(late);
    });
    done();
  });
  return closing.signal;
}
