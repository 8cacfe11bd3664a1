import type { EndpointHealth } from '../../../domain/endpoint-health.ts';
import type { Visibility } from '../../../domain/ports/page-request.ts';
import type { EndpointHealthChange, EndpointHealthStore } from '../../../domain/ports/webhook-store.ts';
import type { Collections } from '../documents/collections.ts';
import { toVisibilityQuery } from '../driver/visibility.ts';
import { toHealth, toHealthFields } from '../documents/webhook.ts';

export class MongoEndpointHealthStore implements EndpointHealthStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async get(ids: readonly string[]): Promise<Map<string, EndpointHealth>> {
    const docs = await this.#collections.health.find({ _id: { $in: [...ids] } }).toArray();
    return new Map(docs.map((doc) => [doc._id, toHealth(doc)]));
  }

  async findFailing(visibility: Visibility, limit: number): Promise<string[]> {
    const docs = await this.#collections.health
      .find({ ...toVisibilityQuery(visibility), failuresInARow: { $gt: 0 } }, { projection: { _id: 1 } })
      .sort({ failuresInARow: -1 })
      .limit(limit)
      .toArray();
    return docs.map((doc) => doc._id);
  }

  /** The last write wins: all processes observe the same endpoint. */
  async save(changes: readonly EndpointHealthChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.#collections.health.bulkWrite(
      changes.map(({ webhook: { id, appId, accountId }, health }) => ({
        updateOne: {
          filter: { _id: id },
          update: { $set: { ...toHealthFields(health), appId, accountId } },
          upsert: true,
        },
      })),
      { ordered: false, writeConcern: { w: 1 } },
    );
  }
}
