import { toDeliveryId } from '../../domain/ids.ts';
import { toPartition } from '../../domain/partition.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { DueDelivery, OwedEntry } from '../../domain/ports/delivery-queue.ts';
import type { EventBatch } from '../../domain/ports/event-store.ts';
import type { DeliveryCompletion } from './completion.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { EntryTracker } from './entry-tracker.ts';
import type { HeldDeliveries } from './held-deliveries.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { Task } from './task.ts';

export interface IntakeDeps {
  readonly held: HeldDeliveries;
  readonly entries: EntryTracker;
  readonly memory: Pick<MemoryBudget, 'enter'>;
  readonly dispatcher: Pick<Dispatcher, 'enqueue'>;
  readonly completion: Pick<DeliveryCompletion, 'closeEntry'>;
  /** Whether this process sends to the webhooks of a partition. */
  readonly owns: (partition: number) => boolean;
}

/**
 * Brings deliveries into memory, each once, and counts what their entries still owe.
 *
 *   stopped --start--> accepting --stop--> stopped
 *
 * An entry and partition is taken as a whole: it can be closed only after all its deliveries have a document.
 */
export class Intake {
  readonly #deps: IntakeDeps;
  /** When each partition was acquired, by `performance.now()`. */
  readonly #acquiredAt = new Map<number, number>();
  #isAccepting = false;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  get isAccepting(): boolean {
    return this.#isAccepting;
  }

  start(): void {
    this.#isAccepting = true;
  }

  stop(): void {
    this.#isAccepting = false;
  }

  /**
   * Takes a batch that was just stored. Leaves a partition to the sweep if an event in it has no place in
   * memory, or if it was acquired `since` the insert began: the earlier owner can have sent them. Returns the
   * partitions that other processes own.
   *
   * @param since - by `performance.now()`
   */
  addBatch(
    { id, events }: EventBatch,
    hasPlace: (event: AcceptedEvent) => boolean,
    since = Number.POSITIVE_INFINITY,
  ): ReadonlySet<number> {
    const { owns } = this.#deps;
    const owed = new Map<number, Task[]>();
    const foreign = new Set<number>();
    const withoutPlace = new Set<number>();
    for (const event of events) {
      const isPlaced = this.#isAccepting && hasPlace(event);
      for (let index = 0; index < event.targets.length; index++) {
        const webhookId = event.targets[index];
        if (webhookId === undefined) continue;
        const partition = toPartition(webhookId);
        if (!owns(partition)) foreign.add(partition);
        else if (!isPlaced || this.#wasAcquired(partition, since)) withoutPlace.add(partition);
        else add(owed, partition, { partition, entryId: id, delivery: toFirst(event, index, webhookId) });
      }
    }
    for (const [partition, tasks] of owed) {
      if (!withoutPlace.has(partition)) this.#begin(id, partition, tasks, true);
    }
    return foreign;
  }

  /** Notes that partitions were acquired now. */
  markAcquired(partitions: readonly number[]): void {
    for (const partition of partitions) this.#acquiredAt.set(partition, performance.now());
  }

  #wasAcquired(partition: number, since: number): boolean {
    return (this.#acquiredAt.get(partition) ?? Number.NEGATIVE_INFINITY) > since;
  }

  /**
   * Takes an entry that was read from the database.
   *
   * @param hasLeft whether a delivery has left memory since the read began; see `HeldDeliveries.watch`
   */
  addEntry({ id, open, events, isComplete }: OwedEntry, hasLeft: (deliveryId: string) => boolean): void {
    const { owns, entries, held } = this.#deps;
    if (!this.#isAccepting) return;
    for (const partition of open) {
      if (!owns(partition) || entries.isTracked(id, partition)) continue;
      const tasks = events.flatMap(({ event, missing }) =>
        missing.flatMap((index) => {
          const webhookId = event.targets[index];
          if (webhookId === undefined || toPartition(webhookId) !== partition) return [];
          return { partition, entryId: id, delivery: toFirst(event, index, webhookId) };
        }),
      );
      // In flight since the partition was dropped, or counted by another entry: an insert that a duplicate
      // interrupted leaves its events in two. A later sweep reads the entry again.
      const isTaken = ({ delivery: { deliveryId } }: Task) => held.has(deliveryId) || hasLeft(deliveryId);
      if (tasks.some(isTaken)) continue;
      this.#begin(id, partition, tasks, isComplete);
    }
  }

  /** Takes deliveries that have a document. Skips those that are in memory. */
  addDue(deliveries: readonly DueDelivery[]): void {
    const { owns } = this.#deps;
    for (const delivery of deliveries) {
      const partition = toPartition(delivery.webhookId);
      if (this.#isAccepting && owns(partition)) this.#enqueue({ delivery, partition, entryId: undefined });
    }
  }

  #begin(entryId: string, partition: number, tasks: readonly Task[], isComplete: boolean): void {
    const { entries, completion } = this.#deps;
    if (tasks.length > 0) {
      const deliveryIds = tasks.map((task) => task.delivery.deliveryId);
      entries.begin(entryId, partition, deliveryIds, isComplete);
      for (const task of tasks) this.#enqueue(task);
    } else if (isComplete) {
      // All results were written by a process that stopped before it closed the entry.
      completion.closeEntry(entryId, partition);
    }
  }

  #enqueue(task: Task): void {
    if (!this.#deps.held.add(task)) return;
    this.#deps.memory.enter(task.delivery);
    this.#deps.dispatcher.enqueue(task);
  }
}

/** A delivery without a document. */
function toFirst(event: AcceptedEvent, index: number, webhookId: string): DueDelivery {
  return {
    deliveryId: toDeliveryId(event.id, index),
    webhookId,
    event,
    attemptCount: 0,
    createdAt: event.acceptedAt,
    revision: 0,
  };
}

function add(tasks: Map<number, Task[]>, partition: number, task: Task): void {
  const known = tasks.get(partition);
  if (known === undefined) tasks.set(partition, [task]);
  else known.push(task);
}
