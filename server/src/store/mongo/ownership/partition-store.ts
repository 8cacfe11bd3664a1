import { MongoBulkWriteError, type AnyBulkWriteOperation } from 'mongodb';
import type {
  OwnershipView,
  PartitionClaim,
  PartitionRecord,
  PartitionStore,
} from '../../../domain/ports/ownership.ts';
import type { Collections } from '../documents/collections.ts';
import {
  partitionIds,
  toPartitionRecord,
  toProcess,
  type PartitionDoc,
  type ProcessDoc,
} from '../documents/ownership.ts';
import { duplicateKeyCode } from '../driver/duplicate-key.ts';

type ViewDoc = (PartitionDoc | ProcessDoc) & { readonly now: Date };

const majority = { readConcern: { level: 'majority' } } as const;

/**
 * One document for each partition. A change of an owner names the owner and the epoch that it replaces, one
 * statement for each partition and one command for all.
 */
export class MongoPartitionStore implements PartitionStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async read(): Promise<OwnershipView> {
    const { partitions, processes } = this.#collections;
    const docs = await partitions
      .aggregate<ViewDoc>(
        [
          { $match: { _id: { $in: partitionIds } } },
          {
            $unionWith: {
              coll: processes.collectionName,
              // Reads the index of `_id`: ids are not empty.
              pipeline: [{ $match: { _id: { $gt: '' } } }],
            },
          },
          { $addFields: { now: '$$NOW' } },
        ],
        majority,
      )
      .toArray();
    const known = new Map(docs.filter(isPartition).map((doc) => [doc._id, toPartitionRecord(doc)]));
    return {
      now: docs[0]?.now.getTime() ?? 0,
      processes: docs.flatMap((doc) => (isPartition(doc) ? [] : [toProcess(doc)])),
      partitions: partitionIds.map(
        (partition) => known.get(partition) ?? { partition, owner: null, epoch: 0, wanted: null },
      ),
    };
  }

  async take(claims: readonly PartitionClaim[], owner: string): Promise<readonly number[]> {
    if (claims.length === 0) return [];
    const changed = await this.#write(
      claims.map(({ partition, epoch, owner: previous }) => ({
        updateOne: {
          filter: { _id: partition, owner: previous, epoch },
          update: { $set: { owner, epoch: epoch + 1, wanted: null } },
          // A partition that was never owned has no document.
          upsert: epoch === 0,
        },
      })),
    );
    if (changed === claims.length) return claims.map(({ partition }) => partition);
    const epochs = new Map(claims.map(({ partition, epoch }) => [partition, epoch + 1]));
    const found = await this.#collections.partitions
      .find({ _id: { $in: [...epochs.keys()] }, owner }, majority)
      .toArray();
    return found.filter(({ _id, epoch }) => epochs.get(_id) === epoch).map(({ _id }) => _id);
  }

  async handOver(claims: readonly (PartitionClaim & { readonly newOwner: string | null })[]): Promise<void> {
    await this.#write(
      claims.map(({ partition, epoch, owner, newOwner }) => ({
        updateOne: {
          filter: { _id: partition, owner, epoch },
          update: { $set: { owner: newOwner, epoch: epoch + 1, wanted: null } },
        },
      })),
    );
  }

  async releaseAll(owner: string): Promise<void> {
    await this.#collections.partitions.updateMany(
      { _id: { $in: [...partitionIds] }, owner },
      { $set: { owner: null, wanted: null }, $inc: { epoch: 1 } },
    );
  }

  async setWanted(records: readonly PartitionRecord[], wanted: string | null): Promise<void> {
    await this.#write(
      records.map(({ partition, owner, epoch, wanted: previous }) => ({
        updateOne: {
          filter: { _id: partition, owner, epoch, wanted: previous },
          update: { $set: { wanted } },
        },
      })),
    );
  }

  /** Returns the number of changed documents. Another process may have inserted a document first. */
  async #write(operations: AnyBulkWriteOperation<PartitionDoc>[]): Promise<number> {
    if (operations.length === 0) return 0;
    try {
      const result = await this.#collections.partitions.bulkWrite(operations, { ordered: false });
      return result.matchedCount + result.upsertedCount;
    } catch (error) {
      if (!isOnlyDuplicateKeys(error)) throw error;
      return error.matchedCount + error.upsertedCount;
    }
  }
}

function isPartition<TDoc extends PartitionDoc | ProcessDoc>(doc: TDoc): doc is TDoc & PartitionDoc {
  return typeof doc._id === 'number';
}

function isOnlyDuplicateKeys(error: unknown): error is MongoBulkWriteError {
  if (!(error instanceof MongoBulkWriteError)) return false;
  const errors = [error.writeErrors].flat();
  // Empty if only the write concern failed.
  return errors.length > 0 && errors.every(({ code }) => code === duplicateKeyCode);
}
