/*
 * The words of all messages about a wrong value, for zod and JSON Schema alike. They name the kind of a value and its
 * length, never the value.
 */

/** The kind of a value, such as `a string`. */
function toKind(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value === '' ? 'an empty string' : 'a string';
    case 'number':
      if (Number.isNaN(value)) return 'NaN';
      if (!Number.isFinite(value)) return 'infinity';
      return Number.isInteger(value) ? 'a number' : 'a fraction';
    case 'boolean':
      return 'a boolean';
    case 'undefined':
      return 'undefined';
    case 'object':
      return toObjectKind(value);
    default:
      return `a ${typeof value}`;
  }
}

function toObjectKind(value: object | null): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid date' : 'a date';
  return 'an object';
}

const typeNames: ReadonlyMap<string, string> = new Map([
  ['string', 'a string'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['integer', 'a whole number'],
  ['bigint', 'a bigint'],
  ['boolean', 'a boolean'],
  ['date', 'a date'],
  ['array', 'an array'],
  ['tuple', 'an array'],
  ['set', 'a set'],
  ['object', 'an object'],
  ['record', 'an object'],
  ['map', 'a map'],
  ['null', 'null'],
  ['nan', 'NaN'],
]);

/** The type that a schema expects, such as `a whole number`. Undefined for a type without a plain name. */
export function toTypeName(type: string): string | undefined {
  return typeNames.get(type);
}

/** Says of a missing value what it must be. */
export function toMissing(expected: string | undefined): string {
  return expected === undefined ? 'is missing' : `is missing; it must be ${expected}`;
}

/** Says what a value must be. Leaves out its kind if that is what is expected. */
export function toMismatch(expected: string | undefined, value: unknown): string {
  if (expected === undefined) return 'is not valid';
  const kind = toKind(value);
  return expected.includes(kind) ? `must be ${expected}` : `must be ${expected}, not ${kind}`;
}

const maxValues = 30;

/** `one of "a", "b"` for several values, `"a"` for one. Cuts a long list. */
export function toValueList(values: readonly unknown[]): string {
  const texts = values.slice(0, maxValues).map(toLiteral);
  const [only] = texts;
  if (only !== undefined && values.length === 1) return only;
  const more = values.length > maxValues ? ` and ${values.length - maxValues} more` : '';
  return `one of ${texts.join(', ')}${more}`;
}

function toLiteral(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value));
}

/** Joins expectations, such as `a string, a number or null`. */
export function joinOr(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} or ${last}`;
}

/** What a length counts, by the kind of value. */
const units: ReadonlyMap<string, readonly [one: string, many: string]> = new Map([
  ['string', ['character', 'characters']],
  ['array', ['item', 'items']],
  ['set', ['item', 'items']],
  ['map', ['entry', 'entries']],
  ['object', ['field', 'fields']],
]);

export type Bound = 'at least' | 'at most' | 'exactly';

/**
 * Says which length a text, list or object must have, and which it has. Undefined if the kind of value has no length.
 *
 * @param origin the kind of value, as zod names it
 */
export function toLengthText(
  origin: string,
  bound: Bound,
  limit: number,
  value: unknown,
): string | undefined {
  const unit = units.get(origin);
  if (unit === undefined) return undefined;
  const length = toLength(value);
  if (bound === 'at least' && limit === 1 && length === 0) return 'must not be empty';
  const wanted = `must have ${bound} ${limit} ${unit[limit === 1 ? 0 : 1]}`;
  return length === undefined ? wanted : `${wanted}, has ${length}`;
}

function toLength(value: unknown): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (value instanceof Set || value instanceof Map) return value.size;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
}

const formats: ReadonlyMap<string, string> = new Map([
  ['datetime', 'a valid ISO 8601 time, such as 2026-01-31T09:30:00Z'],
  ['date-time', 'a valid ISO 8601 time, such as 2026-01-31T09:30:00Z'],
  ['date', 'a valid ISO 8601 date, such as 2026-01-31'],
  ['time', 'a valid ISO 8601 time of day, such as 09:30:00'],
  ['duration', 'a valid ISO 8601 duration, such as PT1H'],
  ['email', 'an email address'],
  ['url', 'an absolute URL'],
  ['uri', 'an absolute URL'],
  ['hostname', 'a host name'],
  ['ipv4', 'an IPv4 address'],
  ['ipv6', 'an IPv6 address'],
  ['cidrv4', 'an IPv4 range, such as 10.0.0.0/8'],
  ['cidrv6', 'an IPv6 range'],
  ['uuid', 'a UUID'],
  ['guid', 'a UUID'],
  ['base64', 'base64 text'],
  ['base64url', 'base64url text'],
  ['e164', 'a phone number in E.164 form, such as +14155550123'],
  ['jwt', 'a JSON Web Token'],
  ['json_string', 'valid JSON'],
  ['lowercase', 'in lower case'],
  ['uppercase', 'in upper case'],
]);

const maxPatternLength = 120;

/** Says which format a text must have. */
export function toFormatText(format: string, pattern: string | undefined): string {
  const known = formats.get(format);
  if (known !== undefined) return `must be ${known}`;
  if (format === 'regex' || format === 'template_literal') {
    return pattern === undefined || pattern.length > maxPatternLength
      ? 'must match its pattern'
      : `must match the pattern ${pattern}`;
  }
  return `must be a valid ${format.replaceAll('_', ' ')}`;
}

/** What the message of an unknown field begins with. */
export const unknownFieldPrefix = 'unknown field';

/** Says that a field is unknown, and which one was probably meant. */
export function toUnknownField(near: readonly string[], known: readonly string[]): string {
  if (near.length > 0)
    return `${unknownFieldPrefix}; did you mean ${joinOr(near.map((name) => `"${name}"`))}?`;
  if (known.length === 0) return `${unknownFieldPrefix}; none is allowed here`;
  return known.length > maxValues
    ? unknownFieldPrefix
    : `${unknownFieldPrefix}; known ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`;
}
