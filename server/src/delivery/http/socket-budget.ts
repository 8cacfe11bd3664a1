import { LevelNode, LevelRing } from '../../batching/level-ring.ts';

/** The connections of one account with a request, over all of its pools. */
export class AccountSockets {
  readonly id: string;
  busy = 0;
  pools = 0;
  /** Pools that wait for a connection, in turn. */
  readonly waiting = new Set<SocketPool>();
  readonly node = new LevelNode<AccountSockets>(this);

  constructor(id: string) {
    this.id = id;
  }
}

/** What the budget asks of a pool. */
export interface SocketPool {
  readonly account: AccountSockets;
  /** Begins the request that has waited longest. */
  beginNext(): void;
  /** Closes the connection that has been idle longest. */
  closeOldestIdle(): void;
}

/**
 * Bounds the connections of the process to receivers, because each takes a file descriptor, and shares them
 * between accounts.
 *
 * An account may have as many connections in use as are free: half of them if it is alone (dynamic thresholds,
 * as in `getFairRoom`). So it never takes the last one from others. Idle connections count as free: the one that
 * has been idle longest is closed when its place is needed.
 *
 * The dispatcher limits requests in flight in the same way and more strictly. As long as the budget is not
 * smaller than its limit, no request waits here.
 */
export class SocketBudget {
  readonly #max: number;
  readonly #accounts = new Map<string, AccountSockets>();
  /** Idle connections and their pools, the one that has been idle longest first. */
  readonly #idle = new Map<object, SocketPool>();
  /** Accounts with a pool that waits, by their connections in use. */
  readonly #waiting = new LevelRing<AccountSockets>();
  #busy = 0;
  #isPumping = false;

  constructor(max: number) {
    this.#max = max;
  }

  /** Connections with a request, and idle ones. */
  get stats(): { readonly busy: number; readonly idle: number } {
    return { busy: this.#busy, idle: this.#idle.size };
  }

  /** Returns the sockets of an account for a new pool. */
  addPool(accountId: string): AccountSockets {
    let account = this.#accounts.get(accountId);
    if (account === undefined) {
      account = new AccountSockets(accountId);
      this.#accounts.set(accountId, account);
    }
    account.pools++;
    return account;
  }

  /** Forgets a pool without connections and requests. */
  removePool(account: AccountSockets): void {
    account.pools--;
    if (account.pools === 0) this.#accounts.delete(account.id);
  }

  hasRoom(account: AccountSockets): boolean {
    return account.busy < this.#max - this.#busy;
  }

  /** Counts an idle connection that gets a request. */
  use(account: AccountSockets, connection: object): void {
    this.#idle.delete(connection);
    this.#enter(account);
  }

  /** Counts a connection that is opened for a request. Makes room for it. */
  open(account: AccountSockets): void {
    if (this.#busy + this.#idle.size >= this.#max) {
      const [oldest] = this.#idle.values();
      oldest?.closeOldestIdle();
    }
    this.#enter(account);
  }

  #enter(account: AccountSockets): void {
    this.#busy++;
    account.busy++;
    this.#reposition(account);
  }

  /** Counts a connection whose request has finished. The next request in turn begins with `beginWaiting`. */
  leave(account: AccountSockets): void {
    this.#busy--;
    account.busy--;
    this.#reposition(account);
  }

  addIdle(pool: SocketPool, connection: object): void {
    this.#idle.set(connection, pool);
  }

  removeIdle(connection: object): void {
    this.#idle.delete(connection);
  }

  /** Has `beginNext` of a pool called once a connection is free for its account. */
  awaitRoom(pool: SocketPool): void {
    pool.account.waiting.add(pool);
    this.#waiting.set(pool.account.node, pool.account.busy);
  }

  cancelWait(pool: SocketPool): void {
    pool.account.waiting.delete(pool);
    this.#reposition(pool.account);
  }

  /** Begins waiting requests, of the account with the fewest connections first, as far as the shares allow. */
  beginWaiting(): void {
    // A request that fails at once calls this again; the loop goes on with what it has freed.
    if (this.#isPumping || this.#waiting.size === 0) return;
    this.#isPumping = true;
    try {
      for (let account = this.#waiting.first; account !== undefined; account = this.#waiting.first) {
        if (!this.hasRoom(account)) return;
        const [pool] = account.waiting;
        if (pool === undefined) return;
        this.cancelWait(pool);
        pool.beginNext();
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #reposition(account: AccountSockets): void {
    if (account.waiting.size > 0) this.#waiting.set(account.node, account.busy);
    else if (this.#waiting.size > 0) this.#waiting.delete(account.node);
  }
}
