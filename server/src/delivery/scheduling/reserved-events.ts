/**
 * Events that this process is storing and will dispatch from memory. A sweep can find their entry before the
 * insert is answered, and would send them a second time.
 */
export class ReservedEvents {
  /** When each was reserved, by `performance.now()`. */
  readonly #times = new Map<string, number>();

  get size(): number {
    return this.#times.size;
  }

  has(eventId: string): boolean {
    return this.#times.has(eventId);
  }

  /** Returns when the event was reserved, by `performance.now()`. Undefined: it is not. */
  getTime(eventId: string): number | undefined {
    return this.#times.get(eventId);
  }

  add(eventId: string): void {
    this.#times.set(eventId, performance.now());
  }

  remove(eventId: string): void {
    this.#times.delete(eventId);
  }
}
