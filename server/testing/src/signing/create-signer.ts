import type { BuiltInEvents, CatalogFor, EventData, EventName, EventsOf, NameArg } from '@tocsin/client';
import { toMessage, toRequest, type SignedMessage, type SigningOptions } from './signed-request.ts';

/** Options of `createSigner`: defaults for each request. */
export interface SignerOptions<C> extends SigningOptions {
  /** The catalog of the events. Its schemas also check the data when the test runs. @default no check */
  readonly catalog?: CatalogFor<C> | undefined;
}

/** Signs requests for one receiver. `E` is its map of events. */
export interface Signer<E> {
  /** Returns a request as Tocsin sends it. */
  request<K extends EventName<E> | (string & {})>(
    type: NameArg<K, EventName<E>>,
    data: EventData<K, E>,
    options?: Partial<SigningOptions>,
  ): Request;
  /** Like `request`, but returns its parts, for `fetch`, supertest and others. */
  message<K extends EventName<E> | (string & {})>(
    type: NameArg<K, EventName<E>>,
    data: EventData<K, E>,
    options?: Partial<SigningOptions>,
  ): SignedMessage;
}

/**
 * Returns `signedRequest` and `signedMessage` with the secret of one receiver. Its events need no catalog: a map of
 * them, such as `tocsin types` writes, is enough.
 *
 * @typeParam C a map of events or the type of a catalog; by default the built-in events
 * @example
 * const signer = createSigner<Shop>({ secret });
 * const response = await app.fetch(signer.request('order.paid', order, { stale: true }));
 */
export function createSigner<C = BuiltInEvents>(defaults: SignerOptions<C>): Signer<EventsOf<C>> {
  return {
    request: (type, data, options) => toRequest(toMessage(type, data, { ...defaults, ...options })),
    message: (type, data, options) => toMessage(type, data, { ...defaults, ...options }),
  };
}
