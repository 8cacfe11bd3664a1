import {
  findReference,
  findSchema,
  isObject,
  listSchemas,
  listTexts,
  mapSchemas,
  findNumber,
  type JsonSchema,
  type JsonSchemaObject,
} from './json-schema.ts';

/** Writes the type of a JSON Schema. */
export interface TypeWriter {
  /** Document that references refer to. */
  readonly root: JsonSchema;
  /** Returns the name of the type for a schema that is referred to. */
  readonly toName: (ref: string, schema: JsonSchema) => string;
}

/** Returns the TypeScript type of the values that a JSON Schema allows. */
export function toTypeText(schema: JsonSchema, writer: TypeWriter, indent = ''): string {
  if (!isObject(schema)) return schema ? 'unknown' : 'never';
  const parts = [
    ...listReference(schema, writer),
    ...listOwn(schema, writer, indent),
    ...listSchemas(schema, 'allOf').map((part) => toTypeText(part, writer, indent)),
    ...listAlternatives(schema, 'anyOf', writer, indent),
    ...listAlternatives(schema, 'oneOf', writer, indent),
  ].filter((part) => part !== 'unknown');
  const unique = [...new Set(parts)];
  if (unique.length === 0) return 'unknown';
  return unique.length === 1 ? unique.join('') : unique.map((part) => group(part, '&')).join(' & ');
}

function listReference(schema: JsonSchemaObject, { root, toName }: TypeWriter): readonly string[] {
  const ref = schema['$ref'];
  const target = typeof ref === 'string' ? findReference(root, ref) : undefined;
  return target === undefined || typeof ref !== 'string' ? [] : [toName(ref, target)];
}

function listAlternatives(
  schema: JsonSchemaObject,
  keyword: 'anyOf' | 'oneOf',
  writer: TypeWriter,
  indent: string,
): readonly string[] {
  const options = listSchemas(schema, keyword);
  return options.length === 0 ? [] : [toUnion(options.map((option) => toTypeText(option, writer, indent)))];
}

/** The type of a schema's own keywords, without those that combine schemas. */
function listOwn(schema: JsonSchemaObject, writer: TypeWriter, indent: string): readonly string[] {
  if (Object.hasOwn(schema, 'const')) return [toLiteral(schema['const'])];
  const values = schema['enum'];
  if (Array.isArray(values)) return [toUnion(values.map((value: unknown) => toLiteral(value)))];
  const types = listTexts(schema, 'type');
  const implied = types.length === 0 ? toImpliedTypes(schema) : types;
  return implied.length === 0
    ? []
    : [toUnion(implied.map((type) => toText(type, schema, { writer, indent })))];
}

/** Without `type`, keywords of objects and arrays still say what is meant. */
function toImpliedTypes(schema: JsonSchemaObject): readonly string[] {
  if (schema['properties'] !== undefined) return ['object'];
  return schema['items'] !== undefined || schema['prefixItems'] !== undefined ? ['array'] : [];
}

interface Place {
  readonly writer: TypeWriter;
  readonly indent: string;
}

function toText(type: string, schema: JsonSchemaObject, place: Place): string {
  switch (type) {
    case 'integer':
      return 'number';
    case 'array':
      return toArrayText(schema, place);
    case 'object':
      return toObjectText(schema, place);
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return type;
    default:
      return 'unknown';
  }
}

function toArrayText(schema: JsonSchemaObject, { writer, indent }: Place): string {
  const prefix = listSchemas(schema, 'prefixItems');
  const items = findSchema(schema, 'items') ?? true;
  const item = toTypeText(items, writer, indent);
  if (prefix.length === 0) return `${group(item, '[]')}[]`;
  const min = findNumber(schema, 'minItems') ?? 0;
  const first = prefix.map((part, index) => {
    const text = toTypeText(part, writer, indent);
    return index < min ? text : `${group(text, '?')}?`;
  });
  return `[${[...first, ...(items === false ? [] : [`...${group(item, '[]')}[]`])].join(', ')}]`;
}

/** Writes an object type. Fields that are not declared are left out unless they are all that there is. */
export function toObjectText(schema: JsonSchemaObject, { writer, indent }: Place): string {
  const inner = `${indent}  `;
  const required = new Set(listTexts(schema, 'required'));
  const fields = mapSchemas(schema, 'properties').map(([name, child]) => {
    const text = toTypeText(child, writer, inner);
    const key = toKeyText(name);
    const line = required.has(name)
      ? `${inner}${key}: ${text};`
      : `${inner}${key}?: ${text === 'unknown' ? text : `${text} | undefined`};`;
    return [...toComment(findDescription(child), inner), line].join('\n');
  });
  if (fields.length > 0) return ['{', ...fields, `${indent}}`].join('\n');
  const rest = findSchema(schema, 'additionalProperties') ?? mapSchemas(schema, 'patternProperties')[0]?.[1];
  if (rest === false) return 'Record<string, never>';
  return `Record<string, ${toTypeText(rest ?? true, writer, indent)}>`;
}

function findDescription(schema: JsonSchema): string | undefined {
  const description = isObject(schema) ? schema['description'] : undefined;
  return typeof description === 'string' && description.trim() !== '' ? description : undefined;
}

/** Lines of a documentation comment. None without a text. */
export function toComment(text: string | undefined, indent: string): readonly string[] {
  if (text === undefined || text.trim() === '') return [];
  // A comment must not end before its end.
  const lines = text
    .trim()
    .replaceAll('*/', '*\\/')
    .split(/\r\n|[\n\r\u2028\u2029]/u);
  const [only] = lines;
  if (lines.length === 1) return [`${indent}/** ${only} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}

/** Writes a value as a literal type. */
function toLiteral(value: unknown): string {
  if (typeof value === 'string') return toStringText(value);
  if (Array.isArray(value)) return `[${value.map(toLiteral).join(', ')}]`;
  if (isObject(value)) {
    const fields = Object.entries(value).map(([key, child]) => `${toKeyText(key)}: ${toLiteral(child)}`);
    return fields.length === 0 ? 'Record<string, never>' : `{ ${fields.join('; ')} }`;
  }
  return JSON.stringify(value) ?? 'undefined';
}

/** Writes a text as a string literal in single quotes. */
export function toStringText(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}

function toKeyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : toStringText(name);
}

function toUnion(parts: readonly string[]): string {
  const unique = [...new Set(parts)];
  if (unique.includes('unknown')) return 'unknown';
  const some = unique.filter((part) => part !== 'never');
  if (some.length === 0) return 'never';
  return some.length === 1 ? some.join('') : some.map((part) => group(part, '|')).join(' | ');
}

/** Puts a type into parentheses where the operator would bind tighter. */
function group(text: string, operator: '&' | '|' | '?' | '[]'): string {
  const isUnion = hasOperator(text, '|');
  const isIntersection = hasOperator(text, '&');
  const needs = operator === '|' ? false : operator === '&' ? isUnion : isUnion || isIntersection;
  return needs ? `(${text})` : text;
}

/** Whether a type has an operator outside of brackets and strings. */
function hasOperator(text: string, operator: string): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === "'") index = skipString(text, index);
    else if (character === '/' && text.startsWith('/**', index)) index = text.indexOf('*/', index) + 1;
    else if (character !== undefined && '([{<'.includes(character)) depth += 1;
    else if (character !== undefined && ')]}>'.includes(character)) depth -= 1;
    else if (character === operator && depth === 0) return true;
  }
  return false;
}

function skipString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== "'") index += text[index] === '\\' ? 2 : 1;
  return index;
}
