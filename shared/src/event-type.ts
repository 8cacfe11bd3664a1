import * as z from 'zod';
import { isEventPattern } from './catalog/event-pattern.ts';
import {
  findEventTypeNameFault,
  hasEventTypeForm,
  isReservedEventType,
  maxEventTypeLength,
} from './catalog/event-type-name.ts';

/*
 * The schemas check the form of a name only. Which event types exist is decided by the server, because it depends
 * on the account.
 */

/**
 * Name of an event type that can be published: lower-case parts joined by dots, such as `invoice.paid`, at most
 * 100 characters. `test`, `test.*`, `unknown` and `tocsin.*` are reserved.
 */
export const eventTypeName = toNameSchema((name) => findEventTypeNameFault(name) === undefined);

/** The name of an event type, or a pattern: `*` for all types, `invoice.*` for those that start with `invoice.`. */
export const eventTypeOrPattern = toNameSchema(
  (name) => isEventPattern(name) || findEventTypeNameFault(name) === undefined,
);

/** Name of an event type of a stored event, which can be a test ping. */
export const storedEventType = toNameSchema(
  (name) => findEventTypeNameFault(name, { allowReserved: true }) === undefined,
);

/** What the messages begin with. The server gives these errors the code UNKNOWN_EVENT. */
export const unknownEventPrefix = 'unknown event ';

function toNameSchema(isAllowed: (name: string) => boolean) {
  return z
    .string({ error: ({ input }) => `${unknownEventPrefix}of type ${typeof input}; it must be a text` })
    .refine(isAllowed, { error: ({ input }) => toMessage(String(input)) })
    .meta({ maxLength: maxEventTypeLength });
}

function toMessage(name: string): string {
  const quoted = JSON.stringify(name.slice(0, 80));
  if (name.length > maxEventTypeLength)
    return `${unknownEventPrefix}${quoted}; a name has at most ${maxEventTypeLength} characters`;
  const isReserved = hasEventTypeForm(name) && isReservedEventType(name);
  return isReserved
    ? `${unknownEventPrefix}${quoted}; it is reserved, like test, test.*, unknown and tocsin.*`
    : `${unknownEventPrefix}${quoted}; a name has lower-case parts joined by dots, such as invoice.paid`;
}

/** An event type of the catalog. */
export const eventTypeView = z.object({
  type: z.string(),
  /** The contract that the event belongs to. Null for your own event types. */
  family: z.enum(['authon', 'authforge']).nullable(),
  /** When the event is sent. */
  description: z.string(),
  /** Whether the contract documents the fields of the payload or they are inferred. Null for your own event types. */
  source: z.enum(['documented', 'inferred']).nullable(),
  /** False for the test pings, which cannot be published or subscribed to. */
  subscribable: z.boolean(),
  /** JSON Schema (draft 2020-12) of `data`. */
  schema: z.record(z.string(), z.unknown()),
  /** An example of `data`. */
  example: z.record(z.string(), z.unknown()),
});
export type EventTypeView = z.output<typeof eventTypeView>;
