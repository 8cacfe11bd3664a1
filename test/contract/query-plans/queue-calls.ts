import { toDeliveryId } from '../../../server/src/domain/ids.ts';
import { partitionCount, toPartition } from '../../../server/src/domain/partition.ts';
import { MongoDeliveryQueue } from '../../../server/src/store/mongo/queue/delivery-queue.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../../support/builders.ts';
import { large, medium, small, start, type Sample } from './sample-data.ts';
import type { Calls, Database, StoreCalls } from './store-calls.ts';

export function createQueueCalls(
  collections: Database['collections'],
  sample: Sample,
): Readonly<Record<string, Calls>> {
  const queue = new MongoDeliveryQueue(collections);
  const now = start + 100_000_000;
  const { webhookId } = large;
  const partition = toPartition(webhookId);
  const all = Array.from({ length: partitionCount }, (_, index) => index);
  const entryIds = sample.entryIds.slice(0, 20);
  const search = { partitions: all, after: undefined, acceptedBefore: now, limit: 50 };
  const ours = () => anEvent({ appId: large.appId, accountId: large.accountId, targets: [webhookId] });
  const pull = async () => (await queue.pullBacklog(webhookId, 20, now)).deliveries;
  return {
    findOpenEntries: [
      () => queue.findOpenEntries(search),
      () => queue.findOpenEntries({ ...search, after: sample.entryIds[100] }),
      () => queue.findOpenEntries({ ...search, partitions: [partition] }),
      () => queue.findOpenEntries({ ...search, acceptedBefore: start }),
    ],
    getOpenEntries: [() => queue.getOpenEntries(entryIds)],
    readEntries: [async () => queue.readEntries(await queue.getOpenEntries(entryIds), new Set([partition]))],
    closeGaps: [
      async () => queue.closeGaps(await queue.getOpenEntries(entryIds)),
      async () => {
        // The second event of an entry, which has not arrived.
        const [entry] = await queue.getOpenEntries(entryIds);
        await collections.events.deleteOne({ _id: entry?.eventIds[1] ?? '' });
        await queue.closeGaps(await queue.getOpenEntries(entryIds));
      },
    ],
    closeEntries: [() => queue.closeEntries(entryIds.map((entryId) => ({ entryId, partition })))],
    writeResults: [
      () => queue.writeResults([delivered(firstDeliveryOf(ours()), now)]),
      () => queue.writeResults([toRetry(firstDeliveryOf(ours()), now, now)]),
      async () => queue.writeResults((await pull()).map((delivery) => toRetry(delivery, now, now))),
      async () =>
        // Each was changed by another writer meanwhile.
        queue.writeResults(
          (await pull()).map((delivery) => toRetry({ ...delivery, revision: 50 }, now + 1, now)),
        ),
    ],
    findWaitingPartitions: [
      () => queue.findWaitingPartitions(all),
      () => queue.findWaitingPartitions([partition]),
    ],
    findHeads: all.map((one) => () => queue.findHeads(one)),
    pullMany: [
      () =>
        queue.pullMany(
          sample.eventIds.slice(0, 200).map((id) => toDeliveryId(id, 0)),
          now,
        ),
    ],
    pullWebhooks: [
      () => queue.pullWebhooks([medium.webhookId, small.webhookId], 200, now),
      () => queue.pullWebhooks([large.webhookId, small.webhookId], 50, now),
    ],
    pullBacklog: [
      () => queue.pullBacklog(webhookId, 50, now),
      () => queue.pullBacklog(webhookId, 50, start),
      () => queue.pullBacklog('wh_unknown', 50, now),
    ],
    convertOldForm: [() => queue.convertOldForm(100)],
  } satisfies StoreCalls<MongoDeliveryQueue>;
}
