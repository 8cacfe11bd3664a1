import type { FastifyInstance, HTTPMethods } from 'fastify';
import { apiError } from '../../../domain/errors.ts';
import type { Log } from '../../../domain/ports/runtime.ts';
import { createAuthenticationHook } from '../../http/authentication-hook.ts';
import { bearerToken } from '../../http/bearer.ts';
import type { BodyReader } from '../../http/body-reader.ts';
import { toClientNetwork } from '../../http/client-network.ts';
import { toApiError } from '../../http/to-api-error.ts';
import { getCaller } from '../authorize.ts';
import { getPath } from '../errors.ts';
import { rejectOtherMethods } from '../method-not-allowed.ts';
import { createHandler, type CallDeps } from './call-procedure.ts';
import { findContentProblem } from './content-rules.ts';
import { registerBodyParser } from './json-body.ts';
import { sendProblem } from './problem-details.ts';
import { getProcedure, type RestProcedure } from './procedures.ts';
import { toInputParts, toRouteSchema } from './route-schema.ts';
import { routes, type Route } from './routes.ts';

export interface ApiDeps extends CallDeps {
  readonly bodies: BodyReader;
  readonly log: Log;
}

/** The routes below `/api/v1`: one for each procedure of tRPC, with the same checks. */
export function apiRoutes(deps: ApiDeps) {
  return async function register(app: FastifyInstance): Promise<void> {
    setProblemHandlers(app, deps.log);
    registerBodyParser(app, deps.bodies);
    registerChecks(app, deps);
    const methodsByPath = new Map<string, HTTPMethods[]>();
    // `as`: the keys of the table are procedures, which the type of `entries` does not say.
    for (const [name, route] of Object.entries(routes) as [RestProcedure, Route][]) {
      registerRoute(app, name, route, deps);
      methodsByPath.set(route.path, [...(methodsByPath.get(route.path) ?? []), route.method]);
    }
    for (const [path, methods] of methodsByPath) {
      rejectOtherMethods(app, path, methods.includes('GET') ? [...methods, 'HEAD'] : methods);
    }
  };
}

function registerRoute(app: FastifyInstance, name: RestProcedure, route: Route, deps: CallDeps): void {
  const procedure = getProcedure(name);
  const parts = toInputParts(procedure, route);
  app.route({
    method: route.method,
    url: route.path,
    schema: toRouteSchema(name, route, procedure, parts),
    // The procedure validates its input and output. The schema documents them.
    validatorCompiler: () => (value: unknown) => ({ value }),
    serializerCompiler: () => (value: unknown) => JSON.stringify(value),
    handler: createHandler(route, procedure, parts, deps),
  });
}

/**
 * Checks the credential first, so that unauthorized callers learn nothing else. Accepts no session cookie, so other
 * sites cannot use a browser's session.
 */
function registerChecks(app: FastifyInstance, { services }: ApiDeps): void {
  const { keys, limits } = services;
  app.addHook(
    'onRequest',
    createAuthenticationHook((request) =>
      keys.authenticate(bearerToken(request.headers.authorization), () => toClientNetwork(request.ip)),
    ),
  );
  app.addHook('onRequest', async (request, reply) => {
    // Calls of a procedure are counted by the procedure.
    if (request.is404 || request.routeOptions.config.isMethodNotAllowed === true) {
      return await limits.management.take(getCaller(request).actor);
    }
    const problem = findContentProblem(request);
    if (problem === undefined) return undefined;
    return sendProblem(request, reply, apiError('INVALID_INPUT', problem.message), problem.status);
  });
}

function setProblemHandlers(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((cause, request, reply) => {
    const error = toApiError(cause);
    if (error.code === 'INTERNAL') {
      log.error({ err: cause, requestId: request.id, route: request.routeOptions.url }, 'request failed');
    }
    return sendProblem(request, reply, error);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, apiError('NOT_FOUND', `no route ${request.method} ${getPath(request)}`)),
  );
}
