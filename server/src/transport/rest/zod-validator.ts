import type { FastifySchemaCompiler } from 'fastify';
import type * as z from 'zod';
import { listProblems } from '@tocsin/shared';
import { apiError } from '../../domain/errors.ts';
import { inputErrorFromProblems, toQueryProblems } from '../http/input-error.ts';

/** Validates params, queries and bodies with their zod schema, and reports errors in the API's format. */
export const zodValidatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (value: unknown) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { value: parsed.data };
    // Fastify passes an absent body as null.
    if (httpPart === 'body' && (value === undefined || value === null)) {
      return { error: apiError('INVALID_INPUT', 'a JSON body is required', parsed.error) };
    }
    const problems = listProblems(schema, value, httpPart === 'body' ? 'the body' : 'the query');
    return {
      error: inputErrorFromProblems(httpPart === 'querystring' ? toQueryProblems(problems) : problems),
    };
  };
};
