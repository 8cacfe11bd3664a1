import { setMaxListeners } from 'node:events';
import { maxHeaderSize } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import type { Log } from '../domain/ports/runtime.ts';
import type { ClientMeter, ConnectionMeter } from '../domain/ports/telemetry.ts';
import type { Tracer } from '../domain/ports/tracing.ts';
import type { DemoReceiver } from '../services/demo/demo-receiver.ts';
import { createNotFoundPage, registerAdminAssets } from './routes/admin-assets.ts';
import { registerChanges } from './routes/changes.ts';
import { registerDemo } from './routes/demo.ts';
import { registerHealth, type HealthDeps } from './routes/health.ts';
import { authforgeRoutes } from './rest/authforge.ts';
import { authonRoutes } from './rest/authon.ts';
import { authforgeDialect } from './rest/dialect.ts';
import { setDialectErrorHandler } from './rest/errors.ts';
import { eventRoutes } from './rest/events.ts';
import { registerJsonBodyParser } from './rest/json-body.ts';
import { zodValidatorCompiler } from './rest/zod-validator.ts';
import { registerDocuments } from './rest/openapi.ts';
import { apiRoutes } from './rest/v2/register.ts';
import { apiPrefix } from './rest/v2/routes.ts';
import { BodyReader } from './http/body-reader.ts';
import { registerBodyRules } from './http/body-rules.ts';
import { createProxyCheck } from './http/proxy-check.ts';
import { ConnectionGuard } from './http/connection-guard.ts';
import { DescriptorLimit } from './http/descriptor-limit.ts';
import { getRequestId } from './http/request-id.ts';
import { registerRequestSpans } from './http/request-span.ts';
import { refuseDeliveries } from './http/refuse-deliveries.ts';
import { registerSecurityHeaders } from './http/security-headers.ts';
import { createServerFactory, requestTimeouts } from './http/server-factory.ts';
import type { Services } from './services.ts';
import { createAuthenticate, registerSession } from './routes/session.ts';
import { registerTrpc } from './trpc/plugin.ts';
import { createClientErrorHandler, handleFrameworkError } from './rest/malformed-request.ts';

/** Fits two events of the maximum size. Also limits a batch of events. */
const maxBodyBytes = 512 * 1024;

/** Most bytes of all bodies that are being received. One account may send a quarter of them. */
const maxBodiesBytes = 128 * 1024 * 1024;

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
  /** MAX_CONNECTIONS and MAX_CONNECTIONS_PER_ADDRESS. */
  readonly limits: { readonly connections: number; readonly connectionsPerAddress: number };
  readonly meter: ConnectionMeter;
  readonly clients: ClientMeter;
  /** Undefined when tracing is off. */
  readonly tracer?: Tracer | undefined;
  /** The receiver at `/demo`. Undefined: there is none. */
  readonly demo?: DemoReceiver | undefined;
}

/** Creates the HTTP application with all routes. The caller listens and closes. */
export async function createHttpApp(deps: HttpDeps): Promise<FastifyInstance> {
  const guard = createGuard(deps);
  const app = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    genReqId: getRequestId,
    trustProxy: deps.trustProxy ?? false,
    serverFactory: createServerFactory({
      guard,
      onClientError: createClientErrorHandler({ ...deps, guard }),
    }),
    // The server factory adds the handler, to each server.
    clientErrorHandler: () => {},
    frameworkErrors: handleFrameworkError,
    // The path of a tRPC batch contains all procedure names. Only Node's limit of all headers applies to it.
    routerOptions: { maxParamLength: maxHeaderSize },
    // Graceful shutdown: open requests finish, because a disconnected publisher cannot tell if its event was
    // accepted.
    forceCloseConnections: 'idle',
  });
  app.addHook('preClose', (done) => {
    guard.closeAll(closeTimeoutMs);
    done();
  });
  app.addHook('onClose', (_app, done) => {
    guard.stop();
    done();
  });
  app.setValidatorCompiler(zodValidatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('caller', undefined);
  app.decorateRequest('takeBackChange', undefined);
  app.decorateRequest('checkedMs', 0);
  registerRequestSpans(app, deps.tracer);
  registerSecurityHeaders(app, { isProduction: deps.isProduction });
  refuseDeliveries(app);
  registerBodyRules(app, guard);
  const bodies = new BodyReader({ maxTotalBytes: maxBodiesBytes, maxAccountBytes: maxBodiesBytes / 4 });
  registerJsonBodyParser(app, bodies);
  setDialectErrorHandler(app, authforgeDialect, deps.log, deps.servesApi ? createNotFoundPage() : undefined);
  registerHealth(app, deps.health);
  if (deps.servesApi) await registerApi(app, bodies, deps);
  return app;
}

function createGuard({ meter, trustProxy, limits }: HttpDeps): ConnectionGuard {
  const descriptors = new DescriptorLimit();
  return new ConnectionGuard({
    maxConnections: limits.connections,
    maxPerAddress: limits.connectionsPerAddress,
    descriptorLimit: () => descriptors.read(),
    isTrustedProxy: createProxyCheck(trustProxy),
    // A little longer than Node's own limit, which applies first to connections that send nothing.
    idleMs: requestTimeouts.keepAliveMs + 5_000,
    meter,
  });
}

async function registerApi(app: FastifyInstance, bodies: BodyReader, deps: HttpDeps): Promise<void> {
  const { services } = deps;
  const closing = abortOnClose(app);
  const { keys, sessions, signIns, limits } = services;
  await registerDocuments(app, services);
  await app.register(authonRoutes(services, deps.log), { prefix: '/v1/admin' });
  await app.register(authforgeRoutes(services), { prefix: '/v1' });
  await app.register(eventRoutes(services), { prefix: '/v1' });
  await app.register(apiRoutes({ services, closing, bodies, log: deps.log }), { prefix: apiPrefix });
  registerSession(app, { keys, sessions, signIns, calls: limits.management });
  const authenticate = createAuthenticate({ keys, sessions });
  registerChanges(app, { changes: services.liveChanges, authenticate, closing });
  await registerTrpc(app, { ...deps, authenticate, closing, bodies });
  if (deps.demo !== undefined) await registerDemo(app, deps.demo, bodies);
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
    done();
  });
  return closing.signal;
}
