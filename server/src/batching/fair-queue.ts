import type { BatchSource } from './batch-scheduler.ts';
import { Fifo } from './fifo.ts';

/** A size of items, such as their bytes, with its limits. */
export interface Measure<TItem> {
  readonly weigh: (item: TItem) => number;
  /** Limit of one batch. An item above it forms a batch by itself. */
  readonly maxBatch: number;
  /** Limit of all waiting items together. */
  readonly maxWaiting: number;
}

export interface FairQueueOptions<TItem> {
  readonly getOwner: (item: TItem) => string;
  readonly measures: readonly Measure<TItem>[];
}

/** Turns of owners in one batch: few enough for batches to stay cheap, and enough for many owners. */
const turnsPerBatch = 20;

/** The waiting items of one owner. */
interface OwnerQueue<TItem> {
  readonly owner: string;
  readonly items: Fifo<TItem>;
  /** Sum of the items, by measure. */
  readonly sums: number[];
  /** Turns that the owner may use. Negative after an item larger than a turn. */
  credit: number;
}

/**
 * A bounded queue that many owners share. Owners put items into the batches in turn (deficit round robin), each
 * about the same size, so an owner with many or large items delays no other.
 *
 * An owner may use as much of the capacity as it leaves free: alone at most a half, two owners a third each. No
 * number of items of one owner fills the queue for the others.
 */
export class FairQueue<TItem> implements BatchSource<TItem> {
  readonly #options: FairQueueOptions<TItem>;
  readonly #owners = new Map<string, OwnerQueue<TItem>>();
  /** Owners with items, in the order of their turns. */
  #ring = new Fifo<OwnerQueue<TItem>>();
  /** The owner whose turn the end of a batch interrupted. */
  #current: OwnerQueue<TItem> | undefined;
  #size = 0;
  /** Sum of all items, by measure. */
  readonly #sums: number[];

  constructor(options: FairQueueOptions<TItem>) {
    this.#options = options;
    this.#sums = options.measures.map(() => 0);
  }

  get size(): number {
    return this.#size;
  }

  get isBatchFull(): boolean {
    return this.#options.measures.some(({ maxBatch }, index) => (this.#sums[index] ?? 0) >= maxBatch);
  }

  /** Sum of all waiting items, by measure. All zero if the queue is empty. */
  get waiting(): readonly number[] {
    return this.#sums;
  }

  /** Returns the item of an owner that has waited longest. */
  peek(owner: string): TItem | undefined {
    return this.#owners.get(owner)?.items.peek();
  }

  /** Adds an item. Returns false, and adds nothing, if its owner has used up its share. */
  add(item: TItem): boolean {
    const { getOwner, measures } = this.#options;
    const owner = getOwner(item);
    const existing = this.#owners.get(owner);
    for (const [index, { weigh, maxWaiting }] of measures.entries()) {
      const free = maxWaiting - (this.#sums[index] ?? 0);
      if ((existing?.sums[index] ?? 0) + weigh(item) > free) return false;
    }
    const queue = existing ?? this.#open(owner);
    queue.items.push(item);
    this.#count(queue, item, 1);
    return true;
  }

  takeBatch(): TItem[] {
    const { measures } = this.#options;
    const batch: TItem[] = [];
    const sums = measures.map(() => 0);
    for (let queue = this.#nextTurn(); queue !== undefined; queue = this.#nextTurn()) {
      while (queue.credit > 0) {
        const item = queue.items.peek();
        if (item === undefined) break;
        if (batch.length > 0 && !this.#fits(sums, item)) {
          this.#current = queue;
          return batch;
        }
        queue.items.shift();
        batch.push(item);
        for (const [index, { weigh }] of measures.entries()) sums[index] = (sums[index] ?? 0) + weigh(item);
        queue.credit -= this.#toTurns(item);
        this.#count(queue, item, -1);
      }
      this.#endTurn(queue);
    }
    return batch;
  }

  /** Removes and returns the items that match. */
  removeWhere(matches: (item: TItem) => boolean): TItem[] {
    const removed: TItem[] = [];
    for (const queue of this.#owners.values()) {
      for (const item of queue.items.drain()) {
        if (matches(item)) {
          this.#count(queue, item, -1);
          removed.push(item);
        } else queue.items.push(item);
      }
      if (queue.items.size === 0) this.#owners.delete(queue.owner);
    }
    if (this.#current?.items.size === 0) this.#current = undefined;
    for (const queue of this.#ring.drain()) if (queue.items.size > 0) this.#ring.push(queue);
    return removed;
  }

  #open(owner: string): OwnerQueue<TItem> {
    const sums = this.#options.measures.map(() => 0);
    const queue = { owner, items: new Fifo<TItem>(), sums, credit: 0 };
    this.#owners.set(owner, queue);
    this.#ring.push(queue);
    return queue;
  }

  #nextTurn(): OwnerQueue<TItem> | undefined {
    const interrupted = this.#current;
    this.#current = undefined;
    if (interrupted !== undefined) return interrupted;
    const next = this.#ring.shift();
    if (next !== undefined) next.credit++;
    return next;
  }

  #endTurn(queue: OwnerQueue<TItem>): void {
    if (queue.items.size > 0) this.#ring.push(queue);
    else this.#owners.delete(queue.owner);
  }

  #fits(sums: readonly number[], item: TItem): boolean {
    return this.#options.measures.every(
      ({ weigh, maxBatch }, index) => (sums[index] ?? 0) + weigh(item) <= maxBatch,
    );
  }

  /** How many turns an item takes up, by its largest measure. */
  #toTurns(item: TItem): number {
    let share = 0;
    for (const { weigh, maxBatch } of this.#options.measures) {
      share = Math.max(share, weigh(item) / maxBatch);
    }
    return share * turnsPerBatch;
  }

  #count(queue: OwnerQueue<TItem>, item: TItem, sign: 1 | -1): void {
    this.#size += sign;
    for (const [index, { weigh }] of this.#options.measures.entries()) {
      const weight = sign * weigh(item);
      queue.sums[index] = (queue.sums[index] ?? 0) + weight;
      this.#sums[index] = (this.#sums[index] ?? 0) + weight;
    }
  }
}
