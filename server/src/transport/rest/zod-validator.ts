import type { FastifySchemaCompiler } from 'fastify';
import type * as z from 'zod';
import { inputErrorFromIssues } from '../http/input-error.ts';

/** Validates params, queries and bodies with their zod schema, and reports errors in the API's format. */
export const zodValidatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (value: unknown) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { value: parsed.data };
    // Fastify passes an absent body as null.
    if (httpPart === 'body' && (value === undefined || value === null)) {
      const message = 'a JSON body is required';
      return { error: inputErrorFromIssues([{ code: 'custom', path: [], message, input: value }]) };
    }
    return { error: inputErrorFromIssues(parsed.error.issues, parsed.error) };
  };
};
