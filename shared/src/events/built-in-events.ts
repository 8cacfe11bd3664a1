import type { Sides } from '../catalog/event-map.ts';
import type { authforgeEvents } from './authforge.ts';
import type { authonEvents } from './authon.ts';
import type { AnyEventType, EventPayload, EventType, PublishData } from './catalog.ts';

/**
 * The sides of a built-in event. Publishing supplies `appId` if `data` has none, so it is on the wire and
 * optional before.
 */
export interface BuiltInSides<TInput extends object, TOutput extends object> extends Sides<TInput, TOutput> {
  readonly wire: TOutput;
}

// Through a conditional: the result has no alias, so errors show plain fields.
type Plain<T> = T extends object ? { [K in keyof T]: T[K] } : never;

type SidesFor<TType extends EventType> = {
  [K in TType]: BuiltInSides<Plain<PublishData<K>>, Plain<EventPayload<K>>>;
};

/** The events of Authon, to publish and to receive. */
export interface AuthonEvents extends SidesFor<Exclude<keyof typeof authonEvents, 'test'>> {}

/** The events of AuthForge, to publish and to receive. */
export interface AuthforgeEvents extends SidesFor<Exclude<keyof typeof authforgeEvents, 'test.ping'>> {}

/** The built-in events, to publish and to subscribe to. The types of a client without a catalog. */
export interface BuiltInEvents extends AuthonEvents, AuthforgeEvents {}

type Received = {
  [K in Exclude<AnyEventType, EventType>]: BuiltInSides<Plain<EventPayload<K>>, Plain<EventPayload<K>>>;
};

/** The built-in events that a receiver gets: also the test pings. The types of a receiver without a catalog. */
export interface ReceivedBuiltInEvents extends BuiltInEvents, Received {}
