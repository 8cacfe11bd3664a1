import { getTRPCErrorShape, TRPCError } from '@trpc/server';
import { fastifyRequestHandler, type FastifyTRPCPluginOptions } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errorTable } from '@tocsin/shared';
import { apiError, type TocsinError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { ClientMeter } from '../../domain/ports/telemetry.ts';
import { createAuthenticationHook, type Authenticate } from '../http/authentication-hook.ts';
import type { BodyReader } from '../http/body-reader.ts';
import { withOrigin } from '../http/origin.ts';
import type { Services } from '../services.ts';
import { toApiError } from '../http/to-api-error.ts';
import { getTraceparent } from '../http/traceparent.ts';
import { findInputProblems, type InputProblems } from './input-problems.ts';
import { createHandlerOptions } from './handler-options.ts';
import { apiErrorFromTrpc, type TrpcContext } from './init.ts';
import { registerReadResponses } from './read-responses.ts';
import { appRouter, findInputSchema, isProcedure, type AppRouter } from './router.ts';

export interface TrpcDeps {
  readonly services: Services;
  readonly log: Log;
  readonly authenticate: Authenticate;
  /** Aborts at graceful shutdown. */
  readonly closing: AbortSignal;
  readonly bodies: BodyReader;
  readonly clients: ClientMeter;
}

export async function registerTrpc(app: FastifyInstance, deps: TrpcDeps): Promise<void> {
  await app.register(async (scope) => {
    setTrpcErrorHandler(scope, deps);
    // All procedures share one route, which is meaningless in an OpenAPI document.
    scope.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    // Before the body is received.
    scope.addHook('onRequest', createAuthenticationHook(deps.authenticate));
    scope.addHook('onRequest', (request, _reply, done) => {
      deps.clients.countCall(request.headers['user-agent']);
      done();
    });
    registerReadResponses(scope);
    // tRPC parses JSON itself. Its fastify plugin would also accept forms, which it reads without a limit.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', (request, payload, done) => {
      deps.bodies.read(request, payload, done);
    });
    const trpcOptions = toOptions(deps);
    scope.route<{ Params: { path: string }; Querystring: { batch?: string } }>({
      method: scope.supportedMethods.filter((method) => !unsupportedMethods.has(method)),
      url: '/trpc/:path',
      handler: async (req, res) => {
        const { path } = req.params;
        if (req.query.batch === '1') checkBatchSize(path);
        else if (req.span !== undefined && isProcedure(path)) req.span.setRoute(`/trpc/${path}`);
        await fastifyRequestHandler({ ...trpcOptions, req, res, path });
      },
    });
  });
}

/** The most calls in one batch. The admin UI and the links of @trpc/client send far fewer at once. */
const maxBatchCalls = 1_000;

function checkBatchSize(paths: string): void {
  const calls = paths.split(',').length;
  if (calls <= maxBatchCalls) return;
  const remedy = `set maxItems: ${maxBatchCalls} in the batch link, or publish with events.publishMany`;
  throw apiError('INVALID_INPUT', `a batch has at most ${maxBatchCalls} calls, not ${calls}; ${remedy}`);
}

/** Methods that a `Request` of the fetch standard, to which tRPC converts each request, cannot have. */
const unsupportedMethods: ReadonlySet<string> = new Set(['TRACE', 'TRACK', 'CONNECT']);

function toOptions(deps: TrpcDeps) {
  return {
    ...createHandlerOptions(deps.log),
    createContext: ({ req, info }) => createContext(req, deps, findInputProblems(req, info)),
  } satisfies FastifyTRPCPluginOptions<AppRouter>['trpcOptions'];
}

/** Formats errors that occur before tRPC runs, such as a body that is too large, as tRPC errors. */
function setTrpcErrorHandler(scope: FastifyInstance, deps: TrpcDeps): void {
  scope.setErrorHandler(async (error, request, reply) => {
    const cause = withBodyLimit(
      error instanceof TRPCError ? apiErrorFromTrpc(error) : toApiError(error),
      request,
    );
    if (cause.code === 'INTERNAL') {
      deps.log.error({ err: error, requestId: request.id }, 'request failed before its procedure');
    }
    const shape = getTRPCErrorShape({
      config: appRouter._def._config,
      error: new TRPCError({ code: errorTable[cause.code].trpc, message: cause.message, cause }),
      type: 'unknown',
      path: undefined,
      input: undefined,
      ctx: createContext(request, deps, new Map()),
    });
    return await reply
      .code(cause.httpStatus)
      .type('application/json')
      .send(JSON.stringify({ error: shape }));
  });
}

/** Adds the limit to the error of a body that is too large, because a batch link splits its calls by it. */
function withBodyLimit(error: TocsinError, { routeOptions }: FastifyRequest): TocsinError {
  if (error.code !== 'PAYLOAD_TOO_LARGE') return error;
  const message = `the request body exceeds ${routeOptions.bodyLimit} bytes; send fewer calls or events in one request`;
  return apiError('PAYLOAD_TOO_LARGE', message, error);
}

function createContext(
  request: FastifyRequest,
  { services, authenticate, closing }: TrpcDeps,
  inputProblems: InputProblems,
): TrpcContext {
  // Found by the hook. Further calls authenticate again, because a subscription outlives its key.
  let known = request.caller?.actor;
  return {
    services,
    requestId: request.id,
    traceparent: getTraceparent(request),
    setBatchSize: request.span?.setBatchSize,
    startedAt: performance.now() - request.checkedMs,
    inputProblems,
    findInputSchema,
    closing,
    actor: async () => {
      const actor = known ?? (await authenticate(request));
      known = undefined;
      return withOrigin(actor, request);
    },
  };
}
