import type { FastifySchemaCompiler } from 'fastify';
import type * as z from 'zod';
import { invalidInput } from '../http/invalid-input.ts';

/** Judges params, queries and bodies by their zod schema, and refuses in our own words instead of fastify's. */
export const zodValidatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (value: unknown) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { value: parsed.data };
    // fastify hands an absent body over as null.
    if (httpPart === 'body' && (value === undefined || value === null)) {
      return {
        error: invalidInput([{ code: 'custom', path: [], message: 'a JSON body is required', input: value }]),
      };
    }
    return { error: invalidInput(parsed.error.issues, parsed.error) };
  };
};
