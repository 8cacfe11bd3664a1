import * as z from 'zod';
import { authforgeEvents } from './authforge.ts';
import { authonEvents } from './authon.ts';
import type { EventDefinition, Contract } from './definition.ts';

/** Every event that exists, by its name on the wire. The one source of types, validation, JSON Schema and docs. */
export const eventCatalog = { ...authonEvents, ...authforgeEvents } as const;

type Catalog = typeof eventCatalog;

/** The name of any cataloged event, the test pings included. */
export type AnyEventType = keyof Catalog;

/** The name of an event that can be published and subscribed. */
export type EventType = Exclude<AnyEventType, 'test' | 'test.ping'>;

/** Drops the index signature that a loose schema brings, so that a misspelt field does not compile. */
type KnownFields<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

/**
 * The `data` of one event.
 *
 * @example
 * const data: EventPayload<'user.ban'> = { userId: 'u1', username: 'mallory', reason: 'spam', bannedBy: 'root', appId: 'a1' };
 */
export type EventPayload<TType extends AnyEventType = AnyEventType> = {
  [K in TType]: KnownFields<z.output<Catalog[K]['schema']>>;
}[TType];

/** The `data` a publisher gives: as the payload, but `appId` may be left out and is filled from the call. */
export type PublishData<TType extends EventType = EventType> = {
  [K in TType]: Omit<EventPayload<K>, 'appId'> & { appId?: string | undefined };
}[TType];

export const anyEventTypes: readonly AnyEventType[] = Object.keys(eventCatalog).filter(isAnyEventType);

/** The 15 events that can be published and subscribed, in the order of the two documents. */
export const eventTypes: readonly EventType[] = anyEventTypes.filter(isEventType);

/** The events of one family: what a REST mount lets its webhooks subscribe. */
export function eventTypesFor(family: Contract): readonly EventType[] {
  return eventTypes.filter((type) => eventCatalog[type].family === family);
}

export function isAnyEventType(name: string): name is AnyEventType {
  return Object.hasOwn(eventCatalog, name);
}

export function isEventType(name: string): name is EventType {
  return isAnyEventType(name) && eventCatalog[name].subscribable;
}

export function getEventDefinition(type: AnyEventType): EventDefinition {
  return eventCatalog[type];
}

/** JSON Schema (draft 2020-12) of an event's `data`. */
export function payloadJsonSchema(type: AnyEventType): Record<string, unknown> {
  return z.toJSONSchema(eventCatalog[type].schema, { target: 'draft-2020-12' });
}
