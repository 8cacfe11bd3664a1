import type { Contract } from '@tocsin/shared';
import { getLatestVersion, type EventType } from '../../domain/event-type.ts';

/** The newest version of an event type, as documents describe it. */
export interface DocumentedType {
  readonly type: string;
  /** Null for types of your own. */
  readonly family: Contract | null;
  /** False for the test pings. */
  readonly subscribable: boolean;
  readonly version: number;
  readonly description: string;
  /** Undefined if it is left out, like the schema. */
  readonly example: Readonly<Record<string, unknown>> | undefined;
  /** Whether the schema names `appId`, which the call supplies. */
  readonly hasAppId: boolean;
  /** JSON Schema (draft 2020-12) of `data`. Undefined if it is left out, because all schemas together are too large. */
  readonly schema: Readonly<Record<string, unknown>> | undefined;
}

export function toDocumentedType(eventType: EventType): DocumentedType {
  const { name: type, family, subscribable } = eventType;
  const { version, description, example, hasAppId, getSchema } = getLatestVersion(eventType);
  return { type, family, subscribable, version, description, example, hasAppId, schema: getSchema() };
}
