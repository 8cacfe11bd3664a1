import type { Presentation } from '@tocsin/shared';
import type { RegisteredEventType, RegisteredVersion } from '../../../domain/registered-event-type.ts';

/** A registered event type. The id is the account, or `*` for all accounts, a colon and the name. */
export interface EventTypeDoc {
  _id: string;
  /** Null: of all accounts. */
  accountId: string | null;
  name: string;
  versions: EventTypeVersionDoc[];
  createdAt: Date;
  updatedAt: Date;
  /** Raised by every change. */
  rev: number;
}

export interface EventTypeVersionDoc {
  version: number;
  description: string;
  /** JSON text, because keywords such as `$ref` are no names of fields. */
  schema: string;
  example: string;
  presentation: Presentation | null;
  createdAt: Date;
  updatedAt: Date;
}

/** An account id has no colon, and `*` is none. */
export function toEventTypeId(accountId: string | null, name: string): string {
  return `${accountId ?? '*'}:${name}`;
}

export function toRegisteredEventType(doc: EventTypeDoc): RegisteredEventType {
  return {
    name: doc.name,
    accountId: doc.accountId,
    versions: doc.versions.map(toVersion),
    createdAt: doc.createdAt.getTime(),
    updatedAt: doc.updatedAt.getTime(),
    revision: doc.rev,
  };
}

function toVersion({
  schema,
  example,
  createdAt,
  updatedAt,
  ...same
}: EventTypeVersionDoc): RegisteredVersion {
  return {
    ...same,
    schemaText: schema,
    exampleText: example,
    createdAt: createdAt.getTime(),
    updatedAt: updatedAt.getTime(),
  };
}

export function toEventTypeDoc(
  { name, accountId, versions, createdAt, updatedAt }: Omit<RegisteredEventType, 'revision'>,
  rev: number,
): EventTypeDoc {
  return {
    _id: toEventTypeId(accountId, name),
    accountId,
    name,
    versions: versions.map(toVersionDoc),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    rev,
  };
}

function toVersionDoc({
  schemaText,
  exampleText,
  createdAt,
  updatedAt,
  ...same
}: RegisteredVersion): EventTypeVersionDoc {
  return {
    ...same,
    schema: schemaText,
    example: exampleText,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}
