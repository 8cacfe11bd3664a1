import type { ValidateFunction } from 'ajv/dist/2020.js';
import { LRUCache } from 'lru-cache';
import type { DataProblem } from '../domain/event-type.ts';
import type { SchemaValidators } from '../domain/ports/json-schemas.ts';
import { createCompileSchema, listDataProblems, type CompileSchema } from './compile-schema.ts';

/** Compiled schemas, about 50 kB each with many fields. */
const maxCompiled = 1_000;

/** Schemas that one instance of ajv compiles. It keeps parts of each for as long as it exists. */
const maxPerInstance = 500;

/** Compiles each schema once, and keeps those that were used last. */
export class CachedValidators implements SchemaValidators {
  readonly #compiled: LRUCache<string, ValidateFunction>;
  #compile: CompileSchema | undefined;
  #left = 0;

  constructor({ max = maxCompiled }: { readonly max?: number } = {}) {
    this.#compiled = new LRUCache({ max });
  }

  /** Number of compiled schemas that are kept. */
  get size(): number {
    return this.#compiled.size;
  }

  validate(schemaText: string, data: unknown): readonly DataProblem[] {
    let validate = this.#compiled.get(schemaText);
    if (validate === undefined) {
      validate = this.#getCompile()(schemaText);
      this.#compiled.set(schemaText, validate);
    }
    return listDataProblems(validate, data);
  }

  /** Not before it is needed, because an instance compiles the schemas of JSON Schema first. */
  #getCompile(): CompileSchema {
    if (this.#compile === undefined || this.#left === 0) {
      this.#compile = createCompileSchema();
      this.#left = maxPerInstance;
    }
    this.#left--;
    return this.#compile;
  }
}
