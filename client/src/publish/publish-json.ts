import type { CallOptions } from '../call-options.ts';
import type { PublishOutcome } from './types.ts';

/** Names a method of the client that only other entries of this package call. */
export const publishJson: unique symbol = Symbol.for('tocsin.publish-json') as never;

/** Publishes an event whose text was made earlier, so that its numbers keep their digits. */
export interface JsonPublisher {
  readonly [publishJson]: (text: string, options?: CallOptions) => Promise<PublishOutcome>;
}
