import { MinHeap } from '../../batching/min-heap.ts';
import { toPartition } from '../../domain/partition.ts';

/** Something that is due: one waiting delivery, or a webhook of which any number of deliveries can be due. */
export interface ScheduledWork {
  readonly webhookId: string;
  /** Epoch ms. */
  readonly dueAt: number;
  /** Undefined: a read of the webhook finds what is due. */
  readonly deliveryId: string | undefined;
  /** Whether the webhook had more due deliveries than one read returned. */
  readonly isBacklog: boolean;
}

/** Why a webhook with due deliveries is not pulled: its memory is full, or it is disabled. */
export type ParkReason = 'full' | 'disabled';

interface KnownWebhook {
  /** Due times of known waiting deliveries. Empty while `whole` is set, which covers them. */
  readonly deliveries: Map<string, ScheduledWork>;
  whole: ScheduledWork | undefined;
}

export interface DueScheduleLimits {
  /** Scheduled deliveries and webhooks. */
  readonly maxScheduled: number;
  /** Known deliveries of one webhook. With more, the webhook is scheduled as a whole. @default 50 */
  readonly maxPerWebhook?: number;
}

/** Replaced items are removed from the heap when there are more of them than current ones, and than this. */
const minStale = 1_000;

/**
 * When waiting deliveries are due. A hint: the truth is the index of waiting deliveries, which is scanned from
 * time to time.
 *
 *   unknown   --add--> scheduled
 *   scheduled --due, takeDue--> unknown   the caller pulls it, parks its webhook or adds it again
 *   a webhook --park--> parked --unpark--> scheduled as a whole, due at once
 *
 * Bounded: when it is full, the half that is due last is dropped, and found by a later scan.
 */
export class DueSchedule {
  readonly #max: number;
  readonly #maxPerWebhook: number;
  #webhooks = new Map<string, KnownWebhook>();
  #heap = createHeap();
  #size = 0;
  readonly #parked = new Map<string, ParkReason>();

  constructor({ maxScheduled, maxPerWebhook = 50 }: DueScheduleLimits) {
    this.#max = maxScheduled;
    this.#maxPerWebhook = maxPerWebhook;
  }

  /** Scheduled deliveries and webhooks, without parked ones. */
  get size(): number {
    return this.#size;
  }

  get parked(): number {
    return this.#parked.size;
  }

  /** Scheduled work in memory, with work that was replaced and not yet removed. */
  get allocated(): number {
    return this.#heap.size;
  }

  /** When the first work is due, epoch ms. Infinity if nothing is scheduled. */
  get nextDueAt(): number {
    this.#dropStale();
    return this.#heap.peek()?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  /** Adds a waiting delivery. */
  addDelivery(webhookId: string, deliveryId: string, dueAt: number): void {
    if (this.#parked.has(webhookId)) return;
    const known = this.#getKnown(webhookId);
    if (known.whole !== undefined || known.deliveries.size >= this.#maxPerWebhook) {
      return this.addWebhook(webhookId, dueAt);
    }
    if (known.deliveries.get(deliveryId)?.dueAt === dueAt) return;
    if (!known.deliveries.has(deliveryId)) this.#size++;
    const work = { webhookId, deliveryId, dueAt, isBacklog: false };
    known.deliveries.set(deliveryId, work);
    this.#push(work);
  }

  /** Adds a webhook whose waiting deliveries are not known. The first of them is due at `dueAt`. */
  addWebhook(webhookId: string, dueAt: number, isBacklog = false): void {
    if (this.#parked.has(webhookId)) return;
    const known = this.#getKnown(webhookId);
    const times = [...known.deliveries.values()].map((work) => work.dueAt);
    const earliest = Math.min(dueAt, known.whole?.dueAt ?? dueAt, ...times);
    this.#size += (known.whole === undefined ? 1 : 0) - known.deliveries.size;
    known.deliveries.clear();
    if (known.whole?.dueAt === earliest && known.whole.isBacklog === isBacklog) return;
    known.whole = { webhookId, deliveryId: undefined, dueAt: earliest, isBacklog };
    this.#push(known.whole);
  }

  /** Whether the delivery is scheduled on its own. */
  isKnown(webhookId: string, deliveryId: string): boolean {
    return this.#webhooks.get(webhookId)?.deliveries.has(deliveryId) === true;
  }

  /** Removes and returns up to `limit` works that are due, those that are due first. */
  takeDue(now: number, limit: number): ScheduledWork[] {
    const due: ScheduledWork[] = [];
    while (due.length < limit) {
      this.#dropStale();
      const first = this.#heap.peek();
      if (first === undefined || first.dueAt > now) return due;
      this.#heap.pop();
      this.#remove(first);
      due.push(first);
    }
    return due;
  }

  /** Sets a webhook aside until it is unparked. */
  park(webhookId: string, reason: ParkReason): void {
    const known = this.#webhooks.get(webhookId);
    if (known !== undefined) this.#forget(webhookId, known);
    this.#parked.set(webhookId, reason);
  }

  /** Why the webhook is parked. Undefined: it is not. */
  getParkReason(webhookId: string): ParkReason | undefined {
    return this.#parked.get(webhookId);
  }

  /** Schedules a parked webhook at once. Returns whether it was parked. */
  unpark(webhookId: string): boolean {
    if (!this.#parked.delete(webhookId)) return false;
    this.addWebhook(webhookId, 0);
    return true;
  }

  /** Schedules all webhooks that were parked for the reason. */
  unparkAll(reason: ParkReason): void {
    for (const [webhookId, why] of this.#parked) if (why === reason) this.unpark(webhookId);
  }

  dropPartitions(isDropped: (partition: number) => boolean): void {
    for (const [webhookId, known] of this.#webhooks) {
      if (isDropped(toPartition(webhookId))) this.#forget(webhookId, known);
    }
    for (const webhookId of this.#parked.keys()) {
      if (isDropped(toPartition(webhookId))) this.#parked.delete(webhookId);
    }
  }

  #getKnown(webhookId: string): KnownWebhook {
    const found = this.#webhooks.get(webhookId);
    if (found !== undefined) return found;
    const known = { deliveries: new Map<string, ScheduledWork>(), whole: undefined };
    this.#webhooks.set(webhookId, known);
    return known;
  }

  #push(work: ScheduledWork): void {
    this.#heap.push(work);
    if (this.#size > this.#max) this.#keepOnly(this.#findSoonest(Math.ceil(this.#max / 2)));
    else if (this.#heap.size > 2 * this.#size + minStale) this.#keepOnly(this.#findAll());
  }

  #isCurrent(work: ScheduledWork): boolean {
    const known = this.#webhooks.get(work.webhookId);
    return (
      known !== undefined &&
      (work.deliveryId === undefined ? known.whole === work : known.deliveries.get(work.deliveryId) === work)
    );
  }

  /** Removes heap items that were replaced or dropped. */
  #dropStale(): void {
    for (let first = this.#heap.peek(); first !== undefined; first = this.#heap.peek()) {
      if (this.#isCurrent(first)) return;
      this.#heap.pop();
    }
  }

  #remove(work: ScheduledWork): void {
    const known = this.#webhooks.get(work.webhookId);
    if (known === undefined) return;
    this.#size--;
    if (work.deliveryId === undefined) known.whole = undefined;
    else known.deliveries.delete(work.deliveryId);
    if (known.whole === undefined && known.deliveries.size === 0) this.#webhooks.delete(work.webhookId);
  }

  #forget(webhookId: string, known: KnownWebhook): void {
    this.#size -= known.deliveries.size + (known.whole === undefined ? 0 : 1);
    this.#webhooks.delete(webhookId);
  }

  #findAll(): ScheduledWork[] {
    return [...this.#webhooks.values()].flatMap(({ whole, deliveries }) =>
      whole === undefined ? [...deliveries.values()] : [whole],
    );
  }

  #findSoonest(count: number): ScheduledWork[] {
    return this.#findAll()
      .sort((a, b) => a.dueAt - b.dueAt)
      .slice(0, count);
  }

  #keepOnly(works: readonly ScheduledWork[]): void {
    this.#webhooks = new Map();
    this.#heap = createHeap();
    this.#size = works.length;
    for (const work of works) {
      const known = this.#getKnown(work.webhookId);
      if (work.deliveryId === undefined) known.whole = work;
      else known.deliveries.set(work.deliveryId, work);
      this.#heap.push(work);
    }
  }
}

function createHeap(): MinHeap<ScheduledWork> {
  return new MinHeap((work) => work.dueAt);
}
