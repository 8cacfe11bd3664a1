import * as z from 'zod';
import { callKey } from './call-key.ts';
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

export const eventTypeView = z
  .object({
    type: z.string().describe('Name of the event type.'),
    family: z
      .enum(['authon', 'authforge'])
      .nullable()
      .describe('The contract that the event belongs to. Null for your own event types.'),
    description: z.string().describe('When the event is sent.'),
    source: z
      .enum(['documented', 'inferred'])
      .nullable()
      .describe(
        'Whether the contract documents the fields of the payload or they are inferred. Null for your ' +
          'own event types.',
      ),
    subscribable: z
      .boolean()
      .describe('False for the test pings, which cannot be published or subscribed to.'),
    schema: z.record(z.string(), z.unknown()).describe('JSON Schema (draft 2020-12) of `data`.'),
    example: z.record(z.string(), z.unknown()).describe('An example of `data`.'),
  })
  .describe('An event type of the catalog.');
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

export const eventPresentation = z
  .strictObject({
    title: messageText.max(100).describe('Heading of the message, at most 100 characters.'),
    kind: z
      .enum(['sign-in', 'removal', 'creation', 'neutral'])
      .describe('What the event is about. Chooses the color of the message.'),
    subject: z
      .string()
      .max(200)
      .optional()
      .describe('A field of `data` that names what the event is about. Default: none.'),
    paragraph: z
      .string()
      .max(200)
      .optional()
      .describe('A field of `data` that is shown as text. Default: none.'),
    fields: z
      .array(
        z.strictObject({
          key: z.string().min(1).max(200).describe('A field of `data`.'),
          label: messageText.max(60).describe('Label of the field, at most 60 characters.'),
          style: z.enum(['name', 'id', 'key', 'time', 'long']).describe('How the value is shown.'),
        }),
      )
      .max(10)
      .readonly()
      .describe('The fields to show, at most 10, in this order.'),
  })
  .describe('The message that chat services get for an event type. Fields that are not listed are left out.');

export const eventTypeRegistration = z
  .strictObject({
    type: eventTypeName.describe(
      'Name of the event type: lower-case parts joined by dots, at most 100 characters.',
    ),
    version: eventVersion
      .optional()
      .describe(
        'A change that breaks receivers or publishers needs a new version, above all others. Default: ' +
          'the newest version; 1 for a new type.',
      ),
    description: z.string().min(1).max(500).describe('When the event is sent, in one sentence.'),
    schema: z
      .record(z.string(), z.unknown())
      .describe("JSON Schema (draft 2020-12) of `data`, at most 64 KiB, with `type: 'object'`."),
    example: z.record(z.string(), z.unknown()).describe('A realistic `data` that matches the schema.'),
    presentation: eventPresentation
      .optional()
      .describe('The message for chat services. Default: a generic message with the fields of the schema.'),
  })
  .describe('An event type to register.');
export type EventTypeRegistration = z.output<typeof eventTypeRegistration>;

export const registerEventTypesInput = z
  .strictObject({
    accountId: accountId
      .nullish()
      .describe(
        'The account that gets the types. Null: all accounts. Only the operator may name another ' +
          "account, or null. Default: the caller's account; the default account for the operator.",
      ),
    eventTypes: z
      .array(eventTypeRegistration)
      .min(1)
      .max(200)
      .describe('The event types, 1 to 200. All are registered, or none.'),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `eventTypes.register`: 1 to 200 event types. All are registered, or none.');
export type RegisterEventTypesInput = z.output<typeof registerEventTypesInput>;

export const registeredEventTypes = z
  .object({
    eventTypes: z
      .array(
        z.object({
          type: z.string().describe('Name of the event type.'),
          version: z.int().describe('Version of the registered definition.'),
          result: z
            .enum(['created', 'updated', 'new_version', 'unchanged'])
            .describe('`updated`: the version was changed in a compatible way.'),
        }),
      )
      .describe('The event types, in the order of the input.'),
  })
  .describe('Result of `eventTypes.register`, in the order of the input.');
export type RegisteredEventTypes = z.output<typeof registeredEventTypes>;

const eventTypeAccount = {
  accountId: accountId
    .optional()
    .describe(
      'The account whose types are meant. Only the operator may name another account. Default: the ' +
        "caller's account; the default account for the operator.",
    ),
};

const eventTypeOrigin = z.enum(['built_in', 'file', 'registered']);

export const listEventTypesInput = z
  .strictObject({
    ...eventTypeAccount,
    prefix: z
      .string()
      .max(maxEventTypeLength)
      .optional()
      .describe('Only types that start with this text, such as `invoice.`.'),
    search: z
      .string()
      .max(maxEventTypeLength)
      .optional()
      .describe('Only types whose name contains this text.'),
    origin: eventTypeOrigin.optional().describe('Only types of this origin.'),
    cursor: z
      .string()
      .min(1)
      .max(maxEventTypeLength)
      .nullish()
      .describe('The `nextCursor` of the previous page. Default: the first page.'),
    limit: pageLimit,
  })
  .prefault({})
  .describe('Input of `eventTypes.list`.');
export type ListEventTypesInput = z.output<typeof listEventTypesInput>;

export const getEventTypeInput = z
  .strictObject({
    ...eventTypeAccount,
    type: storedEventType.describe('Name of the event type.'),
  })
  .describe('Input of `eventTypes.get`.');

export const deleteEventTypeInput = z
  .strictObject({
    accountId: accountId
      .nullish()
      .describe(
        "The account that the type belongs to. Null for a type of all accounts. Default: the caller's " +
          'account; the default account for the operator.',
      ),
    type: eventTypeName.describe('Name of the event type.'),
  })
  .describe('Input of `eventTypes.delete`. Null as the account: a type of all accounts.');

export const eventTypeListItem = eventTypeView
  .extend({
    origin: eventTypeOrigin.describe(
      '`file`: of a catalog that the server was started with. `registered`: of `eventTypes.register`.',
    ),
    accountId: z
      .string()
      .nullable()
      .describe('The account that the type belongs to. Null: all accounts have it.'),
    version: z.int().describe('The newest version.'),
    versions: z.array(z.int()).describe('All versions, oldest first.'),
    pinnableVersions: z
      .array(z.int())
      .describe(
        'The versions that a webhook can be pinned to: the newest one, and those that `downcast` of a ' +
          'typed catalog renders. Oldest first. Empty for registered types, which have no `downcast`.',
      ),
    presentation: eventPresentation
      .nullable()
      .describe('The message for chat services. Null: a built-in or generic one.'),
    updatedAt: z.iso
      .datetime()
      .nullable()
      .describe('When the type was last changed. Null unless the type is registered.'),
  })
  .describe('An event type that an account can use, at its newest version.');
export type EventTypeListItem = z.output<typeof eventTypeListItem>;

export const eventTypeDetail = eventTypeListItem
  .extend({
    history: z
      .array(
        eventTypeListItem
          .pick({ version: true, description: true, schema: true, example: true, presentation: true })
          .extend({
            createdAt: z.iso
              .datetime()
              .nullable()
              .describe('When the version was registered. Null unless the type is registered.'),
            updatedAt: z.iso
              .datetime()
              .nullable()
              .describe('When the version was last changed. Null unless the type is registered.'),
          }),
      )
      .describe('The definitions of all versions, oldest first.'),
  })
  .describe('An event type with the definitions of all versions, oldest first.');
export type EventTypeDetail = z.output<typeof eventTypeDetail>;
