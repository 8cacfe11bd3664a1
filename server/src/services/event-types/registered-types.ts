import { toOrderedData, type EventType, type EventTypeVersion } from '../../domain/event-type.ts';
import type { SchemaValidators } from '../../domain/ports/json-schemas.ts';
import type { RegisteredEventType, RegisteredVersion } from '../../domain/registered-event-type.ts';

/** Fields that are kept with each event for chat messages. */
export const maxShownFields = 50;

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
  const fields = listFields(parseObject(schemaText));
  return {
    type,
    version,
    description,
    example: parseObject(exampleText),
    hasAppId: fields.includes('appId'),
    presentation: {
      fields: fields.slice(0, maxShownFields),
      ...(presentation === null ? {} : { message: presentation }),
    },
    getSchema: () => parseObject(schemaText),
    validate(data) {
      const problems = validators.validate(schemaText, data);
      return problems.length === 0 ? { data: toOrderedData(fields, data) } : { problems };
    },
  };
}

/** The names of the fields of an object's JSON Schema, in its order. */
export function listFields({ properties }: Readonly<Record<string, unknown>>): readonly string[] {
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

/** Our own text, serialized from a parsed object. */
function parseObject(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}
