import { parentPort, workerData } from 'node:worker_threads';
import type { SchemaToCheck } from '../domain/ports/json-schemas.ts';
import { createCompileSchema, listDataProblems } from './compile-schema.ts';

/** What the worker says: that it begins with a schema, or what is wrong with it. */
export type CheckMessage =
  | { readonly kind: 'begins'; readonly index: number }
  | { readonly kind: 'checked'; readonly index: number; readonly problem: string | undefined };

const compile = createCompileSchema();

// `as`: the only caller gives such a list.
for (const [index, definition] of (workerData as readonly SchemaToCheck[]).entries()) {
  parentPort?.postMessage({ kind: 'begins', index } satisfies CheckMessage);
  const problem = findProblem(definition);
  parentPort?.postMessage({ kind: 'checked', index, problem } satisfies CheckMessage);
}

function findProblem({ schemaText, exampleText }: SchemaToCheck): string | undefined {
  try {
    const problems = listDataProblems(compile(schemaText), JSON.parse(exampleText));
    if (problems.length === 0) return undefined;
    const named = problems
      .slice(0, 5)
      .map(({ path, message }) => `${['example', ...path].join('.')}: ${message}`);
    return `the example does not match the schema: ${named.join('; ')}`;
  } catch (error) {
    return `schema: ${error instanceof Error ? error.message : String(error)}`;
  }
}
