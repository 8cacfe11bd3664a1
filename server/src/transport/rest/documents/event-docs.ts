import type { DocumentedType } from '../../../services/event-types/documented-type.ts';
import { toIdentifiers } from './identifiers.ts';
import type { JsonObject } from './json-object.ts';

/** An event type as the documents describe it. */
export interface EventDoc {
  readonly type: string;
  /** Such as `InvoicePaid`. Unique in the document. */
  readonly identifier: string;
  readonly version: number;
  readonly description: string;
  /** The contract of a built-in type. */
  readonly family: string | null;
  readonly canPublish: boolean;
  /** JSON Schema of the `data` that receivers get. */
  readonly data: JsonObject;
  /** JSON Schema of the `data` that publishers give, if it differs: the call names the app, so `appId` is optional. */
  readonly input: JsonObject | undefined;
  /** Undefined if the document has no room for it. */
  readonly example: JsonObject | undefined;
}

/** Returns the place of a schema in a document, which is the target of references. */
export function toSchemaPlace(name: string): string {
  return `#/components/schemas/${name}`;
}

export function toDataName({ identifier }: Pick<EventDoc, 'identifier'>): string {
  return `${identifier}Data`;
}

export function toInputName(doc: Pick<EventDoc, 'identifier' | 'input'>): string {
  return doc.input === undefined ? toDataName(doc) : `${doc.identifier}Input`;
}

export function toEventDocs(types: readonly DocumentedType[]): readonly EventDoc[] {
  const identifiers = toIdentifiers(types.map(({ type }) => type));
  return types.map((documented) => {
    const { type, version, description, family, subscribable, example, schema, hasAppId } = documented;
    return {
      type,
      identifier: identifiers.get(type) ?? type,
      version,
      description,
      family,
      canPublish: subscribable,
      data: schema ?? { type: 'object', description: noRoom },
      input: hasAppId && schema !== undefined ? toInput(schema) : undefined,
      example,
    };
  });
}

const noRoom =
  'This document has no room for the schema of this event type. The procedure eventTypes.get returns it.';

function toInput({ required, ...schema }: JsonObject): JsonObject {
  const others = Array.isArray(required) ? required.filter((name) => name !== 'appId') : [];
  return others.length === 0 ? schema : { ...schema, required: others };
}
