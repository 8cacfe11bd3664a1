/**
 * A bounded number of places in memory, which are divided among accounts. While all are taken, an account that has fewer
 * than another one gets a place of the account that has most, so that none keeps another one out.
 */
export class FairPlaces {
  readonly #max: number;
  readonly #onEvict: (key: string) => void;
  /** The keys of each account, the oldest first. */
  readonly #keys = new Map<string, Set<string>>();
  /** Accounts by the number of their places. */
  readonly #byCount = new Map<number, Set<string>>();
  #taken = 0;
  /** The most places of an account. */
  #most = 0;

  /** @param onEvict is called with a key that lost its place to another account */
  constructor(max: number, onEvict: (key: string) => void) {
    this.#max = max;
    this.#onEvict = onEvict;
  }

  /** Takes a place for a key that has none. Returns false if there is none for this account. */
  take(accountId: string, key: string): boolean {
    if (this.#taken >= this.#max && !this.#makeRoom(accountId)) return false;
    let keys = this.#keys.get(accountId);
    if (keys === undefined) this.#keys.set(accountId, (keys = new Set()));
    this.#move(accountId, keys.size, keys.size + 1);
    keys.add(key);
    this.#taken++;
    return true;
  }

  release(accountId: string, key: string): void {
    const keys = this.#keys.get(accountId);
    if (keys?.delete(key) !== true) return;
    this.#taken--;
    this.#move(accountId, keys.size + 1, keys.size);
    if (keys.size === 0) this.#keys.delete(accountId);
  }

  #makeRoom(accountId: string): boolean {
    const own = this.#keys.get(accountId)?.size ?? 0;
    if (own + 1 >= this.#most) return false;
    const [largest = ''] = this.#byCount.get(this.#most) ?? [];
    const [oldest] = this.#keys.get(largest) ?? [];
    if (oldest === undefined) return false;
    this.release(largest, oldest);
    this.#onEvict(oldest);
    return true;
  }

  #move(accountId: string, from: number, to: number): void {
    const left = this.#byCount.get(from);
    left?.delete(accountId);
    if (left?.size === 0) this.#byCount.delete(from);
    if (to > 0) {
      const joined = this.#byCount.get(to);
      if (joined === undefined) this.#byCount.set(to, new Set([accountId]));
      else joined.add(accountId);
    }
    // One place at a time, so the most changes by one.
    if (to > this.#most) this.#most = to;
    else if (from === this.#most && !this.#byCount.has(from)) this.#most = to;
  }
}
