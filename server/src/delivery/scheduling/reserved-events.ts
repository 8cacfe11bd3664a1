/**
 * Events that this process is storing and will dispatch from memory. A sweep can find their entry before the
 * insert is answered, and would send them a second time.
 */
export class ReservedEvents {
  readonly #ids = new Set<string>();

  get size(): number {
    return this.#ids.size;
  }

  has(eventId: string): boolean {
    return this.#ids.has(eventId);
  }

  add(eventId: string): void {
    this.#ids.add(eventId);
  }

  remove(eventId: string): void {
    this.#ids.delete(eventId);
  }
}
