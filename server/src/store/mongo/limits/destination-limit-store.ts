import { ObjectId } from 'mongodb';
import type { DestinationLimit, DestinationLimitStore } from '../../../domain/ports/destination-limits.ts';
import type { Collections } from '../documents/collections.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';

/** One document for each limit, which a TTL index removes after its end. */
export class MongoDestinationLimitStore implements DestinationLimitStore {
  readonly #collections: Pick<Collections, 'destinationLimits' | 'notifications'>;

  constructor(collections: Pick<Collections, 'destinationLimits' | 'notifications'>) {
    this.#collections = collections;
  }

  async save(limits: readonly DestinationLimit[]): Promise<void> {
    const docs = limits.map(({ key, until }) => ({ key, until: new Date(until) }));
    try {
      await this.#upsert(docs);
    } catch (error) {
      // Another process inserted a document at the same time.
      if (!isDuplicateKey(error)) throw error;
      await this.#upsert(docs);
    }
    // After a lost notification, other processes find the limit by themselves.
    await this.#collections.notifications
      .insertOne({ _id: new ObjectId(), kind: 'limits', limits: docs }, { writeConcern: { w: 1 } })
      .catch(() => undefined);
  }

  /** A limit that a failover loses is found again by the next response, so no majority is needed. */
  async #upsert(docs: readonly { readonly key: string; readonly until: Date }[]): Promise<void> {
    await this.#collections.destinationLimits.bulkWrite(
      docs.map(({ key, until }) => ({
        updateOne: { filter: { _id: key }, update: { $max: { until } }, upsert: true },
      })),
      { ordered: false, writeConcern: { w: 1 } },
    );
  }

  async findActive(now: number, count: number): Promise<DestinationLimit[]> {
    const docs = await this.#collections.destinationLimits
      .find({ until: { $gt: new Date(now) } })
      .sort({ until: -1 })
      .limit(count)
      .toArray();
    return docs.map(({ _id, until }) => ({ key: _id, until: until.getTime() }));
  }
}
