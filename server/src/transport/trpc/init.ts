import { initTRPC, TRPCError } from '@trpc/server';
import { errorTable, type Problem, type ZodSchema } from '@tocsin/shared';
import { ZodError } from 'zod';
import { getAccountLimit, type Actor } from '../../domain/access.ts';
import { isTocsinError, apiError, type TocsinError } from '../../domain/errors.ts';
import { requireTime } from '../../services/common/call-deadline.ts';
import { beforeDeadline, toPublishDeadline } from '../../services/events/publish-deadline.ts';
import { unsupportedMediaType } from '../http/body-rules.ts';
import { inputErrorFromValue } from '../http/input-error.ts';
import { internalErrorMessage } from '../http/to-api-error.ts';
import type { Services } from '../services.ts';
import { rejectProblems, type InputProblems } from './input-problems.ts';

/** Uses only Tocsin's own types. A framework's types would break the type bundle of the published client. */
export interface TrpcContext {
  readonly services: Services;
  readonly requestId: string;
  readonly traceparent: string | undefined;
  /** Records how many events the call publishes. Undefined when tracing is off. */
  readonly setBatchSize: ((events: number) => void) | undefined;
  /** When the call began, without the time of its body, in the time of `performance.now()`. */
  readonly startedAt: number;
  /** Numbers and keys in the inputs that are not accepted. */
  readonly inputProblems: InputProblems;
  /** The schema of a procedure's input, for messages about a wrong one. */
  readonly findInputSchema: (path: string) => ZodSchema | undefined;
  /** Aborts at graceful shutdown and ends live subscriptions. */
  readonly closing: AbortSignal;
  /** Authenticates the request. Throws UNAUTHENTICATED. */
  readonly actor: () => Promise<Actor>;
}

/** The field `data.tocsin` of an error response. */
export interface ErrorData {
  readonly code: keyof typeof errorTable;
  readonly retryable: boolean;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** The wrong fields of the input, at most 20. */
  readonly errors: readonly Problem[];
}

const t = initTRPC.context<TrpcContext>().create({
  isDev: false,
  // Proxies close connections after a minute without traffic. Clients reconnect after two missed pings.
  sse: { ping: { enabled: true, intervalMs: 10_000 }, client: { reconnectAfterInactivityMs: 25_000 } },
  errorFormatter({ shape, error, ctx }) {
    const tocsinError = apiErrorFromTrpc(error);
    const row = errorTable[tocsinError.code];
    return {
      ...shape,
      message: tocsinError.message,
      data: {
        code: shape.data.code,
        httpStatus: row.http,
        path: shape.data.path,
        tocsin: {
          code: tocsinError.code,
          retryable: row.retryable,
          requestId: ctx?.requestId,
          retryAfterSeconds: tocsinError.retryAfterSeconds,
          errors: tocsinError.problems,
        } satisfies ErrorData,
      },
    };
  },
});

/** Converts a tRPC error to the error that callers receive. Hides the message of an unexpected error. */
export function apiErrorFromTrpc(error: TRPCError): TocsinError {
  if (isTocsinError(error.cause)) return error.cause;
  switch (error.code) {
    case 'NOT_FOUND':
      return apiError('NOT_FOUND', error.message);
    case 'METHOD_NOT_SUPPORTED':
      return apiError('METHOD_NOT_ALLOWED', error.message);
    case 'PAYLOAD_TOO_LARGE':
      return apiError('PAYLOAD_TOO_LARGE', 'the request body is too large');
    case 'UNSUPPORTED_MEDIA_TYPE':
      return unsupportedMediaType();
    case 'PARSE_ERROR':
    case 'BAD_REQUEST':
      return apiError('INVALID_INPUT', toInvalidRequestMessage(error));
    default:
      return apiError('INTERNAL', internalErrorMessage, error);
  }
}

/** tRPC has one code for invalid JSON and for requests that it cannot read, such as an array as a batch. */
function toInvalidRequestMessage({ cause, message }: TRPCError): string {
  return cause instanceof SyntaxError ? 'the request body is not valid JSON' : message;
}

/** Wraps a TocsinError in a TRPCError with the code of `errorTable`, which determines the HTTP status. */
const mapErrors = t.middleware(async ({ ctx, path, getRawInput, next }) => {
  const result = await next();
  if (result.ok) return result;
  const { cause, code } = result.error;
  if (isTocsinError(cause)) throw toTrpcError(cause);
  // An output that does not match its schema is our error.
  if (!(cause instanceof ZodError) || code !== 'BAD_REQUEST') return result;
  const schema = ctx.findInputSchema(path);
  throw toTrpcError(
    schema === undefined
      ? apiError('INVALID_INPUT', 'the input is not valid')
      : inputErrorFromValue(schema, await getRawInput()),
  );
});

function toTrpcError(cause: TocsinError): TRPCError {
  return new TRPCError({ code: errorTable[cause.code].trpc, message: cause.message, cause });
}

const authenticated = t.middleware(
  async ({ ctx, next }) => await next({ ctx: { ...ctx, actor: await ctx.actor() } }),
);

/** Counts a call against the rate limits of the key and its account. */
const managementLimited = authenticated.unstable_pipe(async ({ ctx, batchIndex, next }) => {
  await ctx.services.limits.management.take(ctx.actor);
  requireTime(ctx.actor);
  rejectProblems(ctx.inputProblems, batchIndex);
  return await next();
});

/** Counts a mutation as a change of the account, unless it fails. */
const changeLimited = managementLimited.unstable_pipe(async ({ ctx, type, next }) => {
  if (type !== 'mutation') return await ctx.services.readWithin(ctx.actor.deadline, next);
  const takeBack = await ctx.services.limits.changes.take(ctx.actor);
  const result = await next();
  if (!result.ok) await takeBack();
  else noticeChange(ctx.services, ctx.actor);
  return result;
});

/** Most changes have notices of their own. Those of deliveries by a caller are in no log that processes follow. */
function noticeChange({ liveChanges }: Services, actor: Actor): void {
  const accountId = getAccountLimit(actor);
  for (const kind of ['activity', 'audit'] as const)
    liveChanges.record({ kind, accountId, appId: undefined });
}

const publishLimited = authenticated.unstable_pipe(async ({ ctx, next }) => {
  // Usually no promise, and this hot path runs for every event.
  const wait = ctx.services.limits.publish.take(ctx.actor);
  if (wait !== undefined) {
    await beforeDeadline(wait, toPublishDeadline(ctx.startedAt, ctx.actor.deadline));
  }
  requireTime(ctx.actor);
  return await next();
});

const inputChecked = t.middleware(async ({ ctx, batchIndex, next }) => {
  rejectProblems(ctx.inputProblems, batchIndex);
  return await next();
});

export const { router } = t;
/** Management procedures: authenticated and rate-limited. */
export const procedure = t.procedure.use(mapErrors).use(changeLimited);
/**
 * Management procedures that return a list in pages. Infinite queries of TanStack Query add a direction to the
 * input of a list, which is not part of its schema: lists are paged forward only.
 */
export const listProcedure = procedure.use(async ({ getRawInput, next }) => {
  const input: unknown = await getRawInput();
  if (typeof input !== 'object' || input === null || !('direction' in input)) return await next();
  const { direction, ...rest } = input;
  if (direction !== 'forward') {
    throw apiError('INVALID_INPUT', "direction: must be 'forward', because a list has no previous page");
  }
  return await next({ getRawInput: () => Promise.resolve(rest) });
});
/**
 * Publishing procedures. Before its input is validated, a call counts as one event against the publish limit,
 * which is higher. The procedures check `inputProblems` themselves, because one of them does it by event.
 */
export const publishProcedure = t.procedure.use(mapErrors).use(publishLimited);
/**
 * Procedures of feed consumers: rate-limited, but no change of the account, because a consumer commits as often as it
 * reads. They bound their own reads, because a long poll takes longer than a read may.
 */
export const consumeProcedure = t.procedure.use(mapErrors).use(managementLimited);
/** Subscriptions: they re-authenticate on every event. */
export const liveProcedure = t.procedure.use(mapErrors).use(inputChecked);
