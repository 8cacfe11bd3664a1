import { MongoBulkWriteError, type Filter } from 'mongodb';
import { unknownHealth, type EndpointHealth } from '../../../domain/endpoint-health.ts';
import type { Visibility } from '../../../domain/ports/page-request.ts';
import type {
  EndpointHealthChange,
  EndpointHealthStore,
  UnhealthyWebhooks,
} from '../../../domain/ports/webhook-store.ts';
import type { Collections } from '../documents/collections.ts';
import { toVisibilityQuery } from '../driver/visibility.ts';
import { findLastSuccess } from './last-success.ts';
import { toHealth, toHealthFields, type EndpointHealthDoc } from '../documents/webhook.ts';
import { findUnhealthyWebhooks } from './unhealthy-webhooks.ts';

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

  /** Seeks from one account to the next. */
  async listAccountsWithFailing(after: string | undefined, limit: number): Promise<string[]> {
    const found: string[] = [];
    while (found.length < limit) {
      const last = found.at(-1) ?? after;
      const doc = await this.#collections.health.findOne(
        { accountId: last === undefined ? { $gte: '' } : { $gt: last }, failuresInARow: { $gt: 0 } },
        { projection: { accountId: 1 }, sort: { accountId: 1, failuresInARow: -1 } },
      );
      if (doc === null) break;
      found.push(doc.accountId);
    }
    return found;
  }

  async findUnhealthy(visibility: Visibility, limit: number): Promise<UnhealthyWebhooks> {
    return await findUnhealthyWebhooks(this.#collections, visibility, limit);
  }

  async getForDisplay(ids: readonly string[]): Promise<Map<string, EndpointHealth>> {
    const docs = await this.#collections.health.find({ _id: { $in: [...ids] } }).toArray();
    const byId = new Map(docs.map((doc) => [doc._id, doc]));
    const found = new Map<string, EndpointHealth>();
    for (let start = 0; start < ids.length; start += displayBatch) {
      await Promise.all(
        ids.slice(start, start + displayBatch).map(async (id) => {
          const doc = byId.get(id);
          const health = doc === undefined ? unknownHealth : toHealth(doc);
          const succeededAt = await findLastSuccess(this.#collections, id);
          const isCounted = succeededAt > Math.max(health.lastSuccessAt ?? 0, doc?.resetAt?.getTime() ?? 0);
          found.set(id, isCounted ? { ...health, lastSuccessAt: succeededAt } : health);
        }),
      );
    }
    return found;
  }

  /** A document that keeps its health does not match, so that the upsert fails on its id. */
  async save(changes: readonly EndpointHealthChange[]): Promise<readonly string[]> {
    if (changes.length === 0) return [];
    try {
      await this.#collections.health.bulkWrite(
        changes.map((change) => ({
          updateOne: { filter: toFenceFilter(change), update: toUpdate(change), upsert: true },
        })),
        { ordered: false },
      );
      return [];
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError)) throw error;
      // The driver returns a single error without a list.
      const errors = [error.writeErrors].flat();
      if (errors.length === 0 || !errors.every(({ code }) => code === duplicateKey)) throw error;
      return errors.flatMap(({ index }) => changes[index]?.webhook.id ?? []);
    }
  }
}

/** Concurrent look-ups of the newest success. */
const displayBatch = 16;

const duplicateKey = 11_000;

/** Matches a document that no process with a later epoch has written, and that has no result after this health. */
function toFenceFilter({ webhook, health, epoch }: EndpointHealthChange): Filter<EndpointHealthDoc> {
  const { failingSince, lastSuccessAt } = health;
  const fenced: Filter<EndpointHealthDoc> = { _id: webhook.id, epoch: { $not: { $gt: epoch } } };
  if (failingSince !== null) {
    const notAfter = { $not: { $gt: new Date(failingSince) } };
    return { ...fenced, lastSuccessAt: notAfter, resetAt: notAfter };
  }
  return lastSuccessAt === null
    ? fenced
    : { ...fenced, failingSince: { $not: { $gt: new Date(lastSuccessAt) } } };
}

function toUpdate({ webhook: { appId, accountId }, health, epoch }: EndpointHealthChange) {
  const { lastSuccessAt, ...fields } = toHealthFields(health);
  return {
    $set: { ...fields, appId, accountId, epoch },
    // A process that has not loaded the health yet has no earlier success.
    $max: { lastSuccessAt },
  };
}
