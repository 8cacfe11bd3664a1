import type { HTTPBaseHandlerOptions } from '@trpc/server/http';
import type { Log } from '../../domain/ports/runtime.ts';
import { apiErrorFromTrpc } from './init.ts';
import { appRouter, type AppRouter } from './router.ts';

type HandlerOptions = Pick<HTTPBaseHandlerOptions<AppRouter, unknown>, 'router' | 'onError' | 'responseMeta'>;

/** The options of all adapters of tRPC: the router, the log of errors, and the header `retry-after`. */
export function createHandlerOptions(log: Log): HandlerOptions {
  return {
    router: appRouter,
    onError: ({ error, path, ctx }) => {
      if (apiErrorFromTrpc(error).code === 'INTERNAL') {
        log.error({ err: error.cause ?? error, path, requestId: ctx?.requestId }, 'procedure failed');
      }
    },
    responseMeta: ({ errors }) => {
      const seconds = errors
        .map((error) => apiErrorFromTrpc(error).retryAfterSeconds)
        .find((value) => value !== undefined);
      return seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } };
    },
  };
}
