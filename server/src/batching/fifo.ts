/**
 * A first-in, first-out queue with a cheap `shift`: it moves a head index, where an array moves all items.
 */
export class Fifo<TItem> {
  #items: (TItem | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** The next item that `shift` returns. */
  get first(): TItem | undefined {
    return this.#items[this.#head];
  }

  push(item: TItem): void {
    this.#items.push(item);
  }

  shift(): TItem | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head++;
    // Compacts when half of the array is empty.
    if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Removes and returns all items. */
  drain(): TItem[] {
    const rest: TItem[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) rest.push(item);
    return rest;
  }
}
