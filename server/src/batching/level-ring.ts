/**
 * Items by level. The first one is of the lowest level; within a level, the item that was added first. So
 * items that return to their level after each turn take turns (round-robin).
 */
export class LevelRing<TItem> {
  readonly #items: (Set<TItem> | undefined)[] = [];
  readonly #levels = new Map<TItem, number>();
  /** No level below this one has items. */
  #lowest = 0;

  get size(): number {
    return this.#levels.size;
  }

  /** Infinity if the ring is empty. */
  get lowestLevel(): number {
    return this.#levels.size === 0 ? Number.POSITIVE_INFINITY : this.#findLowest();
  }

  get first(): TItem | undefined {
    if (this.#levels.size === 0) return undefined;
    const [item] = this.#items[this.#findLowest()] ?? [];
    return item;
  }

  has(item: TItem): boolean {
    return this.#levels.has(item);
  }

  /** Adds an item as the last one of its level, or moves it there from another level. */
  set(item: TItem, level: number): void {
    const before = this.#levels.get(item);
    if (before === level) return;
    if (before !== undefined) this.#items[before]?.delete(item);
    this.#levels.set(item, level);
    (this.#items[level] ??= new Set()).add(item);
    if (this.#levels.size === 1 || level < this.#lowest) this.#lowest = level;
  }

  delete(item: TItem): void {
    const level = this.#levels.get(item);
    if (level === undefined) return;
    this.#levels.delete(item);
    this.#items[level]?.delete(item);
  }

  /** Moves `#lowest` up past empty levels: at most as far as items have been moved up before. */
  #findLowest(): number {
    while ((this.#items[this.#lowest]?.size ?? 0) === 0) this.#lowest++;
    return this.#lowest;
  }
}
