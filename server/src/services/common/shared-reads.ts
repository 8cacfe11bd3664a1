import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Reads of values that a cache lacks. Concurrent calls for a key share one read. A read during which a change arrives
 * is used once and not cached.
 */
export class SharedReads<T> {
  readonly #running = new Map<string, Promise<T>>();
  /** Several callers wait for one read, so the deadline of the first one must not end it. */
  readonly #runOutsideOfCall = AsyncLocalStorage.snapshot();

  /** Returns the value of a key. Passes it to `cache` unless the key was forgotten in the meantime. */
  load(key: string, read: () => Promise<T>, cache: (value: T) => void): Promise<T> {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const reading: Promise<T> = this.#runOutsideOfCall(read).then(
      (value) => {
        if (this.#end(key, reading)) cache(value);
        return value;
      },
      (error: unknown) => {
        this.#end(key, reading);
        throw error;
      },
    );
    this.#running.set(key, reading);
    return reading;
  }

  /** Called after a change of a key, or of all keys. */
  forget(key?: string): void {
    if (key === undefined) this.#running.clear();
    else this.#running.delete(key);
  }

  #end(key: string, reading: Promise<T>): boolean {
    return this.#running.get(key) === reading && this.#running.delete(key);
  }
}
