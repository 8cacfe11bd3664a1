import {
  isKnownKeyword,
  isObject,
  isSchema,
  listTexts,
  type JsonSchema,
  type JsonSchemaObject,
} from './json-schema.ts';
import { isLinearPattern } from './linear-pattern.ts';
import { searchableKeyword } from './searchable-fields.ts';
import { toDescription, type UnwrittenRules } from './unwritten-rules.ts';
import { addUnwrittenRules, readUnwrittenRules, toSubstitute, type ZodHook } from './zod-rules.ts';

/** A schema of a library that implements Standard Schema, and Standard JSON Schema for its JSON Schema. */
export interface PayloadSchema {
  readonly '~standard': {
    readonly vendor: string;
    readonly jsonSchema?: {
      readonly input: (options: JsonSchemaOptions) => Record<string, unknown>;
      readonly output: (options: JsonSchemaOptions) => Record<string, unknown>;
    };
  };
}

interface JsonSchemaOptions {
  readonly target: 'draft-2020-12';
  readonly libraryOptions?: Record<string, unknown>;
}

/** What a publisher gives, or what a receiver gets after parsing. */
export type PayloadSide = 'input' | 'output';

/** Formats of draft 2020-12. Validators may reject other names. */
const knownFormats: ReadonlySet<string> = new Set([
  'date-time',
  'date',
  'time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uri-reference',
  'uri-template',
  'uuid',
  'json-pointer',
  'relative-json-pointer',
  'regex',
]);

/**
 * Returns the JSON Schema (draft 2020-12) of an event's data: by default as a publisher gives it. What JSON Schema
 * cannot express, such as a refinement, is a sentence of the `description` at its place. Patterns that cannot
 * be matched in linear time are such sentences too.
 *
 * @param type Event type, for messages.
 * @throws Error if the library gives no JSON Schema, or a part of the schema has no form in JSON. The message
 * names the event, the path and a remedy.
 */
export function toPayloadJsonSchema(
  type: string,
  schema: PayloadSchema,
  side: PayloadSide = 'input',
): JsonSchemaObject {
  const { vendor, jsonSchema } = schema['~standard'];
  if (jsonSchema === undefined) throw new Error(`${type}: ${toMissingMessage(vendor)}`);
  let written: unknown;
  try {
    written = jsonSchema[side]({
      target: 'draft-2020-12',
      ...(vendor === 'zod' ? { libraryOptions: zodOptions(type, side) } : {}),
    });
  } catch (error) {
    if (error instanceof UnsupportedSchema) throw new Error(error.message, { cause: error });
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = 'describe the data as it is sent, as JSON';
    throw new Error(`${type}: ${vendor} cannot write the schema as JSON Schema: ${reason}; ${remedy}`, {
      cause: error,
    });
  }
  const tidy = isSchema(written) ? toTidySchema(written) : undefined;
  if (!isObject(tidy)) throw new Error(`${type}: data must be an object; the schema allows any value`);
  const types = listTexts(tidy, 'type');
  if (types.length > 0 && !types.includes('object')) {
    throw new Error(`${type}: data must be an object; the schema describes ${types.join(' or ')}`);
  }
  // A union of objects has no type of its own.
  return types.length === 0 ? { ...tidy, type: 'object' } : tidy;
}

/** A part of a schema that has no form in JSON. */
class UnsupportedSchema extends Error {}

function zodOptions(type: string, side: PayloadSide): Record<string, unknown> {
  return {
    override: (hook: ZodHook) => addUnwrittenRules(hook),
    unrepresentable: (part: {
      readonly zodSchema: unknown;
      readonly path: readonly (string | number)[];
      readonly message: string;
    }) => {
      const substitute = toSubstitute(part.zodSchema, side);
      if ('keywords' in substitute) return substitute.keywords;
      throw new UnsupportedSchema(
        `${type}: ${toDataPath(part.path)}: ${substitute.remedy} (${part.message})`,
      );
    },
  };
}

function toMissingMessage(vendor: string): string {
  const problem = `the schema of ${vendor} gives no JSON Schema`;
  switch (vendor) {
    case 'valibot':
      return `${problem}; wrap it in toStandardJsonSchema(...) of @valibot/to-json-schema`;
    case 'zod':
      return `${problem}; use "zod" 4.2 or newer instead of "zod/mini"`;
    default:
      return `${problem}; use a library that implements Standard JSON Schema, such as zod, or valibot with @valibot/to-json-schema`;
  }
}

/** The place in the data that a place in the JSON Schema describes. */
function toDataPath(path: readonly (string | number)[]): string {
  let text = 'data';
  for (let index = 0; index < path.length; index += 1) {
    const keyword = path[index];
    if (keyword === 'items') text += '[]';
    if (keyword === 'additionalProperties') text += '.*';
    if (keyword === 'properties' || keyword === 'prefixItems' || keyword === 'patternProperties') {
      index += 1;
      text += keyword === 'prefixItems' ? `[${path[index]}]` : `.${path[index]}`;
    }
    if (keyword === 'anyOf' || keyword === 'oneOf' || keyword === 'allOf') index += 1;
  }
  return text;
}

/** Writes the unwritten rules into descriptions, and removes what validators do not know. */
function toTidySchema(schema: JsonSchema): JsonSchema {
  if (!isObject(schema)) return schema;
  const rules = listRules(schema);
  const hasRules = rules.checks.length > 0 || rules.changes.length > 0;
  const entries = Object.entries(schema)
    .filter(([keyword]) => isKept(schema, keyword))
    .map(([keyword, value]) => [keyword, toTidyValue(keyword, value)] as const);
  return {
    ...Object.fromEntries(entries),
    ...(hasRules ? { description: toDescription(schema['description'], rules) } : {}),
  };
}

function listRules(schema: JsonSchemaObject): UnwrittenRules {
  const { checks, changes } = readUnwrittenRules(schema);
  const { pattern } = schema;
  // The format says the same where there is one.
  const isLost = typeof pattern === 'string' && !isLinearPattern(pattern) && !hasKnownFormat(schema);
  return { checks: isLost ? [...checks, `matches /${pattern}/`] : checks, changes };
}

function isKept(schema: JsonSchemaObject, keyword: string): boolean {
  const value = schema[keyword];
  if (keyword === 'format') return hasKnownFormat(schema);
  if (keyword === 'pattern') return typeof value === 'string' && isLinearPattern(value);
  return isKnownKeyword(keyword) || (keyword === searchableKeyword && value === true);
}

function hasKnownFormat({ format }: JsonSchemaObject): boolean {
  return typeof format === 'string' && knownFormats.has(format);
}

function toTidyValue(keyword: string, value: unknown): unknown {
  switch (keyword) {
    case 'properties':
    case 'patternProperties':
    case 'dependentSchemas':
    case '$defs':
      return isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([name, child]) => [name, toTidyPart(child)]))
        : value;
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
    case 'prefixItems':
      return Array.isArray(value) ? value.map(toTidyPart) : value;
    case 'const':
    case 'enum':
    case 'default':
    case 'examples':
    case 'dependentRequired':
      return value;
    default:
      return toTidyPart(value);
  }
}

function toTidyPart(value: unknown): unknown {
  return isObject(value) ? toTidySchema(value) : value;
}
