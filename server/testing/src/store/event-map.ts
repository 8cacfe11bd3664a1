import type { StoredEvent } from './stored-objects.ts';
import { SortedMap } from './sorted-map.ts';

/** Events by id, and by their idempotency key, which is unique in an app. */
export class EventMap extends SortedMap<StoredEvent> {
  readonly #idsByKey = new Map<string, string>();

  override set(id: string, event: StoredEvent): this {
    this.#forgetKey(id);
    const key = toKey(event);
    if (key !== undefined) this.#idsByKey.set(key, id);
    return super.set(id, event);
  }

  override delete(id: string): boolean {
    this.#forgetKey(id);
    return super.delete(id);
  }

  override clear(): void {
    this.#idsByKey.clear();
    super.clear();
  }

  /** Returns the stored event with the same app and idempotency key. */
  findByKey(event: Pick<StoredEvent, 'appId' | 'idempotencyKey'>): StoredEvent | undefined {
    const id = this.#idsByKey.get(toKey(event) ?? '');
    return id === undefined ? undefined : this.get(id);
  }

  #forgetKey(id: string): void {
    const stored = this.get(id);
    const key = stored === undefined ? undefined : toKey(stored);
    if (key !== undefined) this.#idsByKey.delete(key);
  }
}

/** The id of an app has no space. */
function toKey({ appId, idempotencyKey }: Pick<StoredEvent, 'appId' | 'idempotencyKey'>): string | undefined {
  return idempotencyKey === undefined ? undefined : `${appId} ${idempotencyKey}`;
}
