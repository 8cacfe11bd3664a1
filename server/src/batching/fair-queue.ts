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
  /**
   * Whether an item has to wait until a batch that was taken before has ended. The later items of its owner wait
   * behind it.
   *
   * @default no item has to
   */
  readonly isBlocked?: (item: TItem) => boolean;
}

/** Turns of owners in one batch: few enough for batches to stay cheap, and enough for many owners. */
const turnsPerBatch = 20;

/** The waiting items of one owner. */
interface OwnerQueue<TItem> {
  readonly owner: string;
  readonly items: Fifo<TItem>;
  readonly sums: Sums<TItem>;
  /** Turns that the owner may use. Negative after an item larger than a turn. */
  credit: number;
}

/**
 * A bounded queue that many owners share. Owners put items into the batches in turn (deficit round robin), each
 * about the same size, so an owner with many or large items delays no other.
 *
 * An owner may use as much of the capacity as it leaves free: alone at most a half, two owners a third each. No
 * number of items of one owner fills the queue for the others.
 *
 * While all items fit into one batch, turns make no difference. The queue is then a plain list, because it is
 * on a hot path:
 *
 *   list    --the items exceed a batch-->  backlog, divided by owner
 *   backlog --the last item is taken-->    list
 */
export class FairQueue<TItem> implements BatchSource<TItem> {
  readonly #options: FairQueueOptions<TItem>;
  readonly #sums: Sums<TItem>;
  #list: TItem[] = [];
  readonly #owners = new Map<string, OwnerQueue<TItem>>();
  /** Owners with a backlog, in the order of their turns. */
  readonly #ring = new Fifo<OwnerQueue<TItem>>();
  /** The owner whose turn the end of a batch interrupted. */
  #current: OwnerQueue<TItem> | undefined;
  #backlog = 0;
  readonly #none: Sums<TItem>;

  constructor(options: FairQueueOptions<TItem>) {
    this.#options = options;
    this.#sums = new Sums(options.measures);
    this.#none = new Sums(options.measures);
  }

  get size(): number {
    return this.#list.length + this.#backlog;
  }

  get isBatchFull(): boolean {
    return this.#sums.fillBatch;
  }

  /** Sum of all waiting items, by measure. All zero if the queue is empty. */
  get waiting(): readonly number[] {
    return this.#sums.values;
  }

  /** Returns the oldest item of an owner, if the items exceed a batch. */
  peekBacklog(owner: string): TItem | undefined {
    return this.#owners.get(owner)?.items.first;
  }

  /** Adds an item. Returns false, and adds nothing, if its owner has used up its share. */
  add(item: TItem): boolean {
    if (this.#backlog === 0) {
      // The owner can have no more than all owners together.
      if (this.#sums.fitsBatch(item) && this.#sums.leavesFree(item, this.#sums)) {
        this.#sums.count(item, 1);
        this.#list.push(item);
        return true;
      }
      this.#divide();
    }
    const owner = this.#options.getOwner(item);
    const used = this.#owners.get(owner)?.sums ?? this.#none;
    if (!used.leavesFree(item, this.#sums)) return false;
    this.#sums.count(item, 1);
    this.#enqueue(owner, item);
    return true;
  }

  takeBatch(): TItem[] {
    const { isBlocked } = this.#options;
    if (isBlocked !== undefined && this.#list.some(isBlocked)) this.#divide();
    if (this.#backlog > 0) return this.#takeTurns();
    const batch = this.#list;
    this.#list = [];
    this.#sums.clear();
    return batch;
  }

  /** Removes and returns the items that match. */
  removeWhere(matches: (item: TItem) => boolean): TItem[] {
    this.#divide();
    const removed: TItem[] = [];
    for (const queue of this.#owners.values()) {
      for (const item of queue.items.drain()) {
        if (matches(item)) {
          this.#remove(queue, item);
          removed.push(item);
        } else queue.items.push(item);
      }
      if (queue.items.size === 0) this.#owners.delete(queue.owner);
    }
    if (this.#current?.items.size === 0) this.#current = undefined;
    for (const queue of this.#ring.drain()) if (queue.items.size > 0) this.#ring.push(queue);
    return removed;
  }

  /** Moves the items of the list to their owners. */
  #divide(): void {
    for (const item of this.#list.splice(0)) this.#enqueue(this.#options.getOwner(item), item);
  }

  #enqueue(owner: string, item: TItem): void {
    let queue = this.#owners.get(owner);
    if (queue === undefined) {
      const sums = new Sums(this.#options.measures);
      queue = { owner, items: new Fifo<TItem>(), sums, credit: 0 };
      this.#owners.set(owner, queue);
      this.#ring.push(queue);
    }
    queue.items.push(item);
    queue.sums.count(item, 1);
    this.#backlog++;
  }

  #takeTurns(): TItem[] {
    const batch: TItem[] = [];
    const sums = new Sums(this.#options.measures);
    const blocked: OwnerQueue<TItem>[] = [];
    for (let queue = this.#nextTurn(); queue !== undefined; queue = this.#nextTurn()) {
      const end = this.#takeTurn(queue, batch, sums);
      if (end === 'batch full') {
        this.#current = queue;
        break;
      }
      if (end === 'blocked') blocked.push(queue);
      else if (queue.items.size > 0) this.#ring.push(queue);
      else this.#owners.delete(queue.owner);
    }
    for (const queue of blocked) this.#ring.push(queue);
    return batch;
  }

  /** Moves items of an owner into a batch. Returns what ended its turn. */
  #takeTurn(
    queue: OwnerQueue<TItem>,
    batch: TItem[],
    sums: Sums<TItem>,
  ): 'turn over' | 'batch full' | 'blocked' {
    const { isBlocked } = this.#options;
    while (queue.credit > 0) {
      const item = queue.items.first;
      if (item === undefined) break;
      if (isBlocked?.(item) === true) {
        // Owners save no turns for later batches.
        queue.credit = 0;
        return 'blocked';
      }
      if (batch.length > 0 && !sums.fitsBatch(item)) return 'batch full';
      queue.items.shift();
      queue.credit -= sums.shareOfBatch(item) * turnsPerBatch;
      this.#remove(queue, item);
      sums.count(item, 1);
      batch.push(item);
    }
    return 'turn over';
  }

  #nextTurn(): OwnerQueue<TItem> | undefined {
    const interrupted = this.#current;
    this.#current = undefined;
    if (interrupted !== undefined) return interrupted;
    const next = this.#ring.shift();
    if (next !== undefined) next.credit++;
    return next;
  }

  #remove(queue: OwnerQueue<TItem>, item: TItem): void {
    this.#backlog--;
    this.#sums.count(item, -1);
    queue.sums.count(item, -1);
  }
}

/** The sums of some items, by measure. Plain loops, because it runs several times for each item. */
class Sums<TItem> {
  readonly #measures: readonly Measure<TItem>[];
  readonly values: number[];

  constructor(measures: readonly Measure<TItem>[]) {
    this.#measures = measures;
    this.values = measures.map(() => 0);
  }

  get fillBatch(): boolean {
    let index = 0;
    for (const { maxBatch } of this.#measures) {
      if (this.#get(index) >= maxBatch) return true;
      index++;
    }
    return false;
  }

  /** Adds an item, or with -1 subtracts it. */
  count(item: TItem, sign: 1 | -1): void {
    let index = 0;
    for (const { weigh } of this.#measures) {
      this.values[index] = this.#get(index) + sign * weigh(item);
      index++;
    }
  }

  clear(): void {
    this.values.fill(0);
  }

  /** Whether the items and one more fit into a batch. */
  fitsBatch(item: TItem): boolean {
    let index = 0;
    for (const { weigh, maxBatch } of this.#measures) {
      if (this.#get(index) + weigh(item) > maxBatch) return false;
      index++;
    }
    return true;
  }

  /** Whether the items and one more are at most as much as all waiting items leave free. */
  leavesFree(item: TItem, waiting: Sums<TItem>): boolean {
    let index = 0;
    for (const { weigh, maxWaiting } of this.#measures) {
      const free = maxWaiting - waiting.#get(index);
      if (this.#get(index) + weigh(item) > free) return false;
      index++;
    }
    return true;
  }

  /** The part of a batch that an item takes up, by its largest measure. */
  shareOfBatch(item: TItem): number {
    let share = 0;
    for (const { weigh, maxBatch } of this.#measures) share = Math.max(share, weigh(item) / maxBatch);
    return share;
  }

  #get(index: number): number {
    return this.values[index] ?? 0;
  }
}
