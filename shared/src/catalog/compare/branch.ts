import type { JsonSchema } from '../json-schema.ts';

export type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'object' | 'array';

export const jsonTypes: readonly JsonType[] = ['null', 'boolean', 'number', 'string', 'object', 'array'];

/** A schema, and the document that its references refer to. */
export interface Term {
  readonly schema: JsonSchema;
  readonly root: JsonSchema;
}

/** Values that satisfy all terms. No terms: any value. */
export type Conjunction = readonly Term[];

/** One end of a range. */
export interface Bound {
  readonly value: number;
  /** Whether the value itself is excluded. */
  readonly isExclusive: boolean;
}

/** Constraints that are compared with constraints of their own kind only. */
export type Constraint =
  | { readonly kind: 'not'; readonly schema: Conjunction }
  | {
      readonly kind: 'if';
      readonly condition: Term;
      readonly consequence: Conjunction;
      readonly otherwise: Conjunction;
    }
  | {
      readonly kind: 'contains';
      readonly schema: Conjunction;
      readonly min: number;
      readonly max: number | undefined;
    }
  | { readonly kind: 'propertyNames'; readonly schema: Conjunction }
  | { readonly kind: 'dependentRequired'; readonly key: string; readonly names: readonly string[] }
  | { readonly kind: 'dependentSchemas'; readonly key: string; readonly schema: Conjunction }
  /** Compared by its canonical text alone. `keyword` is what the message names. */
  | { readonly kind: 'text'; readonly keyword: string; readonly term: Term };

/** Fields of an object. */
export interface ObjectShape {
  readonly properties: ReadonlyMap<string, Conjunction>;
  /** Schemas of fields by the pattern of their names. */
  readonly patterns: ReadonlyMap<string, Conjunction>;
  /** Schema of all other fields. */
  readonly additional: Conjunction;
  /** The schema that has the patterns, if there are any. */
  readonly source: Term | undefined;
}

/**
 * Values of one JSON type that satisfy all of its constraints. A schema is a list of branches: its values are
 * those of all branches together.
 */
export interface Branch {
  readonly type: JsonType;
  /** Finite list of values, already restricted to `type`. */
  readonly values: readonly unknown[] | undefined;
  readonly isInteger: boolean;
  readonly min: Bound | undefined;
  readonly max: Bound | undefined;
  readonly divisors: readonly number[];
  /** Length of a string, items of an array, fields of an object. */
  readonly minSize: number;
  readonly maxSize: number;
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
  readonly required: ReadonlySet<string>;
  readonly shape: ObjectShape;
  /** Schemas of the first items. */
  readonly prefix: readonly Conjunction[];
  /** Schema of all further items. */
  readonly items: Conjunction;
  readonly isUnique: boolean;
  readonly constraints: readonly Constraint[];
}

const anyShape: ObjectShape = {
  properties: new Map(),
  patterns: new Map(),
  additional: [],
  source: undefined,
};

/** All values of a type. */
export function toBranch(type: JsonType): Branch {
  return {
    type,
    values: type === 'null' ? [null] : type === 'boolean' ? [false, true] : undefined,
    isInteger: false,
    min: undefined,
    max: undefined,
    divisors: [],
    minSize: 0,
    maxSize: Infinity,
    patterns: [],
    formats: [],
    required: new Set(),
    shape: anyShape,
    prefix: [],
    items: [],
    isUnique: false,
    constraints: [],
  };
}

export function jsonTypeFromValue(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    default:
      return 'object';
  }
}

/** Whether a conjunction allows every value. */
export function isAnything(conjunction: Conjunction): boolean {
  return conjunction.every(({ schema }) => schema === true || isEmptyObject(schema));
}

/** Whether a conjunction visibly allows no value. */
export function isNothing(conjunction: Conjunction): boolean {
  return conjunction.some(({ schema }) => schema === false);
}

function isEmptyObject(schema: JsonSchema): boolean {
  return typeof schema === 'object' && Object.keys(schema).length === 0;
}

/** Returns the schema of a field: its own, or that of other fields. Ignores patterns. */
export function fieldSchema({ properties, additional }: ObjectShape, name: string): Conjunction {
  return properties.get(name) ?? additional;
}

/** Returns the schema of an item. */
export function itemSchema({ prefix, items }: Branch, index: number): Conjunction {
  return prefix[index] ?? items;
}
