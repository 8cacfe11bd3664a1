import { toPartition } from '../../../src/domain/partition.ts';
import { SortedMap } from './sorted-map.ts';
import type { StoredDelivery } from './stored-objects.ts';

/** A delivery with a due time. */
export type WaitingDelivery = StoredDelivery & { readonly dueAt: number };

/** Deliveries by id, and those that wait for an attempt by their partition and webhook. */
export class DeliveryMap extends SortedMap<StoredDelivery> {
  readonly #waitingIds = new Map<number, Map<string, Set<string>>>();

  override set(id: string, delivery: StoredDelivery): this {
    this.#stopWaiting(id);
    if (isWaiting(delivery)) this.#startWaiting(delivery);
    return super.set(id, delivery);
  }

  override delete(id: string): boolean {
    this.#stopWaiting(id);
    return super.delete(id);
  }

  override clear(): void {
    this.#waitingIds.clear();
    super.clear();
  }

  /** Yields all waiting deliveries, in no particular order. */
  *waiting(): Generator<WaitingDelivery> {
    for (const webhooks of this.#waitingIds.values()) {
      for (const ids of webhooks.values()) yield* this.#read(ids);
    }
  }

  /** Returns the waiting deliveries of a webhook in the order in which they are due. */
  getWaiting(webhookId: string): WaitingDelivery[] {
    const ids = this.#waitingIds.get(toPartition(webhookId))?.get(webhookId) ?? [];
    return [...this.#read(ids)].sort(byDueTime);
  }

  /** Returns the first waiting delivery of each webhook of a partition. */
  getHeads(partition: number): WaitingDelivery[] {
    const heads: WaitingDelivery[] = [];
    for (const ids of this.#waitingIds.get(partition)?.values() ?? []) {
      let head: WaitingDelivery | undefined;
      for (const delivery of this.#read(ids)) {
        if (head === undefined || byDueTime(delivery, head) < 0) head = delivery;
      }
      if (head !== undefined) heads.push(head);
    }
    return heads;
  }

  *#read(ids: Iterable<string>): Generator<WaitingDelivery> {
    for (const id of ids) {
      const delivery = this.get(id);
      if (delivery !== undefined && isWaiting(delivery)) yield delivery;
    }
  }

  #startWaiting({ id, webhookId }: StoredDelivery): void {
    const partition = toPartition(webhookId);
    const webhooks = this.#waitingIds.get(partition) ?? new Map<string, Set<string>>();
    this.#waitingIds.set(partition, webhooks);
    webhooks.set(webhookId, (webhooks.get(webhookId) ?? new Set()).add(id));
  }

  #stopWaiting(id: string): void {
    const stored = this.get(id);
    if (stored === undefined || !isWaiting(stored)) return;
    const webhooks = this.#waitingIds.get(toPartition(stored.webhookId));
    const ids = webhooks?.get(stored.webhookId);
    ids?.delete(id);
    if (ids?.size === 0) webhooks?.delete(stored.webhookId);
  }
}

export function isWaiting(delivery: StoredDelivery): delivery is WaitingDelivery {
  return delivery.status === 'pending' && delivery.dueAt !== null;
}

function byDueTime(a: WaitingDelivery, b: WaitingDelivery): number {
  return a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1);
}
