import type { FastifyReply, FastifyRequest } from 'fastify';
import { TRPCError } from '@trpc/server';
import { toProblemsText, type Problem, type ZodSchema } from '@tocsin/shared';
import { fieldErrors, isTocsinError, TocsinError } from '../../../domain/errors.ts';
import { toQueryProblems } from '../../http/input-error.ts';
import { withOrigin } from '../../http/origin.ts';
import { getTraceparent } from '../../http/traceparent.ts';
import type { Services } from '../../services.ts';
import { apiErrorFromTrpc, type TrpcContext } from '../../trpc/init.ts';
import { getCaller } from '../authorize.ts';
import { toEntityTag } from './entity-tag.ts';
import { readInputHeaders, toHeaderProblems } from './input-headers.ts';
import { toLinkToNext } from './link-header.ts';
import type { Procedure } from './procedures.ts';
import { createQueryReader } from './query.ts';
import { hasQueryInput, listPathParameters, type InputParts } from './route-schema.ts';
import { apiPrefix, type Route } from './routes.ts';

export interface CallDeps {
  readonly services: Services;
  /** Aborts at graceful shutdown. */
  readonly closing: AbortSignal;
}

/** The fields of an input, by the part of the request that they came in. */
interface GivenInput {
  readonly params: Readonly<Record<string, unknown>>;
  readonly rest: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Returns the handler of a route: it composes the input, calls the procedure, and sends the result. */
export function createHandler(route: Route, procedure: Procedure, parts: InputParts, deps: CallDeps) {
  const readQuery = createQueryReader(parts.rest.shape);
  const isQuery = hasQueryInput(route);
  const pathNames = listPathParameters(route.path);
  const schema = toPartsSchema(parts, pathNames);
  const isLongPoll = 'waitMs' in procedure.input.shape;

  return async function handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const given = readInput(request);
    const input = { ...given.params, ...given.rest, ...given.headers };
    let result: unknown;
    try {
      result = await procedure.call(
        toContext(request, schema, deps),
        input,
        isLongPoll ? toSignal(reply) : undefined,
      );
    } catch (error) {
      throw toRequestError(error, isQuery, given);
    }
    return await sendResult(request, reply, route, result);
  };

  function readInput(request: FastifyRequest): GivenInput {
    // `as`: fastify parses both to objects of texts and lists of texts.
    const params = request.params as Readonly<Record<string, string>>;
    const query = request.query as Readonly<Record<string, unknown>>;
    const rest = isQuery ? readQuery(query) : toBodyFields(request.body);
    const problems = [
      ...Object.keys(rest).flatMap((name) => (pathNames.includes(name) ? [toDuplicate(name)] : [])),
      ...(isQuery ? listBodyProblems(request.body) : listQueryProblems(query)),
      ...(isQuery ? listCursorProblems(rest) : []),
      ...(procedure.hasInput ? [] : listUnknown(rest)),
    ];
    if (problems.length > 0) throw fieldErrors('INVALID_INPUT', problems);
    return { params, rest, headers: readInputHeaders(request.headers, procedure.input, rest) };
  }
}

function toBodyFields(body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return body as Record<string, unknown>;
  throw fieldErrors('INVALID_INPUT', [{ path: '', message: 'the body must be a JSON object' }]);
}

function toDuplicate(name: string): Problem {
  return { path: name, message: 'is part of the path; leave it out here' };
}

function listBodyProblems(body: unknown): readonly Problem[] {
  if (body === undefined || body === null) return [];
  return [{ path: '', message: 'this method has no body; the input goes into the query' }];
}

function listQueryProblems(query: Readonly<Record<string, unknown>>): readonly Problem[] {
  return Object.keys(query).map((path) => ({
    path,
    message: 'unknown parameter; the input goes into the body',
  }));
}

/** The last page says `"nextCursor": null`. A caller that sends it as text would get the first page, forever. */
function listCursorProblems({ cursor }: Readonly<Record<string, unknown>>): readonly Problem[] {
  if (cursor !== 'null') return [];
  return [{ path: 'cursor', message: 'null marks the last page; leave the cursor out for the first one' }];
}

function listUnknown(fields: Readonly<Record<string, unknown>>): readonly Problem[] {
  return Object.keys(fields).map((path) => ({ path, message: 'unknown parameter; none is allowed here' }));
}

/** Validates the parts on their own, so that a hint about an unknown field names none of the other part. */
function toPartsSchema({ params, rest }: InputParts, pathNames: readonly string[]): ZodSchema {
  return {
    safeParse(value, options) {
      // `as`: the handler has composed an object.
      const fields = Object.entries(value as Record<string, unknown>);
      const of = (isPath: boolean) =>
        Object.fromEntries(fields.filter(([name]) => pathNames.includes(name) === isPath));
      const results = [params.safeParse(of(true), options), rest.safeParse(of(false), options)];
      const issues = results.flatMap(({ error }) => error?.issues ?? []);
      return issues.length === 0 ? { success: true } : { success: false, error: { issues } };
    },
  };
}

/** The context of a call over tRPC, for a call of the same procedure over REST. */
function toContext(request: FastifyRequest, schema: ZodSchema, { services, closing }: CallDeps): TrpcContext {
  const actor = withOrigin(getCaller(request).actor, request);
  return {
    services,
    requestId: request.id,
    traceparent: getTraceparent(request),
    setBatchSize: request.span?.setBatchSize,
    startedAt: performance.now() - request.checkedMs,
    inputProblems: request.jsonProblems === undefined ? noProblems : new Map([[0, request.jsonProblems]]),
    findInputSchema: () => schema,
    closing,
    actor: () => Promise.resolve(actor),
  };
}

/** Aborts when the connection closes. */
function toSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}

const noProblems: TrpcContext['inputProblems'] = new Map();

/** The error that a procedure threw, in the words of REST: parameters of a query, and headers, have their names. */
function toRequestError(error: unknown, isQuery: boolean, { headers }: GivenInput): unknown {
  const known = error instanceof TRPCError ? apiErrorFromTrpc(error) : error;
  if (!isTocsinError(known)) return error;
  // The cause is what goes into the log.
  if (known.code === 'INTERNAL') return error instanceof TRPCError ? (error.cause ?? error) : error;
  if (known.problems.length === 0 || (!isQuery && Object.keys(headers).length === 0)) return known;
  const named = toHeaderProblems(isQuery ? toQueryProblems(known.problems) : known.problems, headers);
  return known.message === toProblemsText(known.problems)
    ? fieldErrors(known.code, named)
    : new TocsinError(known.code, known.message, { problems: named, cause: known });
}

async function sendResult(
  request: FastifyRequest,
  reply: FastifyReply,
  route: Route,
  result: unknown,
): Promise<FastifyReply> {
  const { location, status } = route;
  const fields = typeof result === 'object' && result !== null ? (result as Record<string, unknown>) : {};
  const { id, jobId, revision, nextCursor } = fields;
  if (location !== undefined && typeof id === 'string') {
    reply.header('location', `${apiPrefix}${location}/${encodeURIComponent(id)}`);
  }
  if (typeof revision === 'number') reply.header('etag', toEntityTag(revision));
  if (typeof nextCursor === 'string') reply.header('link', toLinkToNext(request.url, nextCursor));
  const code = status === 'accepted' ? (jobId === null ? 200 : 202) : status;
  return await reply.code(code).type('application/json; charset=utf-8').send(JSON.stringify(result));
}
