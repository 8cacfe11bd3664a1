import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { SendResult } from '../../domain/send-result.ts';
import { ConnectionPool, type PoolDeps, type PoolOptions } from './connection-pool.ts';
import type { Dialer } from './dialer.ts';

export interface OriginDeps extends Omit<PoolDeps, 'dialer'> {
  readonly createDialer: (accountId: string) => Dialer;
}

/** One `scheme://host:port`, called with one client certificate or none. Each account has its own pool of connections to it. */
export class Origin {
  readonly #deps: OriginDeps;
  readonly #options: PoolOptions;
  readonly #pools = new Map<string, ConnectionPool>();

  constructor(deps: OriginDeps, options: PoolOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  send(request: OutgoingRequest, resolve: (result: SendResult) => void): void {
    const { accountId } = request;
    const pool = this.#pools.get(accountId) ?? this.#open(accountId);
    pool.send(request, resolve);
  }

  #open(accountId: string): ConnectionPool {
    const deps = { ...this.#deps, dialer: this.#deps.createDialer(accountId) };
    const pool = new ConnectionPool(accountId, deps, this.#options);
    this.#pools.set(accountId, pool);
    return pool;
  }

  /** Closes the pools that were not used lately. Returns whether none is left. */
  sweep(): boolean {
    for (const [accountId, pool] of this.#pools) {
      if (pool.retireIfUnused()) this.#pools.delete(accountId);
    }
    return this.#pools.size === 0;
  }

  /** Closes all idle connections now and the others once they are idle. */
  retire(): void {
    for (const pool of this.#pools.values()) pool.retire();
  }

  /** Ends the requests that wait for a connection. They were not sent. */
  endWaiting(): void {
    for (const pool of this.#pools.values()) pool.endWaiting();
  }
}
