import { randomUUID } from 'node:crypto';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import type { Log } from '../../domain/ports/runtime.ts';
import { bearerToken } from '../http/bearer.ts';
import { toTraceparent } from '../http/traceparent.ts';
import type { Services } from '../services.ts';
import { createHandlerOptions } from './handler-options.ts';
import { findInputProblems } from './input-problems.ts';
import { findInputSchema } from './router.ts';

export interface FetchHandlerDeps {
  readonly services: Services;
  readonly log: Log;
  /** Aborts when the handler is closed, and ends live subscriptions. */
  readonly closing: AbortSignal;
}

/** Path of the procedures. */
const endpoint = '/trpc';

/** The network of all callers: they are in this process. */
const network = 'in-process';

/**
 * Answers requests to `/trpc` without a server, for callers in this process. Callers authenticate with a key, as
 * they do over HTTP. Limits of connections and bodies do not apply.
 */
export function createFetchHandler({ services, log, closing }: FetchHandlerDeps) {
  const options = createHandlerOptions(log);
  return async (request: Request): Promise<Response> => {
    const startedAt = performance.now();
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith(`${endpoint}/`)) {
      const message = `there is no route ${pathname}; only ${endpoint} is served`;
      return Response.json({ error: message }, { status: 404 });
    }
    const body = request.method === 'GET' ? undefined : await request.clone().text();
    const authorization = request.headers.get('authorization') ?? undefined;
    const requestId = request.headers.get('x-request-id') ?? randomUUID();
    return await fetchRequestHandler({
      ...options,
      endpoint,
      req: request,
      createContext: ({ req, info }) => ({
        services,
        requestId,
        traceparent: toTraceparent(req.headers.get('traceparent')),
        setBatchSize: undefined,
        startedAt,
        inputProblems: findInputProblems({ method: req.method, body }, info),
        findInputSchema,
        closing,
        actor: async () => {
          const actor = await services.keys.authenticate(bearerToken(authorization), () => network);
          return { ...actor, origin: { address: null, requestId }, deadline: undefined };
        },
      }),
    });
  };
}
