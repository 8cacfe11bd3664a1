import { Fifo } from '../../batching/fifo.ts';
import { LevelNode, LevelRing } from '../../batching/level-ring.ts';

export interface LookupTurnsOptions {
  /** Most lookups at a time, of all accounts. */
  readonly maxLookups: number;
  /** Most lookups of one account that wait. */
  readonly maxWaiting: number;
}

/** Starts a lookup, and resolves when it ends. Returns undefined if it is no longer needed. */
type Start = () => Promise<unknown> | undefined;

class Account {
  readonly id: string;
  running = 0;
  /** Names that had addresses when they were last looked up. */
  readonly known = new Fifo<Start>();
  /** New names, and those that did not resolve. */
  readonly doubtful = new Fifo<Start>();
  readonly nodes = { known: new LevelNode<Account>(this), doubtful: new LevelNode<Account>(this) };

  constructor(id: string) {
    this.id = id;
  }
}

/**
 * Gives places to lookups, of which each takes up to three sockets. A name whose servers do not answer holds a
 * place until its timeout, so places are shared:
 *
 * - An account may use as many as are free, which is half of them for one account alone. The next free place is
 *   for the account with the fewest. So an account with many dead names takes nothing from another one.
 * - Names that may be dead get half of that, so they leave places to the working names of their own account.
 */
export class LookupTurns {
  readonly #options: LookupTurnsOptions;
  readonly #accounts = new Map<string, Account>();
  /** Accounts that wait for a place, by the number of their places. */
  readonly #waiting = { known: new LevelRing<Account>(), doubtful: new LevelRing<Account>() };
  #running = 0;

  constructor(options: LookupTurnsOptions) {
    this.#options = options;
  }

  /** Calls `start` when there is a place. Returns false if too many lookups of the account wait already. */
  add(accountId: string, kind: 'known' | 'doubtful', start: Start): boolean {
    const account = this.#getOrCreate(accountId);
    if (account.known.size + account.doubtful.size >= this.#options.maxWaiting) return false;
    account[kind].push(start);
    this.#reposition(account);
    this.#startWaiting();
    return true;
  }

  #startWaiting(): void {
    while (this.#startNext('known', 1) || this.#startNext('doubtful', 2));
  }

  /** `divisor` is the part of the free places that an account may use. Returns false if none may start. */
  #startNext(kind: 'known' | 'doubtful', divisor: number): boolean {
    const account = this.#waiting[kind].first;
    if (account === undefined) return false;
    if (account.running * divisor >= this.#options.maxLookups - this.#running) return false;
    const ending = account[kind].shift()?.();
    if (ending !== undefined) {
      account.running++;
      this.#running++;
      void ending.finally(() => this.#onEnded(account));
    }
    this.#reposition(account);
    return true;
  }

  #onEnded(account: Account): void {
    account.running--;
    this.#running--;
    this.#reposition(account);
    this.#startWaiting();
  }

  #getOrCreate(id: string): Account {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const account = new Account(id);
    this.#accounts.set(id, account);
    return account;
  }

  #reposition(account: Account): void {
    for (const kind of ['known', 'doubtful'] as const) {
      if (account[kind].size > 0) this.#waiting[kind].set(account.nodes[kind], account.running);
      else this.#waiting[kind].delete(account.nodes[kind]);
    }
    if (account.running + account.known.size + account.doubtful.size === 0) this.#accounts.delete(account.id);
  }
}
