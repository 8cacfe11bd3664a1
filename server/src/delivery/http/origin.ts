import { Connection } from './connection.ts';
import type { Dialer } from './dialer.ts';
import type { Exchange, ExchangeOwner } from './exchange.ts';

export interface OriginOptions {
  readonly maxConnections: number;
  readonly keepAliveMs: number;
}

/** The connections to one `scheme://host:port`, and the exchanges that wait for a connection. */
export class Origin implements ExchangeOwner {
  readonly #dialer: Dialer;
  readonly #options: OriginOptions;
  readonly #onFinished: () => void;
  /** Used last in, first out, so that surplus connections reach the end of their keep-alive and close. */
  readonly #idle: Connection[] = [];
  readonly #waiting: Exchange[] = [];
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
    const connection = this.#idle.pop();
    if (connection !== undefined) exchange.begin(connection);
    else if (this.#connections < this.#options.maxConnections) exchange.begin(this.#open());
    else this.#waiting.push(exchange);
  }

  onExchangeFinished(connection: Connection | undefined, isReusable: boolean): void {
    // An exchange that finished without a connection is still in the queue; #nextWaiting skips it.
    if (connection !== undefined) this.#takeBack(connection, isReusable);
    this.#onFinished();
  }

  /** Closes all idle connections now and the others once they are idle. */
  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#idle.splice(0)) this.#drop(connection);
  }

  /** Gives the connection to the next waiting exchange, or keeps it idle. */
  #takeBack(connection: Connection, isReusable: boolean): void {
    if (isReusable) connection.release();
    else this.#drop(connection);
    const next = this.#nextWaiting();
    if (next !== undefined) next.begin(isReusable ? connection : this.#open());
    else if (!isReusable) return;
    else if (this.#isRetired) this.#drop(connection);
    else this.#idle.push(connection);
  }

  #open(): Connection {
    this.#connections++;
    return new Connection(this.#dialer, this.#options.keepAliveMs);
  }

  #drop(connection: Connection): void {
    this.#connections--;
    connection.destroy();
  }

  #nextWaiting(): Exchange | undefined {
    let next = this.#waiting.shift();
    while (next?.isFinished === true) next = this.#waiting.shift();
    return next;
  }
}
