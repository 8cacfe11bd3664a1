import * as z from 'zod';
import { authforgeEvents } from './authforge.ts';
import { authonEvents } from './authon.ts';
import type { EventDefinition, Contract } from './definition.ts';

/** Every event type by its name: the source of types, validation, JSON Schema and documentation. */
export const eventCatalog = { ...authonEvents, ...authforgeEvents } as const;

type Catalog = typeof eventCatalog;

/** Name of any event type, including the test pings. */
export type AnyEventType = keyof Catalog;

/** Name of an event type that can be published and subscribed to. */
export type EventType = Exclude<AnyEventType, 'test' | 'test.ping'>;

/** Removes the index signature of a loose schema, so that a misspelled field does not compile. */
type KnownFields<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

/**
 * The `data` of an event.
 *
 * @example
 * const data: EventPayload<'user.ban'> = {
 *   userId: 'u1',
 *   username: 'mallory',
 *   reason: 'spam',
 *   bannedBy: 'root',
 *   appId: 'a1',
 * };
 */
export type EventPayload<TType extends AnyEventType = AnyEventType> = {
  [K in TType]: KnownFields<z.output<Catalog[K]['schema']>>;
}[TType];

/** The `data` of an event to publish: its payload, with `appId` optional because the call supplies it. */
export type PublishData<TType extends EventType = EventType> = {
  [K in TType]: Omit<EventPayload<K>, 'appId'> & { appId?: string | undefined };
}[TType];

/** Names of all event types, including the test pings. */
export const anyEventTypes: readonly AnyEventType[] = Object.keys(eventCatalog).filter(isAnyEventType);

/** Names of the event types that can be published and subscribed to, in the order of the two contracts. */
export const eventTypes: readonly EventType[] = anyEventTypes.filter(isEventType);

/** Names of the event types of one contract: those that webhooks of its REST mount can subscribe to. */
export function eventTypesFor(family: Contract): readonly EventType[] {
  return eventTypes.filter((type) => eventCatalog[type].family === family);
}

/** Whether a name is that of an event type, including the test pings. */
export function isAnyEventType(name: string): name is AnyEventType {
  return Object.hasOwn(eventCatalog, name);
}

/** Whether a name is that of an event type that can be published and subscribed to. */
export function isEventType(name: string): name is EventType {
  return isAnyEventType(name) && eventCatalog[name].subscribable;
}

/** Returns the description, schema and example of an event type. */
export function getEventDefinition(type: AnyEventType): EventDefinition {
  return eventCatalog[type];
}

/** Returns the JSON Schema (draft 2020-12) of the `data` of an event type. */
export function payloadJsonSchema(type: AnyEventType): Record<string, unknown> {
  return z.toJSONSchema(eventCatalog[type].schema, { target: 'draft-2020-12' });
}
