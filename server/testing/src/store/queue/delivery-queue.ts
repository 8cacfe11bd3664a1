import { lowestIdAt, toDeliveryId } from '../../../../src/domain/ids.ts';
import { toPartition } from '../../../../src/domain/partition.ts';
import type {
  BacklogPull,
  DeliveryQueue,
  DeliveryResult,
  DueDelivery,
  EntryClosing,
  EntrySearch,
  OpenEntry,
  OwedEntry,
  WaitingDelivery as Waiting,
  WebhookPull,
} from '../../../../src/domain/ports/delivery-queue.ts';
import { toEnded } from '../deliveries/delivery-changes.ts';
import { isWaiting, type WaitingDelivery } from '../delivery-map.ts';
import { toEvent } from '../events/to-event.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import type { OutboxEntry } from '../stored-objects.ts';
import { takeMatching } from '../take-page.ts';
import { writeResult } from './write-results.ts';

/** The delivery queue in memory. A first result is fenced by its unique id, a later one by the revision. */
export class MemoryDeliveryQueue implements DeliveryQueue {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async findOpenEntries({ partitions, after, acceptedBefore, limit }: EntrySearch): Promise<OpenEntry[]> {
    const wanted = new Set(partitions);
    const range = { after, below: lowestIdAt('evt_', acceptedBefore) };
    const owesSome = ({ open }: OutboxEntry) => open.some((partition) => wanted.has(partition));
    return takeMatching(this.#database.entries.ascending(range), owesSome, limit).map(toOpenEntry);
  }

  async getOpenEntries(ids: readonly string[]): Promise<OpenEntry[]> {
    return [...new Set(ids)].flatMap((id) => {
      const entry = this.#database.entries.get(id);
      return entry === undefined ? [] : toOpenEntry(entry);
    });
  }

  async readEntries(entries: readonly OpenEntry[], partitions: ReadonlySet<number>): Promise<OwedEntry[]> {
    const { events, deliveries, tombstones } = this.#database;
    return entries.map(({ id, open, eventIds }) => ({
      id,
      open: [...open],
      events: eventIds.flatMap((eventId) => {
        const stored = events.get(eventId);
        if (stored === undefined) return [];
        const missing = stored.targets.flatMap((webhookId, index) =>
          partitions.has(toPartition(webhookId)) && !deliveries.has(toDeliveryId(eventId, index))
            ? index
            : [],
        );
        return { event: toEvent(stored), missing };
      }),
      isComplete: eventIds.every((eventId) => events.has(eventId) || tombstones.has(eventId)),
    }));
  }

  async closeGaps(entries: readonly OpenEntry[]): Promise<void> {
    const { events, tombstones } = this.#database;
    for (const { id: entryId } of entries) {
      const entry = this.#database.entries.get(entryId);
      for (const [index, id] of entry?.eventIds.entries() ?? []) {
        const owner = entry?.owners[index];
        if (owner === undefined || events.has(id) || tombstones.has(id)) continue;
        tombstones.set(id, { id, ...owner });
      }
    }
  }

  async closeEntries(closings: readonly EntryClosing[]): Promise<void> {
    const { entries } = this.#database;
    for (const { entryId, partition } of closings) {
      const entry = entries.get(entryId);
      if (entry === undefined) continue;
      const open = entry.open.filter((other) => other !== partition);
      if (open.length === 0) entries.delete(entryId);
      else entries.set(entryId, { ...entry, open });
    }
  }

  async writeResults(results: readonly DeliveryResult[]): Promise<ReadonlySet<string>> {
    const late = new Set<string>();
    for (const result of results) {
      if (writeResult(this.#database.deliveries, result) === 'late') late.add(result.delivery.deliveryId);
    }
    return late;
  }

  async findWaitingPartitions(partitions: readonly number[]): Promise<number[]> {
    return partitions.filter((partition) => this.#database.deliveries.getHeads(partition).length > 0);
  }

  async findHeads(partition: number): Promise<Waiting[]> {
    return this.#database.deliveries.getHeads(partition).map(toWaiting);
  }

  async pullMany(deliveryIds: readonly string[], now: number): Promise<DueDelivery[]> {
    const { deliveries } = this.#database;
    const due = [...new Set(deliveryIds)].flatMap((id) => {
      const delivery = deliveries.get(id);
      return delivery !== undefined && isWaiting(delivery) && isDue(delivery, now) ? delivery : [];
    });
    return this.#toDueDeliveries(due, now);
  }

  async pullWebhooks(
    webhookIds: readonly string[],
    limit: number,
    now: number,
  ): Promise<WebhookPull | undefined> {
    const waiting: WaitingDelivery[] = [];
    for (const webhookId of new Set(webhookIds)) {
      for (const delivery of this.#database.deliveries.getWaiting(webhookId)) waiting.push(delivery);
      if (waiting.length > limit) return undefined;
    }
    return {
      deliveries: this.#toDueDeliveries(
        waiting.filter((delivery) => isDue(delivery, now)),
        now,
      ),
      waiting: waiting.filter((delivery) => !isDue(delivery, now)).map(toWaiting),
    };
  }

  async pullBacklog(webhookId: string, limit: number, now: number): Promise<BacklogPull> {
    const waiting = this.#database.deliveries.getWaiting(webhookId);
    const due = waiting.slice(0, limit).filter((delivery) => isDue(delivery, now));
    return { deliveries: this.#toDueDeliveries(due, now), nextDueAt: waiting[due.length]?.dueAt };
  }

  async convertOldForm(): Promise<number> {
    return 0;
  }

  /** Adds the events. A delivery whose event is gone fails, so that it is not found again. */
  #toDueDeliveries(due: readonly WaitingDelivery[], now: number): DueDelivery[] {
    const { events, deliveries } = this.#database;
    return due.flatMap((delivery) => {
      const event = events.get(delivery.eventId);
      if (event === undefined) {
        deliveries.set(delivery.id, toEnded(delivery, 'failed', 'undeliverable', now));
        return [];
      }
      return {
        deliveryId: delivery.id,
        webhookId: delivery.webhookId,
        event: toEvent(event),
        attemptCount: delivery.attemptCount,
        createdAt: delivery.createdAt,
        revision: delivery.revision,
        ...(delivery.sentByHand === undefined ? {} : { isSentByHand: true }),
      };
    });
  }
}

function toOpenEntry({ id, eventIds, open }: OutboxEntry): OpenEntry {
  return { id, eventIds: [...eventIds], open: [...open] };
}

function isDue({ dueAt }: WaitingDelivery, now: number): boolean {
  return dueAt <= now;
}

function toWaiting({ webhookId, id, dueAt }: WaitingDelivery): Waiting {
  return { webhookId, deliveryId: id, dueAt };
}
