import type { CallOptions } from '../call-options.ts';
import type { ClientConfig } from '../options.ts';
import type { CallProcedure } from '../procedures/call.ts';
import type { UntypedStreamEvent } from '../subscribe/positioned-event.ts';
import type { FeedPage, FeedReadInput } from './types.ts';

/** What consumers need of the feed of an app. */
export interface FeedDeps {
  readonly config: ClientConfig;
  readonly appId: string;
  /** Not ended by `close` of the client, so that a consumer can store its last cursor. */
  readonly call: CallProcedure;
  /** Aborts when the client closes. */
  readonly closing: AbortSignal;
  readonly read: (input: FeedReadInput<string>, options?: CallOptions) => Promise<UntypedPage>;
}

export type UntypedPage = FeedPage<UntypedStreamEvent>;
