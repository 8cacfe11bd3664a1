import { partitionCount } from '../../domain/partition.ts';
import type { Task } from './task.ts';

/**
 * Deliveries that this process holds in memory, from intake until their result is written. Work is found in
 * several ways: by publishing, notifications, sweeps and pulls. They meet here, so that each delivery is in
 * memory once.
 */
export class HeldDeliveries {
  readonly #ids = new Set<string>();
  readonly #perPartition = new Uint32Array(partitionCount);
  /** Held deliveries that have a document, by webhook. */
  readonly #pulled = new Map<string, number>();
  readonly #onPulledChanged: (webhookId: string, count: number) => void;
  /** For each read under way, the deliveries that have left memory since it began. */
  readonly #reads = new Set<Set<string>>();

  /** @param onPulledChanged is called when a pulled delivery of a webhook leaves memory */
  constructor(onPulledChanged: (webhookId: string, count: number) => void) {
    this.#onPulledChanged = onPulledChanged;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(deliveryId: string): boolean {
    return this.#ids.has(deliveryId);
  }

  /** Returns the number of held deliveries of a partition. */
  countIn(partition: number): number {
    return this.#perPartition[partition] ?? 0;
  }

  /** Returns the number of held deliveries of a webhook that have a document. */
  countPulled(webhookId: string): number {
    return this.#pulled.get(webhookId) ?? 0;
  }

  /** Adds a delivery. Returns false if it is held already. */
  add({ delivery, partition }: Task): boolean {
    const before = this.#ids.size;
    this.#ids.add(delivery.deliveryId);
    if (this.#ids.size === before) return false;
    this.#perPartition[partition] = this.countIn(partition) + 1;
    if (delivery.revision > 0) this.#pulled.set(delivery.webhookId, this.countPulled(delivery.webhookId) + 1);
    return true;
  }

  remove({ delivery, partition }: Task): void {
    if (!this.#ids.delete(delivery.deliveryId)) return;
    for (const left of this.#reads) left.add(delivery.deliveryId);
    this.#perPartition[partition] = this.countIn(partition) - 1;
    if (delivery.revision === 0) return;
    decrement(this.#pulled, delivery.webhookId);
    this.#onPulledChanged(delivery.webhookId, this.countPulled(delivery.webhookId));
  }

  /**
   * Runs a read of the database. `hasLeft` says which deliveries have left memory since it began: the read can
   * show them as they were before their result was written, and taking them again would repeat them.
   */
  async watch<T>(read: (hasLeft: (deliveryId: string) => boolean) => Promise<T>): Promise<T> {
    const left = new Set<string>();
    this.#reads.add(left);
    try {
      return await read((deliveryId) => left.has(deliveryId));
    } finally {
      this.#reads.delete(left);
    }
  }
}

function decrement(counts: Map<string, number>, key: string): void {
  const rest = (counts.get(key) ?? 0) - 1;
  if (rest > 0) counts.set(key, rest);
  else counts.delete(key);
}
