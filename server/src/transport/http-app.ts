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
import { registerJsonBodyParser } from './rest/json-body.ts';
import { zodValidatorCompiler } from './rest/zod-validator.ts';
import { registerOpenApi } from './rest/openapi.ts';
import { getRequestId } from './http/request-id.ts';
import { registerSecurityHeaders } from './http/security-headers.ts';
import type { Services } from './services.ts';
import { createAuthenticate, registerSession } from './routes/session.ts';
import { registerTrpc } from './trpc/plugin.ts';
import { handleClientError, handleFrameworkError } from './rest/malformed-request.ts';

/** Fits two events of the maximum size. Also limits a batch of events. */
const maxBodyBytes = 512 * 1024;

export interface HttpDeps {
  readonly services: Services;
  readonly health: HealthDeps;
  readonly log: Log;
  /** Sends HSTS with every response, not only over TLS. */
  readonly isProduction: boolean;
  /** False in a worker process, which serves only health checks and metrics. */
  readonly servesApi: boolean;
  /** Addresses and CIDRs of trusted proxies, which may set X-Forwarded-* headers. @default none */
  readonly trustProxy?: string | undefined;
}

/** Creates the HTTP application with all routes. The caller listens and closes. */
export async function createHttpApp(deps: HttpDeps): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    genReqId: getRequestId,
    trustProxy: deps.trustProxy ?? false,
    clientErrorHandler: handleClientError,
    frameworkErrors: handleFrameworkError,
    // The path of a tRPC batch contains all procedure names. The default of 100 characters responds with 414.
    routerOptions: { maxParamLength: 5000 },
    // Graceful shutdown: open requests finish, because a disconnected publisher cannot tell if its event was
    // accepted.
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    // Longer than the usual 60 s of load balancers, so that they never reuse a connection that the server is
    // closing.
    keepAliveTimeout: 65_000,
  });
  app.setValidatorCompiler(zodValidatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('caller', undefined);
  app.decorateRequest('takeBackChange', undefined);
  registerSecurityHeaders(app, { isProduction: deps.isProduction });
  registerJsonBodyParser(app);
  setDialectErrorHandler(app, authforgeDialect, deps.log);
  registerHealth(app, deps.health);
  if (deps.servesApi) await registerApi(app, deps);
  return app;
}

async function registerApi(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { services, log } = deps;
  const closing = abortOnClose(app);
  const { keys, sessions, signIns, limits } = services;
  await registerOpenApi(app);
  await app.register(authonRoutes(services, log), { prefix: '/v1/admin' });
  await app.register(authforgeRoutes(services), { prefix: '/v1' });
  await app.register(eventRoutes(services), { prefix: '/v1' });
  registerSession(app, { keys, sessions, signIns, calls: limits.management });
  await registerTrpc(app, { services, log, authenticate: createAuthenticate({ keys, sessions }), closing });
  await registerAdminAssets(app);
}

/** How long open requests may take during graceful shutdown before their connections are closed. */
const closeTimeoutMs = 5_000;

/**
 * Returns a signal that aborts when graceful shutdown begins. It ends live subscriptions, which otherwise
 * never end.
 */
function abortOnClose(app: FastifyInstance): AbortSignal {
  const closing = new AbortController();
  // Each live subscription adds a listener.
  setMaxListeners(0, closing.signal);
  app.addHook('preClose', (done) => {
    closing.abort();
    // A keep-alive connection becomes idle after the response to its last request.
    const closeIdle = setInterval(() => app.server.closeIdleConnections(), 20).unref();
    const closeAll = setTimeout(() => app.server.closeAllConnections(), closeTimeoutMs).unref();
    app.server.once('close', () => {
      clearInterval(closeIdle);
      clearTimeout(closeAll);
    });
    done();
  });
  return closing.signal;
}
