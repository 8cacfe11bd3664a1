import type { FastifySchema } from 'fastify';
import * as z from 'zod';
import { listInputHeaders } from './input-headers.ts';
import { problemDetails } from './problem-details.ts';
import type { Procedure, RestProcedure } from './procedures.ts';
import type { Route } from './routes.ts';

/** The input of a procedure, split into the parameters of the path and the rest. */
export interface InputParts {
  readonly params: z.ZodObject;
  /** The query of GET and DELETE, the body of other methods. */
  readonly rest: z.ZodObject;
}

export function toInputParts({ input }: Procedure, { path }: Route): InputParts {
  const names = listPathParameters(path);
  const isParameter = (name: string) => names.includes(name);
  const fields = Object.entries(input.shape);
  return {
    params: z.strictObject(Object.fromEntries(fields.filter(([name]) => isParameter(name)))),
    rest: z.strictObject(Object.fromEntries(fields.filter(([name]) => !isParameter(name)))),
  };
}

export function listPathParameters(path: string): readonly string[] {
  return path
    .split('/')
    .filter((part) => part.startsWith(':'))
    .map((part) => part.slice(1));
}

export function hasQueryInput({ method }: Route): boolean {
  return method === 'GET' || method === 'DELETE';
}

/** Statuses of errors that every route can return. */
const errorStatuses = [400, 401, 403, 404, 405, 406, 413, 415, 429, 500, 503] as const;

/** The documentation of a route. Requests are validated by the procedure, with the same schemas. */
export function toRouteSchema(
  name: RestProcedure,
  route: Route,
  procedure: Procedure,
  { params, rest }: InputParts,
): FastifySchema {
  const { input, output } = procedure;
  const headers = listInputHeaders(input);
  // A header replaces the field, and works without a body.
  const fields = Object.entries(rest.shape).filter(([name]) => !headers.some(({ field }) => field === name));
  const query = z.strictObject(Object.fromEntries(fields));
  const isQuery = hasQueryInput(route);
  return {
    operationId: toOperationId(name),
    tags: [name.split('.', 1)[0] ?? ''],
    summary: route.summary,
    ...(Object.keys(params.shape).length > 0 && { params }),
    ...(isQuery && fields.length > 0 && { querystring: query }),
    ...(!isQuery && Object.keys(rest.shape).length > 0 && { body: rest }),
    ...(headers.length > 0 && { headers: toHeaders(headers) }),
    response: {
      ...Object.fromEntries(listStatuses(route).map((status) => [status, output])),
      ...Object.fromEntries(
        [...errorStatuses, ...listConflicts(input)].map((status) => [status, problemDetails]),
      ),
    },
  };
}

function listStatuses({ status }: Route): readonly number[] {
  return status === 'accepted' ? [200, 202] : [status];
}

function listConflicts(input: z.ZodObject): readonly number[] {
  return 'expectedRevision' in input.shape ? [409, 412] : [409];
}

function toHeaders(headers: ReturnType<typeof listInputHeaders>): z.ZodObject {
  return z.object(Object.fromEntries(headers.map(({ name }) => [name, z.string().optional()])));
}

/** `webhooks.rotateSecret` becomes `webhooksRotateSecret`. */
function toOperationId(name: RestProcedure): string {
  return name.replace(/\.(.)/, (_dot, letter: string) => letter.toUpperCase());
}
