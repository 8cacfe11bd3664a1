import { listSearchableFields } from '@tocsin/shared';
import { listFields, toEventPresentation } from './schema-fields.ts';
import { toOrderedData, type EventType, type EventTypeVersion } from '../../domain/event-type.ts';
import type { SchemaValidators } from '../../domain/ports/json-schemas.ts';
import type { RegisteredEventType, RegisteredVersion } from '../../domain/registered-event-type.ts';

/** An event type of a registered JSON Schema. */
export function toEventType(
  { name, versions }: Pick<RegisteredEventType, 'name' | 'versions'>,
  validators: SchemaValidators,
): EventType {
  return {
    name,
    family: null,
    source: null,
    subscribable: true,
    versions: versions.map((version) => toVersion(name, version, validators)),
    // Functions cannot be registered.
    downcast: undefined,
  };
}

function toVersion(
  type: string,
  { version, description, schemaText, exampleText, presentation }: RegisteredVersion,
  validators: SchemaValidators,
): EventTypeVersion {
  const schema = parseObject(schemaText);
  const fields = listFields(schema);
  return {
    type,
    version,
    description,
    example: parseObject(exampleText),
    hasAppId: fields.includes('appId'),
    searchable: listSearchableFields(schema),
    presentation: toEventPresentation(fields, presentation ?? undefined),
    getSchema: () => parseObject(schemaText),
    validate(data) {
      const problems = validators.validate(schemaText, data);
      return problems.length === 0 ? { data: toOrderedData(fields, data) } : { problems };
    },
  };
}

/** Our own text, serialized from a parsed object. */
function parseObject(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}
