/** The ids of all events in the order in which they were stored, and who waits for the next one. */
export class CommitLog {
  readonly #ids: string[] = [];
  readonly #listeners = new Set<() => void>();

  /** Number of events that were stored so far. */
  get length(): number {
    return this.#ids.length;
  }

  append(ids: readonly string[]): void {
    if (ids.length === 0) return;
    for (const id of ids) this.#ids.push(id);
    for (const listener of this.#listeners) listener();
  }

  /** Returns the id of the event that was stored after `position` others. Undefined if there is none yet. */
  at(position: number): string | undefined {
    return this.#ids[position];
  }

  /** Calls `listener` after each append, until the returned function is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
