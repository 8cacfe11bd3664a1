import { findNumber, findSchema, isJsonObject, type JsonSchema, type JsonSchemaObject } from '@tocsin/shared';
import { isNullSchema, listOptions } from './type-parts.ts';

/** Keywords that a table cannot show. */
const unshown = ['not', 'if', 'then', 'else', 'dependentSchemas', 'dependentRequired', 'contains'] as const;

/** The limits of a value in words: `at most 80 characters`. */
export function listNotes(schema: JsonSchema): readonly string[] {
  if (!isJsonObject(schema)) return [];
  const items = findSchema(schema, 'items');
  const inner = findOnlyOption(schema);
  return [
    ...listOwnNotes(schema),
    ...(inner === undefined ? [] : listNotes(inner)),
    ...(items === undefined ? [] : listNotes(items).map((note) => `each ${note}`)),
  ];
}

/** The only alternative besides null. */
export function findOnlyOption(schema: JsonSchemaObject): JsonSchema | undefined {
  const options = listOptions(schema).filter((option) => !isNullSchema(option));
  return options.length === 1 ? options[0] : undefined;
}

function listOwnNotes(schema: JsonSchemaObject): readonly string[] {
  const notes: (string | undefined)[] = [
    toRange(schema, 'minLength', 'maxLength', 'characters'),
    toRange(schema, 'minItems', 'maxItems', 'items'),
    toRange(schema, 'minProperties', 'maxProperties', 'fields'),
    toRange(schema, 'minimum', 'maximum'),
    toBound(schema, 'exclusiveMinimum', 'more than'),
    toBound(schema, 'exclusiveMaximum', 'less than'),
    toBound(schema, 'multipleOf', 'a multiple of'),
    typeof schema['pattern'] === 'string' ? `matches ${schema['pattern']}` : undefined,
    schema['uniqueItems'] === true ? 'no duplicates' : undefined,
    schema['additionalProperties'] === false ? 'no other fields' : undefined,
    schema['default'] === undefined ? undefined : `default ${JSON.stringify(schema['default'])}`,
    schema['deprecated'] === true ? 'deprecated' : undefined,
    unshown.some((keyword) => Object.hasOwn(schema, keyword))
      ? 'further rules in the JSON Schema'
      : undefined,
  ];
  return notes.filter((note) => note !== undefined);
}

/** The safe integers are the bounds of every integer, so they are left out. */
function toRange(schema: JsonSchemaObject, from: string, to: string, unit = ''): string | undefined {
  const min = findLimit(schema, from);
  const max = findLimit(schema, to);
  const suffix = unit === '' ? '' : ` ${unit}`;
  if (min !== undefined && max !== undefined)
    return min === max ? `${min}${suffix}` : `${min} to ${max}${suffix}`;
  const single = suffix.replace(/s$/, '');
  if (min !== undefined) return `at least ${min}${min === 1 ? single : suffix}`;
  return max === undefined ? undefined : `at most ${max}${max === 1 ? single : suffix}`;
}

function findLimit(schema: JsonSchemaObject, keyword: string): number | undefined {
  const value = findNumber(schema, keyword);
  return value === undefined || Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value;
}

function toBound(schema: JsonSchemaObject, keyword: string, words: string): string | undefined {
  const value = findLimit(schema, keyword);
  return value === undefined ? undefined : `${words} ${value}`;
}
