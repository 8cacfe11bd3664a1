import type * as z from 'zod';
import {
  joinOr,
  toFormatText,
  toLengthText,
  toMismatch,
  toMissing,
  toTypeName,
  toValueList,
  type Bound,
} from './words.ts';
import { findNearNames } from './near-name.ts';

export type RawIssue = z.core.$ZodRawIssue;

/** The definition of a schema, read by name only: a catalog can come from another copy of zod. */
type Definition = Readonly<Record<string, unknown>>;

/** An error map of zod: says in plain words what is wrong. Messages of the schema itself win over it. */
export function toIssueMessage(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return toTypeText(issue);
    case 'invalid_value':
      return toValueText(toList(issue.values), issue.input);
    case 'invalid_union':
      return toUnionText(issue);
    case 'too_small':
    case 'too_big':
      return toLimitText(issue);
    case 'invalid_format':
      return toStringFormatText(issue);
    case 'not_multiple_of':
      return `must be a multiple of ${String(issue['divisor'])}`;
    case 'invalid_key':
    case 'invalid_element':
      return toFirstMessage(issue['issues']);
    default:
      return 'is not valid';
  }
}

function toTypeText(issue: RawIssue): string {
  const { input, expected } = issue as Definition;
  if (expected === 'never' || expected === 'undefined' || expected === 'void') return 'must be left out';
  const name = toExpectation(issue.inst) ?? toTypeName(String(expected));
  if (expected === 'nonoptional' || input === undefined) return toMissing(name);
  // A text that was to become a number is NaN here.
  if (Number.isNaN(input)) return `must be ${name ?? 'valid'}`;
  const isFraction = expected === 'int' && typeof input === 'number';
  return toMismatch(isFraction ? toTypeName('int') : name, input);
}

function toValueText(values: readonly unknown[], input: unknown): string {
  return toOneOfText(toValueList(values), values, input);
}

/** @param values those among what is expected */
function toOneOfText(expected: string | undefined, values: readonly unknown[], input: unknown): string {
  if (input === undefined) return toMissing(expected);
  // Its kind is right, so it is not what is wrong.
  if (!values.some((value) => typeof value === typeof input)) return toMismatch(expected, input);
  const names = values.filter((value) => typeof value === 'string');
  const near = typeof input === 'string' ? findNearNames(input, names) : [];
  const hint = near.length === 0 ? '' : `; did you mean ${joinOr(near.map((name) => `"${name}"`))}?`;
  return `must be ${expected ?? 'valid'}${hint}`;
}

function toUnionText(issue: RawIssue): string {
  const { discriminator, options, input } = issue as Definition;
  // The path leads to the discriminator, the input is the object.
  if (typeof discriminator === 'string' && Array.isArray(options)) {
    return toValueText(options, isObject(input) ? input[discriminator] : undefined);
  }
  const parts = listExpectations(issue.inst, 0);
  return toOneOfText(toExpectation(issue.inst), toValues(parts ?? []), input);
}

function toLimitText(issue: RawIssue): string {
  const { code, origin, minimum, maximum, inclusive, exact, input } = issue as Definition;
  const isSmall = code === 'too_small';
  const limit = isSmall ? minimum : maximum;
  const bound: Bound = exact === true ? 'exactly' : isSmall ? 'at least' : 'at most';
  const length = toLengthText(String(origin), bound, Number(limit), input);
  if (length !== undefined) return length;
  if (origin === 'date') {
    return `must not be ${isSmall ? 'before' : 'after'} ${new Date(Number(limit)).toISOString()}`;
  }
  if (inclusive === false) return `must be ${isSmall ? 'greater' : 'less'} than ${String(limit)}`;
  return `must be ${bound} ${String(limit)}`;
}

function toStringFormatText(issue: RawIssue): string {
  const { format, pattern, prefix, suffix, includes, input } = issue as Definition;
  if (format === 'starts_with') return `must start with ${JSON.stringify(prefix)}`;
  if (format === 'ends_with') return `must end with ${JSON.stringify(suffix)}`;
  if (format === 'includes') return `must contain ${JSON.stringify(includes)}`;
  const text = toFormatText(String(format), typeof pattern === 'string' ? pattern : undefined);
  return input === '' ? `${text}, not an empty string` : text;
}

/** The message of what is wrong with a key or element. Zod has run this error map on it before. */
function toFirstMessage(issues: unknown): string {
  const [first] = toList(issues);
  const message = isObject(first) ? first['message'] : undefined;
  if (typeof message !== 'string') return 'is not valid';
  return /^(?:must|is) /.test(message) ? `its name ${message}` : message;
}

/** What a schema expects, such as `a string or null`. Undefined if there are no plain words for it. */
function toExpectation(schema: unknown): string | undefined {
  const parts = listExpectations(schema, 0);
  if (parts === undefined) return undefined;
  const values = toValues(parts);
  const names = parts.filter((part) => typeof part === 'string');
  return joinOr([...new Set([...(values.length === 0 ? [] : [toValueList(values)]), ...names])]);
}

function toValues(parts: readonly Expectation[]): readonly unknown[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : part.values));
}

type Expectation = string | { readonly values: readonly unknown[] };

/** Schemas may refer to themselves. */
const maxDepth = 10;

function listExpectations(schema: unknown, depth: number): readonly Expectation[] | undefined {
  const def = readDefinition(schema);
  if (def === undefined || depth > maxDepth) return undefined;
  switch (def['type']) {
    case 'literal':
      return [{ values: toList(def['values']) }];
    case 'enum':
      return [{ values: Object.values(isObject(def['entries']) ? def['entries'] : {}) }];
    case 'union': {
      const options = toList(def['options']);
      const parts = options.map((option) => listExpectations(option, depth + 1));
      return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? []);
    }
    case 'nullable': {
      const inner = listExpectations(def['innerType'], depth + 1);
      return inner === undefined ? undefined : [...inner, 'null'];
    }
    case 'pipe':
      return listExpectations(def['in'], depth + 1);
    case 'number':
      return [hasIntegerCheck(def) ? 'a whole number' : 'a number'];
    default: {
      if (def['innerType'] !== undefined) return listExpectations(def['innerType'], depth + 1);
      const name = toTypeName(String(def['type']));
      return name === undefined ? undefined : [name];
    }
  }
}

function hasIntegerCheck(def: Definition): boolean {
  const checks = toList(def['checks']);
  return [def, ...checks.map(readDefinition)].some((part) => {
    const format = part?.['format'];
    return typeof format === 'string' && format.includes('int');
  });
}

/** Names that an object or record knows, and those that are required and missing in the value. */
export interface FieldNames {
  readonly known: readonly string[];
  readonly missing: readonly string[];
}

/** The field names of the schema that raised an issue about unknown keys. */
export function toFieldNames({ inst, input }: RawIssue): FieldNames {
  const def = readDefinition(inst) ?? {};
  const shape = isObject(def['shape']) ? def['shape'] : {};
  const keys = readInternals(def['keyType'])?.['values'];
  const known = keys instanceof Set ? [...keys].map(String) : Object.keys(shape);
  const given = isObject(input) ? input : {};
  const missing = Object.keys(shape).filter(
    (name) => given[name] === undefined && readInternals(shape[name])?.['optin'] === undefined,
  );
  return { known, missing };
}

function readDefinition(schema: unknown): Definition | undefined {
  const def = readInternals(schema)?.['def'];
  return isObject(def) ? def : undefined;
}

function readInternals(schema: unknown): Definition | undefined {
  const internals: unknown =
    typeof schema === 'object' && schema !== null ? Reflect.get(schema, '_zod') : undefined;
  return isObject(internals) ? internals : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
