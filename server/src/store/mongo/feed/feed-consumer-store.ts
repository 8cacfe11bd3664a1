import type {
  FeedConsumer,
  FeedConsumerCommit,
  FeedConsumerStore,
} from '../../../domain/ports/feed-consumers.ts';
import type { Collections } from '../documents/collections.ts';
import type { FeedConsumersDoc } from '../documents/feed.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';

const majority = { readConcern: { level: 'majority' } } as const;

/** The consumers of an app are one document, so that their number has an exact limit. */
export class MongoFeedConsumerStore implements FeedConsumerStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async list(appId: string): Promise<readonly FeedConsumer[]> {
    const doc = await this.#collections.feedConsumers.findOne({ _id: appId }, majority);
    return (doc?.consumers ?? []).map(toConsumer).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async find(appId: string, name: string): Promise<FeedConsumer | undefined> {
    return (await this.list(appId)).find((consumer) => consumer.name === name);
  }

  async commit(
    commit: FeedConsumerCommit,
    maxConsumers: number,
  ): Promise<'committed' | 'conflict' | 'limit_reached'> {
    const { expected, appId, name } = commit;
    if (expected !== null && (await this.#move(commit))) return 'committed';
    if (typeof expected === 'string') return 'conflict';
    if (await this.#create(commit, maxConsumers)) return 'committed';
    const isThere = (await this.find(appId, name)) !== undefined;
    if (!isThere) return 'limit_reached';
    if (expected === null) return 'conflict';
    // Another call has created it in the meantime.
    return (await this.#move(commit)) ? 'committed' : 'conflict';
  }

  async #move({ appId, name, cursor, updatedAt, expected }: FeedConsumerCommit): Promise<boolean> {
    const one = { name, ...(typeof expected === 'string' ? { cursor: expected } : {}) };
    const result = await this.#collections.feedConsumers.updateOne(
      { _id: appId, consumers: { $elemMatch: one } },
      { $set: { 'consumers.$.cursor': cursor, 'consumers.$.updatedAt': new Date(updatedAt) } },
    );
    return result.matchedCount === 1;
  }

  async #create(commit: FeedConsumerCommit, maxConsumers: number): Promise<boolean> {
    const { appId, accountId, name, cursor, updatedAt } = commit;
    const consumer = { name, cursor, updatedAt: new Date(updatedAt) };
    try {
      const result = await this.#collections.feedConsumers.updateOne(
        {
          _id: appId,
          'consumers.name': { $ne: name },
          [`consumers.${maxConsumers - 1}`]: { $exists: false },
        },
        { $push: { consumers: consumer }, $setOnInsert: { accountId } },
        { upsert: true },
      );
      return result.matchedCount + result.upsertedCount === 1;
    } catch (error) {
      // The document exists and does not match.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async delete(appId: string, name: string): Promise<boolean> {
    const result = await this.#collections.feedConsumers.updateOne(
      { _id: appId },
      { $pull: { consumers: { name } } },
    );
    return result.modifiedCount === 1;
  }
}

function toConsumer({ name, cursor, updatedAt }: FeedConsumersDoc['consumers'][number]): FeedConsumer {
  return { name, cursor, updatedAt: updatedAt.getTime() };
}
