/** Which keys a range has. */
export interface KeyRange {
  /** The lowest key. @default the first */
  readonly from?: string | undefined;
  /** Only higher keys. */
  readonly after?: string | undefined;
  /** Only lower keys. */
  readonly below?: string | undefined;
  /** The highest key. @default the last */
  readonly to?: string | undefined;
}

/**
 * A map that also reads its values in the order of their keys, like a collection by its ids. Iterates in the order in
 * which the keys were added, like every map.
 */
export class SortedMap<TValue> extends Map<string, TValue> {
  readonly #keys: string[] = [];

  override set(key: string, value: TValue): this {
    if (!this.has(key)) this.#keys.splice(this.#findIndex(key), 0, key);
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    if (!super.delete(key)) return false;
    this.#keys.splice(this.#findIndex(key), 1);
    return true;
  }

  override clear(): void {
    super.clear();
    this.#keys.length = 0;
  }

  /** Yields the values of a range in ascending order. Change the map only after the loop. */
  *ascending(range: KeyRange = {}): Generator<TValue> {
    const { start, end } = this.#toPositions(range);
    for (let index = start; index < end; index++) yield* this.#at(index);
  }

  /** Yields the values of a range in descending order. Change the map only after the loop. */
  *descending(range: KeyRange = {}): Generator<TValue> {
    const { start, end } = this.#toPositions(range);
    for (let index = end - 1; index >= start; index--) yield* this.#at(index);
  }

  #toPositions({ from, after, below, to }: KeyRange): { readonly start: number; readonly end: number } {
    const starts = [from === undefined ? 0 : this.#findIndex(from), this.#findEnd(after) ?? 0];
    const ends = [below === undefined ? this.size : this.#findIndex(below), this.#findEnd(to) ?? this.size];
    return { start: Math.max(...starts), end: Math.min(...ends) };
  }

  *#at(index: number): Generator<TValue> {
    const key = this.#keys[index];
    // `as`: the map has each of the keys, also one whose value is undefined.
    if (key !== undefined) yield this.get(key) as TValue;
  }

  /** Returns the position of the first key that is higher. */
  #findEnd(key: string | undefined): number | undefined {
    return key === undefined ? undefined : this.#findIndex(key) + (this.has(key) ? 1 : 0);
  }

  /** Returns the position of the first key that is not lower. */
  #findIndex(key: string): number {
    const last = this.#keys.at(-1);
    // Most keys are added in their order.
    if (last === undefined || last < key) return this.#keys.length;
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
