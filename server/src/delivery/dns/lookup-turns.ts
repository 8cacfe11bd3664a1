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

/** Whether a name had addresses when it was last looked up, had none, or was never looked up. */
export type NameHistory = 'resolved' | 'new' | 'failed';

/** The next turn is for names that resolved. The number divides the free places that the account may use. */
const divisors: readonly (readonly [NameHistory, number])[] = [
  ['resolved', 1],
  ['new', 2],
  ['failed', 3],
];

class Account {
  readonly id: string;
  running = 0;
  readonly waiting: Readonly<Record<NameHistory, Fifo<Start>>> = {
    resolved: new Fifo(),
    new: new Fifo(),
    failed: new Fifo(),
  };
  readonly nodes: Readonly<Record<NameHistory, LevelNode<Account>>> = {
    resolved: new LevelNode<Account>(this),
    new: new LevelNode<Account>(this),
    failed: new LevelNode<Account>(this),
  };

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
 * - New names may use a third, and names that failed a quarter, so they leave places to the working names of
 *   their own account, and dead names to new ones.
 */
export class LookupTurns {
  readonly #options: LookupTurnsOptions;
  readonly #accounts = new Map<string, Account>();
  /** Accounts that wait for a place, by the number of their places. */
  readonly #waiting: Readonly<Record<NameHistory, LevelRing<Account>>> = {
    resolved: new LevelRing(),
    new: new LevelRing(),
    failed: new LevelRing(),
  };
  #running = 0;

  constructor(options: LookupTurnsOptions) {
    this.#options = options;
  }

  /** Calls `start` when there is a place. Returns false if too many lookups of the account wait already. */
  add(accountId: string, history: NameHistory, start: Start): boolean {
    const account = this.#getOrCreate(accountId);
    if (countWaiting(account) >= this.#options.maxWaiting) return false;
    account.waiting[history].push(start);
    this.#reposition(account);
    this.#startWaiting();
    return true;
  }

  #startWaiting(): void {
    while (divisors.some(([history, divisor]) => this.#startNext(history, divisor)));
  }

  /** Returns false if none may start. */
  #startNext(history: NameHistory, divisor: number): boolean {
    const account = this.#waiting[history].first;
    if (account === undefined) return false;
    if (account.running * divisor >= this.#options.maxLookups - this.#running) return false;
    const ending = account.waiting[history].shift()?.();
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
    for (const [history] of divisors) {
      if (account.waiting[history].size > 0)
        this.#waiting[history].set(account.nodes[history], account.running);
      else this.#waiting[history].delete(account.nodes[history]);
    }
    if (account.running === 0 && countWaiting(account) === 0) this.#accounts.delete(account.id);
  }
}

function countWaiting({ waiting }: Account): number {
  return waiting.resolved.size + waiting.new.size + waiting.failed.size;
}
