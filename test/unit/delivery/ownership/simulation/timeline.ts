import { setImmediate } from 'node:timers';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time: runs callbacks in the order of their times, and lets promises settle after each. */
export class Timeline {
  #now = 0;
  #order = 0;
  /** A binary heap. */
  readonly #entries: Entry[] = [];

  /** Ms since the start. */
  get now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): void {
    const entries = this.#entries;
    let index = entries.push({ at: this.#now + ms, order: this.#order++, run }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfEarlier(index, parent)) break;
      index = parent;
    }
  }

  /** Runs everything that is due until a time. `check` runs after each step. */
  async runUntil(at: number, check: () => void): Promise<void> {
    await settle();
    for (let first = this.#entries[0]; first !== undefined && first.at <= at; first = this.#entries[0]) {
      this.#removeFirst();
      this.#now = first.at;
      first.run();
      await settle();
      check();
    }
    this.#now = at;
  }

  #removeFirst(): void {
    const entries = this.#entries;
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return;
    entries[0] = last;
    let index = 0;
    for (;;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const child = right < entries.length && this.#isEarlier(right, left) ? right : left;
      if (child >= entries.length || !this.#swapIfEarlier(child, index)) return;
      index = child;
    }
  }

  #isEarlier(a: number, b: number): boolean {
    const [first, second] = [this.#entries[a], this.#entries[b]];
    if (first === undefined || second === undefined) return false;
    return first.at === second.at ? first.order < second.order : first.at < second.at;
  }

  #swapIfEarlier(child: number, parent: number): boolean {
    if (!this.#isEarlier(child, parent)) return false;
    const [low, high] = [this.#entries[child], this.#entries[parent]];
    if (low === undefined || high === undefined) return false;
    this.#entries[child] = high;
    this.#entries[parent] = low;
    return true;
  }
}

/** Resolves after all promise callbacks that can run have run. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
