/* The consumers of the feed of an app: names with a cursor. */

export interface FeedConsumer {
  readonly name: string;
  readonly cursor: string;
  /** Epoch ms. */
  readonly updatedAt: number;
}

export interface FeedConsumerCommit extends FeedConsumer {
  readonly appId: string;
  readonly accountId: string;
  /** The cursor that must be stored. Null: none. Undefined: any. */
  readonly expected: string | null | undefined;
}

export interface FeedConsumerStore {
  /** Returns the consumers of an app by name. */
  list(appId: string): Promise<readonly FeedConsumer[]>;
  find(appId: string, name: string): Promise<FeedConsumer | undefined>;
  /**
   * Stores a cursor by compare-and-set, and creates the consumer. Changes nothing if the stored cursor is not
   * the expected one, or if the consumer is new and the app has `maxConsumers`.
   */
  commit(
    commit: FeedConsumerCommit,
    maxConsumers: number,
  ): Promise<'committed' | 'conflict' | 'limit_reached'>;
  /** Returns whether the consumer existed. */
  delete(appId: string, name: string): Promise<boolean>;
}
