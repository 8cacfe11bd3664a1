import { lowestIdAt } from '../../../domain/ids.ts';
import type {
  DeliveryQueue,
  DeliveryResult,
  DueDelivery,
  EntryClosing,
  EntrySearch,
  OpenEntry,
  OwedEntry,
  BacklogPull,
  WaitingDelivery,
  WebhookPull,
} from '../../../domain/ports/delivery-queue.ts';
import type { Collections } from '../documents/collections.ts';
import { closeGaps } from './close-gaps.ts';
import { convertOldForm } from './convert-old-form.ts';
import { isOpen, openIndex, toOpenEntry, type EntryDoc } from './entry.ts';
import { insertFirstResults } from './first-results.ts';
import { mergeLateResults, updateLaterResults } from './later-results.ts';
import { findInChunks } from '../driver/chunks.ts';
import { readEntries } from './read-entries.ts';
import { findHeads, findWaitingPartitions, pullBacklog, pullMany, pullWebhooks } from './waiting.ts';

const entryFields = { batch: 1, open: 1 } as const;

/**
 * The delivery queue in MongoDB. The work of a partition is found by index, and its owner alone looks for it,
 * so nothing is claimed. Writes are fenced: a first result by its unique id, a later one by the revision.
 */
export class MongoDeliveryQueue implements DeliveryQueue {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async findOpenEntries({ partitions, after, acceptedBefore, limit }: EntrySearch): Promise<OpenEntry[]> {
    if (partitions.length === 0) return [];
    const range = {
      ...(after === undefined ? {} : { $gt: after }),
      $lt: lowestIdAt('evt_', acceptedBefore),
    };
    const docs = await this.#collections.events
      .find<EntryDoc>(
        { open: { $in: [...partitions] }, _id: range },
        { projection: entryFields, hint: openIndex, readConcern: 'majority' },
      )
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(toOpenEntry);
  }

  async getOpenEntries(ids: readonly string[]): Promise<OpenEntry[]> {
    const docs = await findInChunks(ids, (some) =>
      this.#collections.events
        .find<EntryDoc>({ _id: { $in: some }, ...isOpen }, { projection: entryFields })
        .toArray(),
    );
    return docs.map(toOpenEntry);
  }

  async readEntries(entries: readonly OpenEntry[], partitions: ReadonlySet<number>): Promise<OwedEntry[]> {
    return await readEntries(this.#collections, entries, partitions);
  }

  async closeGaps(entries: readonly OpenEntry[]): Promise<void> {
    await closeGaps(this.#collections, entries);
  }

  async closeEntries(closings: readonly EntryClosing[]): Promise<void> {
    if (closings.length === 0) return;
    const partitions = new Map<string, number[]>();
    for (const { entryId, partition } of closings) {
      const known = partitions.get(entryId);
      if (known === undefined) partitions.set(entryId, [partition]);
      else known.push(partition);
    }
    await this.#collections.events.bulkWrite(
      groupByPartitions(partitions).map(({ ids, closed }) => ({
        updateMany: { filter: { _id: { $in: ids }, ...isOpen }, update: toClosing(closed) },
      })),
      { ordered: false, writeConcern: { w: 1 } },
    );
  }

  async writeResults(results: readonly DeliveryResult[]): Promise<ReadonlySet<string>> {
    const { deliveries } = this.#collections;
    const first = results.filter((result) => result.delivery.revision === 0);
    const later = results.filter((result) => result.delivery.revision > 0);
    const late = await Promise.all([
      insertFirstResults(deliveries, first),
      updateLaterResults(deliveries, later),
    ]);
    return new Set(await mergeLateResults(deliveries, late.flat()));
  }

  async findWaitingPartitions(partitions: readonly number[]): Promise<number[]> {
    return await findWaitingPartitions(this.#collections, partitions);
  }

  async findHeads(partition: number): Promise<WaitingDelivery[]> {
    return await findHeads(this.#collections, partition);
  }

  async pullMany(deliveryIds: readonly string[], now: number): Promise<DueDelivery[]> {
    return await pullMany(this.#collections, deliveryIds, now);
  }

  async pullWebhooks(
    webhookIds: readonly string[],
    limit: number,
    now: number,
  ): Promise<WebhookPull | undefined> {
    return await pullWebhooks(this.#collections, webhookIds, limit, now);
  }

  async pullBacklog(webhookId: string, limit: number, now: number): Promise<BacklogPull> {
    return await pullBacklog(this.#collections, webhookId, limit, now);
  }

  async convertOldForm(limit: number): Promise<number> {
    return await convertOldForm(this.#collections, limit);
  }
}

/** Groups entries that lose the same partitions, so that one statement closes many. Usually they all do. */
function groupByPartitions(
  closings: ReadonlyMap<string, number[]>,
): { readonly ids: string[]; readonly closed: readonly number[] }[] {
  const groups = new Map<string, { ids: string[]; closed: number[] }>();
  for (const [id, partitions] of closings) {
    const closed = partitions.length === 1 ? partitions : partitions.toSorted((a, b) => a - b);
    const key = closed.join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ids: [id], closed });
    else group.ids.push(id);
  }
  return [...groups.values()];
}

/** A pipeline, so that the entry goes with its last partition in one write. */
function toClosing(closed: readonly number[]) {
  const rest = { $setDifference: ['$open', closed] };
  const unlessEmpty = (field: string) => ({
    $cond: [{ $eq: [{ $size: '$open' }, 0] }, '$$REMOVE', `$${field}`],
  });
  return [
    { $set: { open: rest } },
    // Before `open`, which decides.
    { $set: { batch: unlessEmpty('batch'), owners: unlessEmpty('owners'), ownerOf: unlessEmpty('ownerOf') } },
    { $set: { open: unlessEmpty('open') } },
  ];
}
