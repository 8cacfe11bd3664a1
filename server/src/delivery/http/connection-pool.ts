import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { SendResult } from '../../domain/send-result.ts';
import { Connection } from './connection.ts';
import type { Dialer } from './dialer.ts';
import { Exchange, type ExchangeOwner } from './exchange.ts';
import type { AccountSockets, SocketBudget, SocketPool } from './socket-budget.ts';
import type { UnsentRequests } from './unsent.ts';

export interface PoolOptions {
  /** Most connections of the pool. */
  readonly maxConnections: number;
  readonly keepAliveMs: number;
  /** How long a request waits for a connection. */
  readonly maxWaitMs: number;
}

export interface PoolDeps {
  readonly dialer: Dialer;
  readonly sockets: SocketBudget;
  readonly unsent: UnsentRequests;
  readonly onFinished: () => void;
}

type Resolve = (result: SendResult) => void;

interface WaitingRequest {
  readonly request: OutgoingRequest;
  readonly resolve: Resolve;
  readonly timer: NodeJS.Timeout;
}

/** A pool that no request used for this many sweeps is unused. */
const sweepsUntilUnused = 4;

/**
 * The connections of one account to one origin, and its requests that wait for one.
 *
 *   send  --a connection is free--> exchange: dials or reuses one. The deadline of the request begins here
 *         --none is free--> waiting --one is free--> exchange
 *                           waiting --maxWaitMs--> not sent, which is no failure of the receiver
 *
 * Accounts share no connection, so that one account's slow webhooks at a host do not delay another's.
 */
export class ConnectionPool implements ExchangeOwner, SocketPool {
  readonly account: AccountSockets;
  readonly #deps: PoolDeps;
  readonly #options: PoolOptions;
  /** Used last in, first out, so that surplus connections reach the end of their keep-alive and close. */
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<WaitingRequest>();
  #busy = 0;
  #isRetired = false;
  /** Whether the budget has forgotten the pool. */
  #hasLeft = false;
  #sweepsUnused = 0;

  constructor(accountId: string, deps: PoolDeps, options: PoolOptions) {
    this.account = deps.sockets.addPool(accountId);
    this.#deps = deps;
    this.#options = options;
  }

  send(request: OutgoingRequest, resolve: Resolve): void {
    this.#sweepsUnused = 0;
    const isFree = this.#waiting.size === 0 && this.#hasRoom && this.#deps.sockets.hasRoom(this.account);
    if (isFree) this.#begin(request, resolve);
    else this.#wait(request, resolve);
  }

  beginNext(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    clearTimeout(next.timer);
    this.#begin(next.request, next.resolve);
    this.#awaitRoom();
  }

  onExchangeFinished(_exchange: Exchange, connection: Connection | undefined, isReusable: boolean): void {
    const { sockets, onFinished } = this.#deps;
    this.#busy--;
    sockets.leave(this.account);
    if (isReusable && connection !== undefined && !this.#isRetired) {
      connection.release();
      this.#idle.push(connection);
      sockets.addIdle(this, connection);
    } else connection?.destroy();
    this.#awaitRoom();
    sockets.beginWaiting();
    this.#leaveIfDone();
    onFinished();
  }

  closeOldestIdle(): void {
    const connection = this.#idle.shift();
    if (connection === undefined) return;
    this.#deps.sockets.removeIdle(connection);
    connection.destroy();
  }

  /** Closes all idle connections now and the others once they are idle. */
  retire(): void {
    this.#isRetired = true;
    while (this.#idle.length > 0) this.closeOldestIdle();
    this.#leaveIfDone();
  }

  /** Ends the requests that wait. They were not sent. */
  endWaiting(): void {
    for (const waiting of this.#waiting) this.#giveUp(waiting, 'shutting_down');
  }

  /** Retires the pool and returns true if no request has used it for some sweeps. */
  retireIfUnused(): boolean {
    if (this.#isBusy || ++this.#sweepsUnused < sweepsUntilUnused) return false;
    this.retire();
    return true;
  }

  #leaveIfDone(): void {
    if (!this.#isRetired || this.#isBusy || this.#hasLeft) return;
    this.#hasLeft = true;
    this.#deps.sockets.removePool(this.account);
  }

  get #isBusy(): boolean {
    return this.#busy > 0 || this.#waiting.size > 0;
  }

  get #hasRoom(): boolean {
    return this.#busy < this.#options.maxConnections;
  }

  #begin(request: OutgoingRequest, resolve: Resolve): void {
    const { sockets, dialer } = this.#deps;
    this.#busy++;
    let connection = this.#idle.pop();
    if (connection === undefined) {
      sockets.open(this.account);
      connection = new Connection(dialer, this.#options.keepAliveMs);
    } else sockets.use(this.account, connection);
    new Exchange(request, this, resolve).begin(connection);
  }

  #wait(request: OutgoingRequest, resolve: Resolve): void {
    const timer = setTimeout(() => this.#giveUp(waiting, 'no_connection'), this.#options.maxWaitMs);
    const waiting: WaitingRequest = { request, resolve, timer };
    this.#waiting.add(waiting);
    this.#awaitRoom();
  }

  #awaitRoom(): void {
    if (this.#waiting.size > 0 && this.#hasRoom) this.#deps.sockets.awaitRoom(this);
  }

  #giveUp(waiting: WaitingRequest, cause: 'no_connection' | 'shutting_down'): void {
    const { sockets, unsent, onFinished } = this.#deps;
    clearTimeout(waiting.timer);
    this.#waiting.delete(waiting);
    if (this.#waiting.size === 0) sockets.cancelWait(this);
    waiting.resolve(unsent.toResult(cause));
    this.#leaveIfDone();
    onFinished();
  }
}
