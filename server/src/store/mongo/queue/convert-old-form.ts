import type { AnyBulkWriteOperation, Document, Filter } from 'mongodb';
import { toPartition } from '../../../domain/partition.ts';
import type { Collections } from '../documents/collections.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import type { EventDoc } from '../documents/event.ts';
import { allPartitions } from './entry.ts';
import { withHint } from '../driver/read-list.ts';
import { findInChunks } from '../driver/chunks.ts';

/*
 * Releases before the partitions kept the due time and the lease of an entry in `due` and `lease`, and those of
 * a waiting delivery, too. A process of such a release that only serves the API still writes entries like that.
 * Their partial indexes remain, which cost nothing while no document has these fields.
 */

/** Fields of the old form that no release writes any more. */
interface OldFields {
  due?: Date;
  lease?: string;
}

const inOldForm = { due: { $gte: new Date(0) } };
const oldFields = { due: '', lease: '', lane: '', gapSince: '' } as const;

/**
 * Converts up to `limit` entries and `limit` deliveries. Idempotent, and safe beside an old process: each write
 * repeats the due time that was read. Returns the number of documents found.
 */
export async function convertOldForm(collections: Collections, limit: number): Promise<number> {
  return (await convertEntries(collections, limit)) + (await convertDeliveries(collections, limit));
}

async function convertEntries({ events }: Collections, limit: number): Promise<number> {
  const carriers = await withHint('open_by_lane', (options) =>
    events
      // `as`: the types have no fields of the old form.
      .find<EventDoc & OldFields>(inOldForm as Filter<EventDoc>, {
        ...options,
        projection: { batch: 1, targets: 1, due: 1 },
      })
      .limit(limit)
      .toArray(),
  );
  if (carriers.length === 0) return 0;
  const memberIds = carriers.flatMap(({ batch = [] }) => batch);
  const members = await findInChunks(memberIds, (some) =>
    events.find({ _id: { $in: some } }, { projection: { targets: 1 } }).toArray(),
  );
  const targets = new Map(members.map((doc) => [doc._id, doc.targets]));
  await events.bulkWrite(
    carriers.flatMap((carrier): AnyBulkWriteOperation<EventDoc>[] => {
      const { _id, batch = [_id], due } = carrier;
      const known = batch.map((id) => (id === _id ? carrier.targets : targets.get(id)));
      // The targets of an event that may still be inserted are not known.
      const isWhole = known.every((some) => some !== undefined);
      const open = isWhole
        ? [...new Set(known.flatMap((some) => some ?? []).map(toPartition))]
        : [...allPartitions];
      const change: Document = {
        ...(open.length === 0 ? {} : { $set: { open } }),
        $unset: { ...oldFields, ...(open.length === 0 ? { batch: '', owners: '' } : {}) },
      };
      return [
        { updateMany: { filter: { _id: { $in: batch, $ne: _id } }, update: { $set: { entry: _id } } } },
        { updateOne: { filter: { _id, due }, update: change } },
      ];
    }),
    { ordered: true },
  );
  return carriers.length;
}

async function convertDeliveries({ deliveries }: Collections, limit: number): Promise<number> {
  const docs = await withHint('due', (options) =>
    deliveries
      // `as`: the types have no fields of the old form.
      .find<DeliveryDoc & OldFields>(inOldForm as Filter<DeliveryDoc>, {
        ...options,
        projection: { webhookId: 1, due: 1 },
      })
      .limit(limit)
      .toArray(),
  );
  if (docs.length === 0) return 0;
  await deliveries.bulkWrite(
    docs.map((doc): AnyBulkWriteOperation<DeliveryDoc> => {
      const change: Document = {
        $set: { partition: toPartition(doc.webhookId), nextAt: doc.due },
        $inc: { rev: 1 },
        $unset: { due: '', lease: '' },
      };
      return { updateOne: { filter: { _id: doc._id, due: doc.due }, update: change } };
    }),
    { ordered: false },
  );
  return docs.length;
}
