import { Fifo } from '../../batching/fifo.ts';
import { LevelNode, LevelRing } from '../../batching/level-ring.ts';
import { Connection } from './connection.ts';
import type { Dialer } from './dialer.ts';
import type { Exchange, ExchangeOwner } from './exchange.ts';

export interface OriginOptions {
  readonly maxConnections: number;
  readonly keepAliveMs: number;
}

/** The exchanges of one account with an origin. */
class Account {
  readonly id: string;
  /** Exchanges that have a connection. */
  begun = 0;
  readonly waiting = new Fifo<Exchange>();
  readonly node = new LevelNode<Account>(this);

  constructor(id: string) {
    this.id = id;
  }
}

/**
 * The connections to one `scheme://host:port`, and the exchanges that wait for a connection.
 *
 * Webhooks of many accounts may lead to one host, and those of one account may hang there. So an account may
 * use as many connections as are free, which is half of them for one account alone. The next free connection
 * is for the account with the fewest.
 */
export class Origin implements ExchangeOwner {
  readonly #dialer: Dialer;
  readonly #options: OriginOptions;
  readonly #onFinished: () => void;
  /** Used last in, first out, so that surplus connections reach the end of their keep-alive and close. */
  readonly #idle: Connection[] = [];
  /** Accounts with exchanges. */
  readonly #accounts = new Map<string, Account>();
  /** Accounts with waiting exchanges, by their exchanges with a connection. */
  readonly #waiting = new LevelRing<Account>();
  #connections = 0;
  #isRetired = false;
  #lastUsedAt = 0;

  constructor(dialer: Dialer, options: OriginOptions, onFinished: () => void) {
    this.#dialer = dialer;
    this.#options = options;
    this.#onFinished = onFinished;
  }

  /** A time of `performance.now()`. */
  get lastUsedAt(): number {
    return this.#lastUsedAt;
  }

  get isBusy(): boolean {
    return this.#connections > this.#idle.length;
  }

  start(exchange: Exchange): void {
    this.#lastUsedAt = exchange.startedAt;
    const account = this.#getOrCreate(exchange.request.accountId);
    account.waiting.push(exchange);
    this.#reposition(account);
    this.#beginWaiting();
  }

  onExchangeFinished(exchange: Exchange, connection: Connection | undefined, isReusable: boolean): void {
    // An exchange that finished without a connection is still in the queue; #beginWaiting skips it.
    if (connection !== undefined) {
      this.#takeBack(connection, isReusable);
      const account = this.#getOrCreate(exchange.request.accountId);
      account.begun--;
      this.#reposition(account);
    }
    this.#beginWaiting();
    if (this.#isRetired) this.#dropIdle();
    this.#onFinished();
  }

  /** Closes all idle connections now and the others once they are idle. */
  retire(): void {
    this.#isRetired = true;
    this.#dropIdle();
  }

  /** Gives connections to waiting exchanges, as far as the shares of their accounts allow. */
  #beginWaiting(): void {
    for (let account = this.#waiting.first; account !== undefined; account = this.#waiting.first) {
      const used = this.#connections - this.#idle.length;
      const exchange = account.waiting.first;
      const isGivenUp = exchange === undefined || exchange.isFinished;
      if (!isGivenUp && account.begun >= this.#options.maxConnections - used) return;
      account.waiting.shift();
      if (!isGivenUp) account.begun++;
      this.#reposition(account);
      if (!isGivenUp) exchange.begin(this.#idle.pop() ?? this.#open());
    }
  }

  #getOrCreate(id: string): Account {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const account = new Account(id);
    this.#accounts.set(id, account);
    return account;
  }

  #reposition(account: Account): void {
    if (account.waiting.size > 0) this.#waiting.set(account.node, account.begun);
    else {
      this.#waiting.delete(account.node);
      if (account.begun === 0) this.#accounts.delete(account.id);
    }
  }

  #takeBack(connection: Connection, isReusable: boolean): void {
    if (!isReusable) return this.#drop(connection);
    connection.release();
    this.#idle.push(connection);
  }

  #open(): Connection {
    this.#connections++;
    return new Connection(this.#dialer, this.#options.keepAliveMs);
  }

  #dropIdle(): void {
    for (const connection of this.#idle.splice(0)) this.#drop(connection);
  }

  #drop(connection: Connection): void {
    this.#connections--;
    connection.destroy();
  }
}
