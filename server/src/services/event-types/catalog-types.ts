import {
  listProblems,
  listSearchableFields,
  toPathText,
  toPayloadJsonSchema,
  type CatalogEvent,
  type ZodSchema,
} from '@tocsin/shared';
import {
  getLatestVersion,
  toOrderedData,
  type DataProblem,
  type Downcast,
  type EventType,
  type ValidatedData,
} from '../../domain/event-type.ts';
import { listFields, toEventPresentation } from './schema-fields.ts';

/** A catalog that the server cannot use. The message names the event type and what to do. */
export class InvalidCatalogError extends Error {
  override readonly name = 'InvalidCatalogError';
}

type Definitions = Readonly<Record<string, CatalogEvent>>;

/**
 * The event types that all accounts have: the built-in ones, then those of a catalog.
 *
 * @throws InvalidCatalogError if a type is built in, or if its schema has no JSON Schema
 */
export function toCommonTypes(builtIn: readonly EventType[], definitions: Definitions = {}): EventType[] {
  const byName = new Map(builtIn.map((type) => [type.name, type]));
  const own = Object.entries(definitions).flatMap(([name, definition]): EventType[] => {
    const same = byName.get(name);
    if (same === undefined) return [toEventType(name, definition)];
    // A catalog that was merged with the built-in ones has their definitions.
    if (isDefinitionOf(same, definition)) return [];
    throw new InvalidCatalogError(
      `CATALOG: '${name}' is a built-in event type and cannot be redefined; choose another name`,
    );
  });
  return [...builtIn, ...own];
}

function isDefinitionOf(builtIn: EventType, { description, example }: CatalogEvent): boolean {
  const latest = getLatestVersion(builtIn);
  return latest.description === description && JSON.stringify(latest.example) === JSON.stringify(example);
}

function toEventType(name: string, definition: CatalogEvent): EventType {
  const { description, example, version, presentation, schema, searchable } = definition;
  const jsonSchema = toJsonSchema(name, schema);
  const fields = listFields(jsonSchema);
  return {
    name,
    family: null,
    source: null,
    subscribable: true,
    versions: [
      {
        type: name,
        version,
        description,
        example,
        hasAppId: fields.includes('appId'),
        searchable: searchable.length > 0 ? searchable : listSearchableFields(jsonSchema),
        presentation: toEventPresentation(fields, presentation),
        getSchema: () => ({ ...jsonSchema }),
        validate: (data) => validate(definition, fields, data),
      },
    ],
    // `as`: the parameter of each function is the data that the schema accepts.
    downcast: definition.downcast as Readonly<Record<number, Downcast>>,
  };
}

function toJsonSchema(name: string, schema: CatalogEvent['schema']): Record<string, unknown> {
  try {
    return { ...toPayloadJsonSchema(name, schema) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InvalidCatalogError(`CATALOG: ${message}`, { cause: error });
  }
}

/** The data is sent as the publisher gives it, because receivers parse it with the same schema. */
function validate(
  { schema }: CatalogEvent,
  fields: readonly string[],
  data: Readonly<Record<string, unknown>>,
): ValidatedData {
  const result = schema['~standard'].validate(data);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    return {
      problems: [{ path: '', message: 'the schema is asynchronous, which publishing does not support' }],
    };
  }
  if (result.issues === undefined) return { data: toOrderedData(fields, data) };
  if (isZodSchema(schema)) return { problems: listProblems(schema, data, 'it') };
  return {
    problems: result.issues.map(({ path = [], message }): DataProblem => {
      const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
      return { path: toPathText(keys), message };
    }),
  };
}

/** Whether a schema is one of zod 4, of any copy of it. Its own messages name types of JavaScript. */
function isZodSchema(schema: object): schema is ZodSchema {
  return '_zod' in schema && 'safeParse' in schema && typeof schema.safeParse === 'function';
}
