/**
 * The event catalog as zod schemas, with a description and an example of each event.
 *
 * @module
 */
export {
  anyEventTypes,
  authforgeCatalog,
  authonCatalog,
  getEventDefinition,
  eventCatalog,
  eventTypes,
  eventTypesFor,
  isAnyEventType,
  isEventType,
  operationalCatalog,
  payloadJsonSchema,
} from '@tocsin/shared';
export type {
  AnyEventType,
  AuthforgeEvents,
  AuthonEvents,
  BuiltInEvents,
  BuiltInSides,
  Catalog,
  EventDefinition,
  Contract,
  EventPayload,
  EventType,
  OperationalEvents,
  PayloadSource,
  PublishData,
} from '@tocsin/shared';
export { parseEvent } from './receiver/parse-event.ts';
export type { KnownEvent, ReceivedEvent, UnknownEvent, WebhookEvent } from './receiver/event.ts';
export type { RawEvent } from './receiver/verify-raw.ts';
