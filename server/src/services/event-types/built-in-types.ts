import {
  anyEventTypes,
  getEventDefinition,
  listProblems,
  payloadJsonSchema,
  type AnyEventType,
} from '@tocsin/shared';
import type { EventType, EventTypeVersion, ValidatedData } from '../../domain/event-type.ts';

/** The event types of the two contracts, in their order. */
export function createBuiltInTypes(): readonly EventType[] {
  return anyEventTypes.map(toEventType);
}

function toEventType(name: AnyEventType): EventType {
  const { family, source, subscribable } = getEventDefinition(name);
  return { name, family, source, subscribable, versions: [toVersion(name)], downcast: {} };
}

function toVersion(type: AnyEventType): EventTypeVersion {
  const { description, example, schema, searchable } = getEventDefinition(type);
  return {
    type,
    version: 1,
    description,
    example,
    hasAppId: true,
    searchable,
    presentation: undefined,
    getSchema: () => payloadJsonSchema(type),
    validate(data): ValidatedData {
      const parsed = schema.safeParse(data);
      return parsed.success ? { data: parsed.data } : { problems: listProblems(schema, data, 'it') };
    },
  };
}
