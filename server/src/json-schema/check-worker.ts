import { parentPort, workerData } from 'node:worker_threads';
import type { SchemaToCheck } from '../domain/ports/json-schemas.ts';
import { CachedValidators } from './cached-validators.ts';

/** What the worker says: that it begins with a schema, or what is wrong with it. */
export type CheckMessage =
  | { readonly kind: 'begins'; readonly index: number }
  | { readonly kind: 'checked'; readonly index: number; readonly problem: string | undefined };

const validators = new CachedValidators();
// Compiles the schemas of JSON Schema, so that they do not count for the first schema.
validators.validate('{}', {});

// `as`: the only caller gives such a list.
for (const [index, definition] of (workerData as readonly SchemaToCheck[]).entries()) {
  parentPort?.postMessage({ kind: 'begins', index } satisfies CheckMessage);
  const problem = findProblem(definition);
  parentPort?.postMessage({ kind: 'checked', index, problem } satisfies CheckMessage);
}

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
