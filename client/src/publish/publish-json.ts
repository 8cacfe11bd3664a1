import type { AnyCatalog } from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import type { PublishOutcome } from './types.ts';

/** Names a method of the client that only other entries of this package call. */
export const publishJson: unique symbol = Symbol.for('tocsin.publish-json') as never;

/** Options beside the text of an event. */
export interface JsonCallOptions extends CallOptions {
  /** The app of the event, whose share of the queue it takes. */
  readonly appId: string;
}

/** Publishes an event whose text was made earlier, so that its numbers keep their digits. */
export interface PublishJson<E> {
  (text: string, options?: JsonCallOptions): Promise<PublishOutcome>;
  /** The client's map of events, for the compiler only. */
  readonly events?: E;
}

/** Names the catalog of a client, which its outbox uses. */
export const clientCatalog: unique symbol = Symbol.for('tocsin.catalog') as never;

/** Names another such method. */
export const publishInOrder: unique symbol = Symbol.for('tocsin.publish-in-order') as never;

/**
 * Publishes events in one request, each given as text. The server stores the events of each app in their order,
 * and none after one that may be accepted later. Sends the request once.
 *
 * @returns one outcome for each event, in the same order
 * @throws TocsinClientError if the request fails
 */
export type PublishInOrder = (texts: readonly string[], options?: CallOptions) => Promise<PublishOutcome[]>;

/** A client that publishes events of the map `E`. */
export interface JsonPublisher<E = unknown> {
  /** The catalog of the client, for its outbox. */
  readonly [clientCatalog]?: AnyCatalog | undefined;
  readonly [publishJson]: PublishJson<E>;
  readonly [publishInOrder]: PublishInOrder;
}
