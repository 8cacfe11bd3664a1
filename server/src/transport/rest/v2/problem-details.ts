import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { errorTable, type ErrorCode } from '@tocsin/shared';
import type { TocsinError } from '../../../domain/errors.ts';

const problemMediaType = 'application/problem+json';

/** The body of an error (RFC 9457). */
export const problemDetails = z
  .object({
    type: z.string().meta({ description: 'Names the kind of error: `urn:tocsin:error:` and the code.' }),
    title: z.string().meta({ description: 'The HTTP status in words.' }),
    status: z.int().describe('The HTTP status.'),
    detail: z.string().meta({ description: 'What is wrong. Names every wrong field, up to 20.' }),
    code: z.string().meta({ description: 'A code of the error table. Switch over it.' }),
    retryable: z.boolean().meta({ description: 'Whether the same call, unchanged, may succeed later.' }),
    requestId: z.string().meta({ description: 'Identifies the request in the log of the server.' }),
    errors: z
      .array(
        z.object({
          path: z.string().describe('The field, such as `events[0]`. Empty for the whole input.'),
          message: z.string().describe('What is wrong with it.'),
        }),
      )
      .meta({ description: 'The wrong fields, up to 20. Empty if the error is not about a field.' }),
  })
  .meta({ description: 'An error (RFC 9457).' });

/**
 * Sends an error as problem details.
 *
 * @param status @default the status of the code
 */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: TocsinError,
  status = error.httpStatus,
): FastifyReply {
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  if (error.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
  return reply
    .code(status)
    .type(problemMediaType)
    .send(JSON.stringify(toProblemDetails(error, status, request.id)));
}

function toProblemDetails(
  error: TocsinError,
  status: number,
  requestId: string,
): z.output<typeof problemDetails> {
  return {
    type: toType(error.code),
    title: STATUS_CODES[status] ?? '',
    status,
    detail: error.message,
    code: error.code,
    retryable: errorTable[error.code].retryable,
    requestId,
    errors: [...error.problems],
  };
}

function toType(code: ErrorCode): string {
  return `urn:tocsin:error:${code}`;
}
