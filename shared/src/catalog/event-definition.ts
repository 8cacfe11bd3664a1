import { checkData, toIssueText } from './check-data.ts';
import { quoteName } from './event-type-name.ts';
import type { FieldStyle, MessageKind, Presentation } from './presentation.ts';
import type { StandardSchema } from './standard-schema.ts';

/** Searchable fields of one event type. */
export const maxSearchableFields = 20;

/** Renders the `data` of an event for webhooks that are pinned to an older version. */
export type Downcast<TData = never> = (data: TData) => object;

/** An event type of a catalog, with the defaults applied. */
export interface CatalogEvent {
  readonly description: string;
  readonly schema: StandardSchema;
  /** A realistic `data`, as JSON. */
  readonly example: Readonly<Record<string, unknown>>;
  /** A whole number from 1. */
  readonly version: number;
  /** Undefined: chat services get a generic message. */
  readonly presentation: Presentation | undefined;
  /** Paths of the fields of `data` whose values the search finds. */
  readonly searchable: readonly string[];
  /** By the older version that each function returns. */
  readonly downcast: Readonly<Record<number, Downcast>>;
}

/**
 * Checks the definition of one event type and applies the defaults. Takes anything, because the catalog may be
 * written in JavaScript.
 *
 * @throws TypeError that names the event and the field
 */
export function toCatalogEvent(name: string, definition: unknown): CatalogEvent {
  const fail = (problem: string): never => {
    throw new TypeError(`${quoteName(name)}: ${problem}`);
  };
  if (!isRecord(definition)) return fail('must be a definition with description, schema and example');
  const { description, schema, version = 1, presentation, searchable = [], downcast = {} } = definition;
  if (typeof description !== 'string' || description.trim() === '') {
    return fail('description is missing: say in one sentence when the event is sent');
  }
  if (!isStandardSchema(schema)) return fail('schema must be a Standard Schema, such as one of zod');
  if (!isVersion(version)) return fail('version must be a whole number from 1');
  if (!isListOfTexts(searchable) || searchable.length > maxSearchableFields) {
    return fail(`searchable must be a list of at most ${maxSearchableFields} fields`);
  }
  const presentationFault = presentation === undefined ? undefined : findPresentationFault(presentation);
  if (presentationFault !== undefined) return fail(`presentation: ${presentationFault}`);
  if (!isDowncast(downcast, version)) {
    return fail('downcast must have a function for each of some older versions, by its number');
  }
  const example = toJson(() => definition['example']);
  if (!isRecord(example)) return fail('example is missing: it must be an object that JSON can hold');
  const event: CatalogEvent = {
    description,
    schema,
    example,
    version,
    // Checked field by field above.
    presentation: presentation as Presentation | undefined,
    searchable: [...searchable],
    downcast: { ...downcast },
  };
  const fault = findExampleFault(event);
  return fault === undefined ? Object.freeze(event) : fail(fault);
}

function findExampleFault({ schema, example, downcast }: CatalogEvent): string | undefined {
  const checked = checkData(schema, example);
  if (checked.issues !== undefined)
    return `the example does not match the schema: ${toIssueText(checked.issues)}`;
  for (const [version, render] of Object.entries(downcast)) {
    // A copy, because the function may change what it gets. Its parameter type is the schema's input.
    if (!isRecord(toJson(() => render(toJson(() => example) as never)))) {
      return `downcast to version ${version} must return an object for the example`;
    }
  }
  return undefined;
}

const styles: readonly FieldStyle[] = ['name', 'id', 'key', 'time', 'long'];
const kinds: readonly MessageKind[] = ['sign-in', 'removal', 'creation', 'neutral'];
const maxFields = 10;

function findPresentationFault(presentation: unknown): string | undefined {
  if (!isRecord(presentation)) return 'must have title, kind and fields';
  const { title, kind, subject, paragraph, fields } = presentation;
  if (!isText(title)) return 'title must be a text';
  if (!isOneOf(kinds, kind)) return `kind must be one of ${kinds.join(', ')}`;
  if (subject !== undefined && !isText(subject)) return 'subject must be the name of a field';
  if (paragraph !== undefined && !isText(paragraph)) return 'paragraph must be the name of a field';
  if (!Array.isArray(fields) || fields.length > maxFields)
    return `fields must be a list of at most ${maxFields}`;
  const isField = (field: unknown) =>
    isRecord(field) && isText(field['key']) && isText(field['label']) && isOneOf(styles, field['style']);
  return fields.every(isField)
    ? undefined
    : `each of fields must have a key, a label and a style: ${styles.join(', ')}`;
}

function isDowncast(value: unknown, version: number): value is Record<number, Downcast> {
  return (
    isRecord(value) &&
    Object.entries(value).every(
      ([older, render]) =>
        typeof render === 'function' && isVersion(Number(older)) && Number(older) < version,
    )
  );
}

/** Schemas of arktype are functions. */
function isStandardSchema(value: unknown): value is StandardSchema {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return isRecord(standard) && typeof standard['validate'] === 'function';
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isOneOf(values: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && values.includes(value);
}

/** Returns what JSON keeps of a value, or undefined if there is none. */
function toJson(value: () => unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value()) ?? 'null');
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
