import { getTRPCErrorShape, TRPCError } from '@trpc/server';
import { fastifyTRPCPlugin, type FastifyTRPCPluginOptions } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errorTable } from '@tocsin/shared';
import type { Log } from '../../domain/ports/runtime.ts';
import { withOrigin } from '../http/origin.ts';
import type { Services } from '../services.ts';
import type { Authenticate } from '../routes/session.ts';
import { toApiError } from '../http/to-api-error.ts';
import { getTraceparent } from '../http/traceparent.ts';
import { apiErrorFromTrpc, type TrpcContext } from './init.ts';
import { appRouter, type AppRouter } from './router.ts';

export interface TrpcDeps {
  readonly services: Services;
  readonly log: Log;
  readonly authenticate: Authenticate;
  /** Aborts at graceful shutdown. */
  readonly closing: AbortSignal;
}

export async function registerTrpc(app: FastifyInstance, deps: TrpcDeps): Promise<void> {
  await app.register(async (scope) => {
    setTrpcErrorHandler(scope, deps);
    // All procedures share one route, which is meaningless in an OpenAPI document.
    scope.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    await scope.register(fastifyTRPCPlugin, { prefix: '/trpc', trpcOptions: toOptions(deps) });
  });
}

function toOptions(deps: TrpcDeps) {
  return {
    router: appRouter,
    createContext: ({ req }) => createContext(req, deps),
    onError: ({ error, path, ctx }) => {
      if (apiErrorFromTrpc(error).code === 'INTERNAL') {
        deps.log.error({ err: error.cause ?? error, path, requestId: ctx?.requestId }, 'procedure failed');
      }
    },
    responseMeta: ({ errors }) => {
      const seconds = errors
        .map((error) => apiErrorFromTrpc(error).retryAfterSeconds)
        .find((value) => value !== undefined);
      return seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } };
    },
  } satisfies FastifyTRPCPluginOptions<AppRouter>['trpcOptions'];
}

/** Formats errors that occur before tRPC runs, such as a body that is too large, as tRPC errors. */
function setTrpcErrorHandler(scope: FastifyInstance, deps: TrpcDeps): void {
  scope.setErrorHandler(async (error, request, reply) => {
    const cause = toApiError(error);
    if (cause.code === 'INTERNAL') {
      deps.log.error({ err: error, requestId: request.id }, 'request failed before its procedure');
    }
    const shape = getTRPCErrorShape({
      config: appRouter._def._config,
      error: new TRPCError({ code: errorTable[cause.code].trpc, message: cause.message, cause }),
      type: 'unknown',
      path: undefined,
      input: undefined,
      ctx: createContext(request, deps),
    });
    return await reply
      .code(cause.httpStatus)
      .type('application/json')
      .send(JSON.stringify({ error: shape }));
  });
}

function createContext(request: FastifyRequest, { services, authenticate, closing }: TrpcDeps): TrpcContext {
  return {
    services,
    requestId: request.id,
    traceparent: getTraceparent(request),
    closing,
    actor: async () => withOrigin(await authenticate(request), request),
  };
}
