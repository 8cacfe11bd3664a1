import type { StoredDelivery } from './stored-objects.ts';
import { SortedMap } from './sorted-map.ts';

/** Deliveries by id, and those that wait for an attempt by their webhook. */
export class DeliveryMap extends SortedMap<StoredDelivery> {
  readonly #waitingIds = new Map<string, Set<string>>();

  override set(id: string, delivery: StoredDelivery): this {
    this.#stopWaiting(id);
    const { webhookId, status, dueAt } = delivery;
    if (status === 'pending' && dueAt !== null) {
      const ids = this.#waitingIds.get(webhookId);
      if (ids === undefined) this.#waitingIds.set(webhookId, new Set([id]));
      else ids.add(id);
    }
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

  /** Ids of the webhooks that have waiting deliveries. */
  get waitingWebhookIds(): readonly string[] {
    return [...this.#waitingIds.keys()];
  }

  /** Returns the waiting deliveries of a webhook, the one that is due first before the others. */
  getWaiting(webhookId: string): WaitingRow[] {
    const ids = this.#waitingIds.get(webhookId) ?? [];
    const rows: WaitingRow[] = [];
    for (const id of ids) {
      const delivery = this.get(id);
      if (delivery !== undefined && isWaiting(delivery)) rows.push(delivery);
    }
    return rows.sort((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1));
  }

  #stopWaiting(id: string): void {
    const webhookId = this.get(id)?.webhookId ?? '';
    const ids = this.#waitingIds.get(webhookId);
    if (ids?.delete(id) === true && ids.size === 0) this.#waitingIds.delete(webhookId);
  }
}

/** A delivery with a due time. */
export type WaitingRow = StoredDelivery & { readonly dueAt: number };

export function isWaiting(delivery: StoredDelivery): delivery is WaitingRow {
  return delivery.status === 'pending' && delivery.dueAt !== null;
}
