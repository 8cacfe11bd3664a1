import { isObject, type JsonSchemaObject } from './json-schema.ts';
import { changesKeyword, checksKeyword, type UnwrittenRules } from './unwritten-rules.ts';

/**
 * Part of a zod schema or check, read without importing zod: a catalog can come from another copy of it. The
 * fields are those that zod documents for libraries.
 */
interface ZodPart {
  readonly def: Readonly<Record<string, unknown>>;
  readonly isCheck: boolean;
}

/** What zod passes to a hook for each schema. `jsonSchema` may be changed. */
export interface ZodHook {
  readonly zodSchema: unknown;
  readonly jsonSchema: Record<string, unknown>;
}

/** Flags that change what a pattern matches. JSON Schema has patterns without flags. */
const flags = /[ismyv]/;

/** Adds to a JSON Schema what the zod schema checks and changes beyond it. */
export function addUnwrittenRules({ zodSchema, jsonSchema }: ZodHook): void {
  const schema = toPart(zodSchema);
  if (schema === undefined) return;
  const checks = listChecks(schema);
  for (const { def } of checks) removeFlaggedPattern(def['pattern'], jsonSchema);
  hoistFromIntersection(schema, jsonSchema);
  append(jsonSchema, checksKeyword, checks.flatMap(toCheckText));
  append(jsonSchema, changesKeyword, [...checks.flatMap(toRewriteText), ...toChangeText(schema)]);
}

/**
 * Describes a schema that has no JSON Schema. Returns the keywords to use instead, or a remedy if the value
 * cannot be sent as JSON at all.
 */
export function toSubstitute(
  zodSchema: unknown,
  side: 'input' | 'output',
): { readonly keywords: JsonSchemaObject } | { readonly remedy: string } {
  const def = toPart(zodSchema)?.def ?? {};
  const type = String(def['type']);
  if (type === 'custom') return { keywords: { [checksKeyword]: ['a custom check'] } };
  if (type === 'transform') return { keywords: { [changesKeyword]: ['a transform'] } };
  if (side === 'output') return { keywords: {} };
  if (type === 'date' && def['coerce'] === true)
    return { keywords: { [changesKeyword]: ['converted to a Date'] } };
  return { remedy: remedies.get(type) ?? 'use a schema of JSON values' };
}

const remedies: ReadonlyMap<string, string> = new Map([
  ['date', 'JSON has no dates; use z.iso.datetime() and send an ISO 8601 string'],
  ['bigint', 'JSON has no bigints; use z.string(), or z.int() up to 2^53'],
  ['map', 'JSON has no maps; use z.record()'],
  ['set', 'JSON has no sets; use z.array()'],
  ['undefined', 'JSON has no undefined; use .optional(), or z.null()'],
  ['void', 'JSON has no undefined; use .optional(), or z.null()'],
  ['nan', 'JSON has no NaN; use z.null()'],
  ['symbol', 'JSON has no symbols; use z.string()'],
  ['function', 'JSON has no functions; remove the field'],
]);

function toPart(value: unknown): ZodPart | undefined {
  const internals: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, '_zod') : undefined;
  if (typeof internals !== 'object' || internals === null) return undefined;
  const def: unknown = Reflect.get(internals, 'def');
  const traits: unknown = Reflect.get(internals, 'traits');
  return isObject(def) ? { def, isCheck: traits instanceof Set && traits.has('$ZodCheck') } : undefined;
}

/** The checks of a schema. A format such as `z.email()` is its own first check. */
function listChecks(schema: ZodPart): readonly ZodPart[] {
  const list = schema.def['checks'];
  const checks = Array.isArray(list) ? list.flatMap((check: unknown) => toPart(check) ?? []) : [];
  return schema.isCheck ? [schema, ...checks] : checks;
}

function toCheckText({ def }: ZodPart): readonly string[] {
  switch (def['check']) {
    case 'custom':
      return [toMessage(def['error']) ?? 'a custom check'];
    case 'property':
      return [`the property ${String(def['property'])}`];
    case 'string_format':
      return toFormatText(def);
    default:
      return [];
  }
}

function toFormatText(def: ZodPart['def']): readonly string[] {
  const { pattern, format, hostname, protocol } = def;
  const name = String(format).replaceAll('_', ' ');
  return [
    ...(pattern instanceof RegExp && flags.test(pattern.flags) ? [`matches ${String(pattern)}`] : []),
    ...(hostname instanceof RegExp ? [`the host name matches ${String(hostname)}`] : []),
    ...(protocol instanceof RegExp ? [`the protocol matches ${String(protocol)}`] : []),
    // Formats without a pattern that JSON Schema does not know either.
    ...(pattern === undefined && format !== 'url' ? [toMessage(def['error']) ?? `a valid ${name}`] : []),
  ];
}

function toRewriteText({ def }: ZodPart): readonly string[] {
  return def['check'] === 'overwrite' ? ['rewritten, such as trimmed or in lower case'] : [];
}

function toChangeText({ def }: ZodPart): readonly string[] {
  switch (def['type']) {
    case 'pipe':
      return isTransform(def['in']) ? ['preprocessed before the checks'] : ['transformed after the checks'];
    case 'catch':
      return ['an invalid value is replaced'];
    default:
      return def['coerce'] === true ? [`other values are converted to ${String(def['type'])}`] : [];
  }
}

function isTransform(schema: unknown): boolean {
  return toPart(schema)?.def['type'] === 'transform';
}

/** zod writes the message of a check as a function that returns it. */
function toMessage(error: unknown): string | undefined {
  if (typeof error !== 'function') return undefined;
  try {
    const message: unknown = Reflect.apply(error, undefined, [{ code: 'custom', input: undefined }]);
    const text: unknown =
      typeof message === 'object' && message !== null ? Reflect.get(message, 'message') : message;
    return typeof text === 'string' && text !== '' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Without its flags, the pattern would match other texts than the schema accepts. */
function removeFlaggedPattern(pattern: unknown, jsonSchema: Record<string, unknown>): void {
  if (!(pattern instanceof RegExp) || !flags.test(pattern.flags)) return;
  if (jsonSchema['pattern'] === pattern.source) delete jsonSchema['pattern'];
  const allOf = jsonSchema['allOf'];
  if (!Array.isArray(allOf)) return;
  const others = allOf.filter((part: unknown) => !isObject(part) || part['pattern'] !== pattern.source);
  if (others.length === 0) delete jsonSchema['allOf'];
  else jsonSchema['allOf'] = others;
}

/** zod merges the objects of an intersection only if they have no keywords that it does not know. */
function hoistFromIntersection({ def }: ZodPart, jsonSchema: Record<string, unknown>): void {
  const allOf = jsonSchema['allOf'];
  if (def['type'] !== 'intersection' || !Array.isArray(allOf)) return;
  for (const [index, part] of allOf.entries() as Iterable<[number, unknown]>) {
    if (!isObject(part)) continue;
    const { [checksKeyword]: checks, [changesKeyword]: changes, ...rest } = part;
    append(jsonSchema, checksKeyword, toTexts(checks));
    append(jsonSchema, changesKeyword, toTexts(changes));
    // In place: zod recognizes the list by its identity.
    allOf[index] = rest;
  }
}

function append(jsonSchema: Record<string, unknown>, keyword: string, texts: readonly string[]): void {
  if (texts.length > 0) jsonSchema[keyword] = [...new Set([...toTexts(jsonSchema[keyword]), ...texts])];
}

/** Returns the rules that were added to a JSON Schema. */
export function readUnwrittenRules(schema: JsonSchemaObject): UnwrittenRules {
  return { checks: toTexts(schema[checksKeyword]), changes: toTexts(schema[changesKeyword]) };
}

function toTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
