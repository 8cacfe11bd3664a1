/** The position of one item in at most one `LevelRing`. Lists without look-ups are cheaper than sets of items. */
export class LevelNode<TItem> {
  readonly item: TItem;
  /** The ring that the item is in. Set by the ring. */
  ring: LevelRing<TItem> | undefined;
  /** Set by the ring. */
  level = 0;
  /** The item of the level that was added before. Set by the ring. */
  previous: LevelNode<TItem> | undefined;
  /** The item of the level that was added next. Set by the ring. */
  next: LevelNode<TItem> | undefined;

  constructor(item: TItem) {
    this.item = item;
  }
}

/** The items of one level, in the order in which they were added. */
interface Level<TItem> {
  first: LevelNode<TItem> | undefined;
  last: LevelNode<TItem> | undefined;
}

/**
 * Items by level. The first one is of the lowest level; within a level, the item that was added first. So
 * items that return to their level after each turn take turns (round-robin).
 */
export class LevelRing<TItem> {
  readonly #levels: Level<TItem>[] = [];
  #size = 0;
  /** No level below this one has items. */
  #lowest = 0;

  get size(): number {
    return this.#size;
  }

  /** Infinity if the ring is empty. */
  get lowestLevel(): number {
    return this.#findFirst()?.level ?? Number.POSITIVE_INFINITY;
  }

  get first(): TItem | undefined {
    return this.#findFirst()?.item;
  }

  /** Adds an item as the last one of its level, or moves it there from another level or ring. */
  set(node: LevelNode<TItem>, level: number): void {
    if (node.ring === this && node.level === level) return;
    node.ring?.delete(node);
    const list = this.#getOrCreate(level);
    node.ring = this;
    node.level = level;
    node.previous = list.last;
    if (list.last === undefined) list.first = node;
    else list.last.next = node;
    list.last = node;
    this.#size++;
    if (this.#size === 1 || level < this.#lowest) this.#lowest = level;
  }

  delete(node: LevelNode<TItem>): void {
    if (node.ring !== this) return;
    const { previous, next } = node;
    const list = this.#getOrCreate(node.level);
    if (previous === undefined) list.first = next;
    else previous.next = next;
    if (next === undefined) list.last = previous;
    else next.previous = previous;
    node.ring = undefined;
    node.previous = undefined;
    node.next = undefined;
    this.#size--;
  }

  #getOrCreate(level: number): Level<TItem> {
    const known = this.#levels[level];
    if (known !== undefined) return known;
    while (this.#levels.length <= level) this.#levels.push({ first: undefined, last: undefined });
    return this.#getOrCreate(level);
  }

  /** Moves `#lowest` up past empty levels: at most as far as items have been moved up before. */
  #findFirst(): LevelNode<TItem> | undefined {
    if (this.#size === 0) return undefined;
    let first = this.#levels[this.#lowest]?.first;
    while (first === undefined) first = this.#levels[++this.#lowest]?.first;
    return first;
  }
}
