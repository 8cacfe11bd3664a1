import { lowestIdAt, timeFromId } from '../../../domain/ids.ts';
import { toPartition } from '../../../domain/partition.ts';
import type {
  BacklogRequest,
  BacklogStore,
  WebhookBacklogCounts,
} from '../../../domain/ports/backlog-store.ts';
import { listInFlightDeliveries } from '../deliveries/in-flight-deliveries.ts';
import type { Collections } from '../documents/collections.ts';
import { boundedScan, withHint } from '../driver/read-list.ts';
import { waitingIndex } from '../queue/waiting.ts';

/** Index keys that one count reads. */
const maxCounted = 50_000;
/** In-flight deliveries read for one count. Far more than a webhook has. */
const maxInFlight = 1_000;
/** Answers the webhook, the status and the times. */
const listIndex = 'by_webhook_status';

export class MongoBacklogStore implements BacklogStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async readBacklog({ webhookId, now, failedSince }: BacklogRequest): Promise<WebhookBacklogCounts> {
    const page = { cursor: undefined, limit: maxInFlight };
    // In-flight deliveries first: one that gets its document meanwhile is counted twice instead of not at all.
    const inFlight = await listInFlightDeliveries(this.#collections, { webhookId }, page);
    const [waiting, oldestAt, failed] = await Promise.all([
      this.#countWaiting(webhookId, new Date(now)),
      this.#findOldest(webhookId),
      this.#countFailed(webhookId, failedSince),
    ]);
    return {
      ...waiting,
      underWay: inFlight.deliveries.length,
      oldestAt: waiting.waiting === 0 ? null : oldestAt,
      failed,
      isCapped: Math.max(waiting.waiting, failed) >= maxCounted || inFlight.deliveries.length >= maxInFlight,
    };
  }

  async #countWaiting(webhookId: string, now: Date) {
    const [sum] = await withHint(waitingIndex, (options) =>
      this.#collections.deliveries
        .aggregate<{ waiting: number; due: number; next: Date }>(
          [
            // A range instead of `$exists`, which mongod checks in the documents.
            { $match: { partition: toPartition(webhookId), webhookId, nextAt: { $gte: new Date(0) } } },
            { $limit: maxCounted },
            {
              $group: {
                _id: null,
                waiting: { $sum: 1 },
                due: { $sum: { $cond: [{ $lte: ['$nextAt', now] }, 1, 0] } },
                next: { $min: '$nextAt' },
              },
            },
          ],
          { ...options, comment: boundedScan },
        )
        .toArray(),
    );
    return { waiting: sum?.waiting ?? 0, dueNow: sum?.due ?? 0, nextDueAt: sum?.next.getTime() ?? null };
  }

  async #findOldest(webhookId: string): Promise<number | null> {
    const [oldest] = await withHint(listIndex, (options) =>
      this.#collections.deliveries
        .find<{ _id: string }>({ webhookId, status: 'pending' }, { ...options, projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(1)
        .toArray(),
    );
    return oldest === undefined ? null : timeFromId(oldest._id);
  }

  async #countFailed(webhookId: string, failedSince: number | undefined): Promise<number> {
    const range = failedSince === undefined ? {} : { _id: { $gte: lowestIdAt('dlv_', failedSince) } };
    const [sum] = await withHint(listIndex, (options) =>
      this.#collections.deliveries
        .aggregate<{ failed: number }>(
          [
            { $match: { webhookId, status: 'failed', ...range } },
            { $limit: maxCounted },
            { $count: 'failed' },
          ],
          { ...options, comment: boundedScan },
        )
        .toArray(),
    );
    return sum?.failed ?? 0;
  }
}
