import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { linearRegExp } from './linear-regexp.ts';

/** Compiles a JSON Schema. */
export type CompileSchema = (schemaText: string) => ValidateFunction;

/**
 * Returns a function that compiles JSON Schemas.
 *
 * @param options.allErrors whether to find every wrong field, or to stop at the first one
 * @throws Error from that function if a schema is invalid: with unknown keywords or formats, a pattern that cannot be
 * matched in linear time, or a `$ref` that leads out of it
 */
export function createCompileSchema({ allErrors }: { readonly allErrors: boolean }): CompileSchema {
  const ajv = new Ajv2020({
    strictSchema: true,
    strictNumbers: true,
    // Rules of style, which correct schemas of libraries break.
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allErrors,
    // Schemas with the same `$id` must not refer to each other.
    addUsedSchema: false,
    logger: false,
    code: { regExp: linearRegExp },
  });
  // `default`: the types of the package describe a module that has both.
  addFormats.default(ajv);
  return function compileSchema(schemaText) {
    // `as`: ajv checks whether it is a schema.
    const schema = JSON.parse(schemaText) as Record<string, unknown>;
    if (schema['$async'] === true) throw new Error('$async is not supported');
    try {
      return ajv.compile(schema);
    } finally {
      // It would be kept for as long as the process runs.
      ajv.removeSchema(schema);
    }
  };
}
