/** A binary heap: returns the item with the lowest rank first. */
export class MinHeap<TItem> {
  readonly #rank: (item: TItem) => number;
  readonly #items: TItem[] = [];

  constructor(rank: (item: TItem) => number) {
    this.#rank = rank;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): TItem | undefined {
    return this.#items[0];
  }

  push(item: TItem): void {
    let at = this.#items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isLower(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): TItem | undefined {
    const [first] = this.#items;
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return first;
    this.#items[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = left + 1 < this.#items.length && this.#isLower(left + 1, left) ? left + 1 : left;
      if (child >= this.#items.length || !this.#isLower(child, at)) return first;
      this.#swap(at, child);
      at = child;
    }
  }

  #isLower(a: number, b: number): boolean {
    // `as`: callers pass positions of items.
    return this.#rank(this.#items[a] as TItem) < this.#rank(this.#items[b] as TItem);
  }

  #swap(a: number, b: number): void {
    // `as`: callers pass positions of items.
    [this.#items[a], this.#items[b]] = [this.#items[b] as TItem, this.#items[a] as TItem];
  }
}
