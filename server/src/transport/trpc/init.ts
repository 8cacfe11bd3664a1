import { initTRPC, TRPCError } from '@trpc/server';
import { errorTable } from '@tocsin/shared';
import { ZodError } from 'zod';
import type { Actor } from '../../domain/access.ts';
import { isTocsinError, apiError, type TocsinError } from '../../domain/errors.ts';
import { invalidInput } from '../http/invalid-input.ts';
import type { Services } from '../services.ts';

/** Names only our own interfaces: a framework's types in here would break the published client's type bundle. */
export interface TrpcContext {
  readonly services: Services;
  readonly requestId: string;
  readonly traceparent: string | undefined;
  /** Fires when the process drains: what is live ends. */
  readonly closing: AbortSignal;
  /** Resolved once per request; throws UNAUTHENTICATED. */
  readonly actor: () => Promise<Actor>;
}

/** What the client finds under `error.data.tocsin`. */
export interface ErrorData {
  readonly code: keyof typeof errorTable;
  readonly retryable: boolean;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
}

const t = initTRPC.context<TrpcContext>().create({
  isDev: false,
  // Proxies cut connections that are silent for a minute; a client that hears nothing for two pings connects anew.
  sse: { ping: { enabled: true, intervalMs: 10_000 }, client: { reconnectAfterInactivityMs: 25_000 } },
  errorFormatter({ shape, error, ctx }) {
    const refusal = toTrpcError(error);
    const row = errorTable[refusal.code];
    return {
      ...shape,
      message: refusal.message,
      data: {
        code: shape.data.code,
        httpStatus: row.http,
        path: shape.data.path,
        tocsin: {
          code: refusal.code,
          retryable: row.retryable,
          requestId: ctx?.requestId,
          retryAfterSeconds: refusal.retryAfterSeconds,
        } satisfies ErrorData,
      },
    };
  },
});

/** What a caller is told of any error that reaches this edge. A bug's own message stays in the logs. */
export function toTrpcError(error: TRPCError): TocsinError {
  if (isTocsinError(error.cause)) return error.cause;
  if (error.cause instanceof ZodError) return invalidInput(error.cause.issues, error.cause);
  switch (error.code) {
    case 'NOT_FOUND':
      return apiError('NOT_FOUND', error.message);
    case 'METHOD_NOT_SUPPORTED':
      return apiError('METHOD_NOT_ALLOWED', error.message);
    case 'PAYLOAD_TOO_LARGE':
      return apiError('PAYLOAD_TOO_LARGE', 'the request body is too large');
    case 'PARSE_ERROR':
    case 'BAD_REQUEST':
    case 'UNSUPPORTED_MEDIA_TYPE':
      return apiError('INVALID_INPUT', 'the request body is not valid JSON');
    default:
      return apiError('INTERNAL', 'an unexpected error happened; the request id finds it in the logs', error);
  }
}

/** Turns a refusal into tRPC's error with the code of the one table, so that its HTTP status is right. */
const mapErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (result.ok || !isTocsinError(result.error.cause)) return result;
  const { cause } = result.error;
  throw new TRPCError({ code: errorTable[cause.code].trpc, message: cause.message, cause });
});

const authenticated = t.middleware(
  async ({ ctx, next }) => await next({ ctx: { ...ctx, actor: await ctx.actor() } }),
);

/** One call of a person or a script: counts against the key's management limit. */
const limited = authenticated.unstable_pipe(async ({ ctx, next }) => {
  ctx.services.limits.management.take(ctx.actor);
  return await next();
});

const limitedByEvents = authenticated.unstable_pipe(async ({ ctx, next }) => {
  ctx.services.limits.publish.take(ctx.actor);
  return await next();
});

export const { router } = t;
/** Procedures of management: authenticated, limited. */
export const procedure = t.procedure.use(mapErrors).use(limited);
/** Procedures of publishing: a call counts as one event against the key's own higher limit, before its input is judged. */
export const publishProcedure = t.procedure.use(mapErrors).use(limitedByEvents);
/** Long-lived procedures: they ask for the caller by themselves, again and again. */
export const liveProcedure = t.procedure.use(mapErrors);
