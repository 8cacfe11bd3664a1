import { parentPort } from 'node:worker_threads';
import type { SchemaToCheck } from '../domain/ports/json-schemas.ts';
import { CachedValidators } from './cached-validators.ts';

/** What the worker says: that it has started, or the result for one schema. Undefined: nothing is wrong. */
export type CheckMessage =
  | { readonly kind: 'started' }
  | { readonly kind: 'checked'; readonly problem: string | undefined };

// Keeps one compiled schema, because each comes only once.
const validators = new CachedValidators({ max: 1 });
// Compiles the schemas of JSON Schema, so that they do not count for the first schema.
validators.validate('{}', {});

parentPort?.on('message', (schema: SchemaToCheck) => {
  parentPort?.postMessage({ kind: 'checked', problem: findProblem(schema) } satisfies CheckMessage);
});
parentPort?.postMessage({ kind: 'started' } satisfies CheckMessage);

function findProblem({ schemaText, exampleText }: SchemaToCheck): string | undefined {
  try {
    const problems = validators.validate(schemaText, JSON.parse(exampleText));
    if (problems.length === 0) return undefined;
    const named = problems
      .slice(0, 5)
      .map(({ path, message }) => `${path === '' ? 'example' : `example.${path}`}: ${message}`);
    return `the example does not match the schema: ${named.join('; ')}`;
  } catch (error) {
    return `schema: ${error instanceof Error ? error.message : String(error)}`;
  }
}
