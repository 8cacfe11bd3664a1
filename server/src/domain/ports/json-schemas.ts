import type { DataProblem } from '../event-type.ts';

/** Validates data with JSON Schemas (draft 2020-12), which are given as JSON text. */
export interface SchemaValidators {
  /**
   * Returns every wrong field of `data`. Compiles the schema when it is first used.
   *
   * @throws Error if the schema does not compile. `SchemaChecker` has checked it before.
   */
  validate(schemaText: string, data: unknown): readonly DataProblem[];
}

/** Checks JSON Schemas before they are stored. */
export interface SchemaChecker {
  /**
   * Compiles each schema and validates its example with it, outside of the event loop and for a limited time.
   * Returns what is wrong with each. Undefined: nothing.
   */
  check(definitions: readonly SchemaToCheck[]): Promise<readonly (string | undefined)[]>;
}

export interface SchemaToCheck {
  readonly schemaText: string;
  readonly exampleText: string;
}
