import {
  checkSchemaBounds,
  markSearchable,
  toPayloadJsonSchema,
  type CatalogEvent,
  type CatalogSnapshot,
  type SnapshotEventType,
  type TypedEvent,
} from '@tocsin/shared';
import { CatalogLoadError, type LoadedCatalog } from './load-catalogs.ts';

/**
 * Describes the event types of a catalog by their JSON Schemas, as a server registers them.
 *
 * @throws CatalogLoadError that names all event types without a valid JSON Schema, one a line.
 */
export function toSnapshot(catalog: LoadedCatalog): CatalogSnapshot {
  return { version: 1, eventTypes: describeAll(catalog, toSnapshotEventType) };
}

/**
 * Describes both sides of the event types of a catalog.
 *
 * @throws CatalogLoadError that names all event types without a valid JSON Schema, one a line.
 */
export function toTypedEvents(catalog: LoadedCatalog): readonly TypedEvent[] {
  return describeAll(catalog, (type, { description, schema }) => ({
    type,
    description,
    input: toPayloadJsonSchema(type, schema),
    output: toPayloadJsonSchema(type, schema, 'output'),
  }));
}

function toSnapshotEventType(
  type: string,
  { version, description, schema, example, searchable }: CatalogEvent,
): SnapshotEventType {
  const json = markSearchable(toPayloadJsonSchema(type, schema), searchable);
  const problems = checkSchemaBounds(json);
  if (problems.length > 0) {
    throw new Error(problems.map(({ path, message }) => `${type}: ${path}: ${message}`).join('\n'));
  }
  return { type, version, description, schema: { ...json }, example: { ...example } };
}

function describeAll<T>(
  { definitions }: LoadedCatalog,
  describe: (type: string, event: CatalogEvent) => T,
): T[] {
  const described: T[] = [];
  const problems: string[] = [];
  for (const [type, event] of Object.entries(definitions)) {
    try {
      described.push(describe(type, event));
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (problems.length > 0) throw new CatalogLoadError(problems.join('\n'));
  return described;
}
