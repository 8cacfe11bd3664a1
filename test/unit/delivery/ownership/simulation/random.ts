/** A seeded generator (mulberry32), so that a failed run can be repeated. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a number from 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Returns a number from 0 to below `max`. */
  below(max: number): number {
    return this.next() * max;
  }

  between({ min, max }: { readonly min: number; readonly max: number }): number {
    return min + this.below(max - min);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
