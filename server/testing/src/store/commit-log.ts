/** The ids of all events in the order in which they were stored, and who waits for the next one. */
export class CommitLog {
  readonly #ids: string[] = [];
  /** Never goes back, so that positions compare in the order of the commits. Epoch ms. */
  readonly #times: number[] = [];
  /** Events that are stored later are not earlier than this, epoch ms. */
  #latest = 0;
  readonly #listeners = new Set<() => void>();

  /** Number of events that were stored so far. */
  get length(): number {
    return this.#ids.length;
  }

  append(events: readonly { readonly id: string; readonly acceptedAt: number }[]): void {
    if (events.length === 0) return;
    for (const { id, acceptedAt } of events) {
      this.#times.push(this.reach(acceptedAt));
      this.#ids.push(id);
    }
    for (const listener of this.#listeners) listener();
  }

  /** Returns the id of the event that was stored after `position` others. Undefined if there is none yet. */
  at(position: number): string | undefined {
    return this.#ids[position];
  }

  /** Returns the time, or the latest one so far if that is later. Both are epoch ms. */
  reach(time: number): number {
    return (this.#latest = Math.max(this.#latest, time));
  }

  /** Returns when the last of the first `count` events was stored, epoch ms. 0 before the first one. */
  timeAt(count: number): number {
    return this.#times[count - 1] ?? 0;
  }

  /** Calls `listener` after each append, until the returned function is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
