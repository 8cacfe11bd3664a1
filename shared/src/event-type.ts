import * as z from 'zod';
import { isEventPattern } from './catalog/event-pattern.ts';
import {
  findEventTypeNameFault,
  hasEventTypeForm,
  isReservedEventType,
  maxEventTypeLength,
} from './catalog/event-type-name.ts';
import { accountId } from './ids.ts';
import { pageLimit } from './paging.ts';
import { toMissing } from './problems/words.ts';

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

/** Selects stored events by type: a name, also of a test ping, or a pattern. */
export const storedEventSelector = toNameSchema(
  (name) => isEventPattern(name) || findEventTypeNameFault(name, { allowReserved: true }) === undefined,
);

/** What the messages begin with. The server gives these errors the code UNKNOWN_EVENT. */
export const unknownEventPrefix = 'unknown event ';

function toNameSchema(isAllowed: (name: string) => boolean) {
  return z
    .string({ error: ({ input }) => toTypeMessage(input) })
    .refine(isAllowed, { error: ({ input }) => toMessage(String(input)) })
    .meta({ maxLength: maxEventTypeLength });
}

function toTypeMessage(value: unknown): string {
  if (value === undefined) return toMissing('an event type, such as invoice.paid');
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return `${unknownEventPrefix}of type ${type}; it must be a string, such as invoice.paid`;
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

/** Version of an event type: a whole number from 1. */
export const eventVersion = z.int().min(1).max(1_000_000);

/** Without characters that chat services could read as markup or mentions. */
const messageText = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} .,:;()/'%+-]*$/u,
    'must have letters, digits, spaces and simple punctuation only',
  );

/** The message that chat services get for an event type. Fields that are not listed are left out. */
export const eventPresentation = z.strictObject({
  title: messageText.max(100),
  kind: z.enum(['sign-in', 'removal', 'creation', 'neutral']),
  subject: z.string().max(200).optional(),
  paragraph: z.string().max(200).optional(),
  fields: z
    .array(
      z.strictObject({
        key: z.string().min(1).max(200),
        label: messageText.max(60),
        style: z.enum(['name', 'id', 'key', 'time', 'long']),
      }),
    )
    .max(10)
    .readonly(),
});

/** An event type to register. */
export const eventTypeRegistration = z.strictObject({
  type: eventTypeName,
  /**
   * A change that breaks receivers or publishers needs a new version, above all others.
   * @default the newest version; 1 for a new type
   */
  version: eventVersion.optional(),
  /** When the event is sent, in one sentence. */
  description: z.string().min(1).max(500),
  /** JSON Schema (draft 2020-12) of `data`, at most 64 KiB, with `type: 'object'`. */
  schema: z.record(z.string(), z.unknown()),
  /** A realistic `data` that matches the schema. */
  example: z.record(z.string(), z.unknown()),
  /**
   * The message for chat services.
   * @default a generic message with the fields of the schema
   */
  presentation: eventPresentation.optional(),
});
export type EventTypeRegistration = z.output<typeof eventTypeRegistration>;

/** Input of `eventTypes.register`: 1 to 200 event types. All are registered, or none. */
export const registerEventTypesInput = z.strictObject({
  /**
   * The account that gets the types. Null: all accounts. Only the operator may name another account, or null.
   * @default the caller's account; the default account for the operator
   */
  accountId: accountId.nullish(),
  eventTypes: z.array(eventTypeRegistration).min(1).max(200),
});
export type RegisterEventTypesInput = z.output<typeof registerEventTypesInput>;

/** Result of `eventTypes.register`, in the order of the input. */
export const registeredEventTypes = z.object({
  eventTypes: z.array(
    z.object({
      type: z.string(),
      version: z.int(),
      /** `updated`: the version was changed in a compatible way. */
      result: z.enum(['created', 'updated', 'new_version', 'unchanged']),
    }),
  ),
});
export type RegisteredEventTypes = z.output<typeof registeredEventTypes>;

const eventTypeAccount = {
  /**
   * The account whose types are meant. Only the operator may name another account.
   * @default the caller's account; the default account for the operator
   */
  accountId: accountId.optional(),
};

const eventTypeOrigin = z.enum(['built_in', 'file', 'registered']);

/** Input of `eventTypes.list`. */
export const listEventTypesInput = z
  .strictObject({
    ...eventTypeAccount,
    /** Only types that start with this text, such as `invoice.`. */
    prefix: z.string().max(maxEventTypeLength).optional(),
    /** Only types whose name contains this text. */
    search: z.string().max(maxEventTypeLength).optional(),
    /** Only types of this origin. */
    origin: eventTypeOrigin.optional(),
    cursor: z.string().min(1).max(maxEventTypeLength).nullish(),
    limit: pageLimit,
  })
  .prefault({});
export type ListEventTypesInput = z.output<typeof listEventTypesInput>;

/** Input of `eventTypes.get`. */
export const getEventTypeInput = z.strictObject({ ...eventTypeAccount, type: storedEventType });

/** Input of `eventTypes.delete`. Null as the account: a type of all accounts. */
export const deleteEventTypeInput = z.strictObject({ accountId: accountId.nullish(), type: eventTypeName });

/** An event type that an account can use, at its newest version. */
export const eventTypeListItem = eventTypeView.extend({
  /** `file`: of a catalog that the server was started with. `registered`: of `eventTypes.register`. */
  origin: eventTypeOrigin,
  /** The account that the type belongs to. Null: all accounts have it. */
  accountId: z.string().nullable(),
  /** The newest version. */
  version: z.int(),
  /** All versions, oldest first. */
  versions: z.array(z.int()),
  /**
   * The versions that a webhook can be pinned to: the newest one, and those that `downcast` of a typed catalog
   * renders. Oldest first. Empty for registered types, which have no `downcast`.
   */
  pinnableVersions: z.array(z.int()),
  /** The message for chat services. Null: a built-in or generic one. */
  presentation: eventPresentation.nullable(),
  /** Null unless the type is registered. */
  updatedAt: z.iso.datetime().nullable(),
});
export type EventTypeListItem = z.output<typeof eventTypeListItem>;

/** An event type with the definitions of all versions, oldest first. */
export const eventTypeDetail = eventTypeListItem.extend({
  history: z.array(
    eventTypeListItem
      .pick({ version: true, description: true, schema: true, example: true, presentation: true })
      .extend({
        createdAt: z.iso.datetime().nullable(),
        updatedAt: z.iso.datetime().nullable(),
      }),
  ),
});
export type EventTypeDetail = z.output<typeof eventTypeDetail>;
