import type { ValidateFunction } from 'ajv/dist/2020.js';
import { LRUCache } from 'lru-cache';
import type { DataProblem } from '../domain/event-type.ts';
import type { SchemaValidators } from '../domain/ports/json-schemas.ts';
import { createCompileSchema, type CompileSchema } from './compile-schema.ts';
import { listDataProblems } from './data-problems.ts';

/** Compiled schemas, about 50 kB each with many fields. */
const maxCompiled = 1_000;

/** Schemas that one instance of ajv compiles. It keeps parts of each for as long as it exists. */
const maxPerInstance = 500;

/**
 * Values in data of which every wrong one is named. Each can fail at every alternative of a schema, so that more would
 * take much memory.
 */
const maxNamedValues = 1_000;

interface Compiled {
  /** Stops at the first wrong field. */
  readonly first: ValidateFunction;
  /** Finds every wrong field. Compiled when data is wrong. */
  all: ValidateFunction | undefined;
}

/** Compiles each schema once, and keeps those that were used last. */
export class CachedValidators implements SchemaValidators {
  readonly #compiled: LRUCache<string, Compiled>;
  readonly #first = new Compiler({ allErrors: false });
  readonly #all = new Compiler({ allErrors: true });

  constructor({ max = maxCompiled }: { readonly max?: number } = {}) {
    this.#compiled = new LRUCache({ max });
  }

  /** Number of compiled schemas that are kept. */
  get size(): number {
    return this.#compiled.size;
  }

  validate(schemaText: string, data: unknown): readonly DataProblem[] {
    let compiled = this.#compiled.get(schemaText);
    if (compiled === undefined) {
      compiled = { first: this.#first.compile(schemaText), all: undefined };
      this.#compiled.set(schemaText, compiled);
    }
    const problems = listDataProblems(compiled.first, data);
    if (problems.length === 0 || countValues(data, maxNamedValues) > maxNamedValues) return problems;
    compiled.all ??= this.#all.compile(schemaText);
    return listDataProblems(compiled.all, data);
  }
}

/** Compiles schemas, with a new instance of ajv from time to time. */
class Compiler {
  readonly #options: { readonly allErrors: boolean };
  #compile: CompileSchema | undefined;
  #left = 0;

  constructor(options: { readonly allErrors: boolean }) {
    this.#options = options;
  }

  compile(schemaText: string): ValidateFunction {
    // Not before it is needed, because an instance compiles the schemas of JSON Schema first.
    if (this.#compile === undefined || this.#left === 0) {
      this.#compile = createCompileSchema(this.#options);
      this.#left = maxPerInstance;
    }
    this.#left--;
    return this.#compile(schemaText);
  }
}

/** The number of values in JSON, or a number above the limit. */
function countValues(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const inner of Object.values(value)) {
    if (count > limit) return count;
    count += countValues(inner, limit - count);
  }
  return count;
}
