export interface ReadAheadOptions {
  /**
   * Reads and caches the objects whose keys follow `after`, in ascending order. Undefined: from the first one.
   * Returns the last key, undefined if there are no more.
   */
  readonly readPage: (after: string | undefined) => Promise<string | undefined>;
  /** Whether the cache has room for another page. Otherwise it would displace what is used. */
  readonly hasRoom: () => boolean;
}

/**
 * Fills a cache after a start: each miss also reads the next page of all objects, until each was read once. So ten
 * thousand apps cost some dozens of reads and not one each.
 *
 *   waiting --a miss--> reading --a page of many--> waiting
 *                               --the page with the first missed key again--> done
 */
export class ReadAhead {
  readonly #options: ReadAheadOptions;
  #start: string | undefined;
  #after: string | undefined;
  #hasWrapped = false;
  #state: 'waiting' | 'reading' | 'done' = 'waiting';

  constructor(options: ReadAheadOptions) {
    this.#options = options;
  }

  /** Begins to read the next page, in the background. */
  onMiss(key: string): void {
    if (this.#state !== 'waiting' || !this.#options.hasRoom()) return;
    if (this.#start === undefined) {
      this.#start = key;
      this.#after = key;
    }
    this.#state = 'reading';
    this.#options.readPage(this.#after).then(
      (last) => this.#advance(last),
      // The next miss tries again.
      () => (this.#state = 'waiting'),
    );
  }

  #advance(last: string | undefined): void {
    const isRound = this.#hasWrapped && (last === undefined || last >= (this.#start ?? ''));
    if (last === undefined) this.#hasWrapped = true;
    this.#after = last;
    this.#state = isRound ? 'done' : 'waiting';
  }
}
