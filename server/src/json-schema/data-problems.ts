import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import {
  findNearNames,
  toFormatText,
  toLengthText,
  toMismatch,
  toPathText,
  toTypeName,
  toUnknownField,
  toValueList,
} from '@tocsin/shared';
import type { DataProblem } from '../domain/event-type.ts';

/** Runs a compiled schema. Returns every wrong field. */
export function listDataProblems(validate: ValidateFunction, data: unknown): readonly DataProblem[] {
  if (validate(data)) return [];
  return (validate.errors ?? []).map((error) => {
    const path = fromPointer(error.instancePath);
    const { at = [], message } = toProblem(error, follow(data, path), validate.schema);
    return { path: toPathText([...path, ...at]), message };
  });
}

interface FoundProblem {
  /** From the value on, for a keyword of an object that is about one of its fields. */
  readonly at?: readonly string[];
  readonly message: string;
}

/** Says what a keyword asks for, in the same words as for inputs of the API. */
function toProblem(error: ErrorObject, value: unknown, schema: unknown): FoundProblem {
  const { keyword, message = 'is not valid' } = error;
  // `as`: the parameters of these keywords are documented by ajv.
  const params = error.params as Readonly<Record<string, unknown>>;
  const { missingProperty, property, additionalProperty, unevaluatedProperty, limit } = params;
  switch (keyword) {
    case 'required':
      return { at: [String(missingProperty)], message: 'is missing' };
    case 'dependentRequired':
      return {
        at: [String(missingProperty)],
        message: `is missing, and required together with ${String(property)}`,
      };
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return toUnknown(String(additionalProperty ?? unevaluatedProperty), error, schema);
    case 'type':
      return { message: toMismatch(toTypes(params['type']), value) };
    case 'enum':
      return { message: toMismatch(toValueList(toArray(params['allowedValues'])), value) };
    case 'const':
      return { message: toMismatch(toValueList([params['allowedValue']]), value) };
    case 'format':
      return { message: toFormatText(String(params['format']), undefined) };
    case 'pattern':
      return { message: toFormatText('regex', String(params['pattern'])) };
    default:
      return { message: toLimit(keyword, Number(limit), value) ?? message };
  }
}

const lengths: ReadonlyMap<string, readonly [origin: string, bound: 'at least' | 'at most']> = new Map([
  ['minLength', ['string', 'at least']],
  ['maxLength', ['string', 'at most']],
  ['minItems', ['array', 'at least']],
  ['maxItems', ['array', 'at most']],
  ['minProperties', ['object', 'at least']],
  ['maxProperties', ['object', 'at most']],
]);

function toLimit(keyword: string, limit: number, value: unknown): string | undefined {
  const length = lengths.get(keyword);
  if (length !== undefined) {
    // JSON Schema counts code points.
    return toLengthText(length[0], length[1], limit, typeof value === 'string' ? Array.from(value) : value);
  }
  switch (keyword) {
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'exclusiveMinimum':
      return `must be greater than ${limit}`;
    case 'exclusiveMaximum':
      return `must be less than ${limit}`;
    default:
      return undefined;
  }
}

/** `type` of a schema is a name or a list of names. */
function toTypes(type: unknown): string {
  const names = (Array.isArray(type) ? type : String(type).split(',')).map(String);
  return names.map((name) => toTypeName(name) ?? name).join(' or ');
}

function toUnknown(name: string, { schemaPath }: ErrorObject, schema: unknown): FoundProblem {
  const parent = follow(schema, fromPointer(schemaPath).slice(0, -1));
  const properties = isObject(parent) && isObject(parent['properties']) ? parent['properties'] : {};
  const known = Object.keys(properties);
  return { at: [name], message: toUnknownField(findNearNames(name, known), known) };
}

function toArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The segments of a JSON Pointer, also of one in a fragment, such as `#/properties/a`. */
function fromPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function follow(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.hasOwn(found, key) ? Reflect.get(found, key) : undefined;
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
