import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import type { ApiKey } from '../../domain/access.ts';
import { ReadGate, type ReadGateOptions } from '../authorization/read-gate.ts';

/** Most keys whose later look-ups need no place. */
const maxKnown = 10_000;

/**
 * Look-ups of credentials that no key of this process had yet. They take at most 8 of its 32 database
 * connections.
 */
export const keyLookupOptions: ReadGateOptions = {
  what: 'unknown API keys',
  owner: 'network',
  perAccount: 2,
  total: 8,
  operator: 1,
  // A proxy, or a cluster behind one address, brings many keys at once after a start of this process.
  maxWaiting: 500,
  maxWaitingTotal: 2_000,
  maxWaitMs: 2_000,
};

/**
 * Bounds the look-ups of API keys that anonymous callers cause with random tokens. Credentials that were valid
 * before are looked up at once. All others share a few places, which go to the networks of clients in turn.
 */
export class KeyLookups {
  readonly #findByHash: (hash: string) => Promise<ApiKey | undefined>;
  readonly #gate = new ReadGate(keyLookupOptions);
  readonly #known = new LRUCache<string, true>(atMost(maxKnown));
  readonly #running = new Map<string, Promise<ApiKey | undefined>>();

  constructor(findByHash: (hash: string) => Promise<ApiKey | undefined>) {
    this.#findByHash = findByHash;
  }

  /**
   * Finds a key. Concurrent calls with one credential share a look-up, so that the first calls with a new key
   * need one place together.
   *
   * @throws RATE_LIMITED if too many unknown credentials of the network, or of all networks, wait
   */
  find(hash: string, network: string | undefined): Promise<ApiKey | undefined> {
    const running = this.#running.get(hash);
    if (running !== undefined) return running;
    const lookup = this.#lookUp(hash, network).finally(() => {
      if (this.#running.get(hash) === lookup) this.#running.delete(hash);
    });
    this.#running.set(hash, lookup);
    return lookup;
  }

  /** Makes later calls begin look-ups of their own, because those that are running may miss a change. */
  restart(): void {
    this.#running.clear();
  }

  async #lookUp(hash: string, network: string | undefined): Promise<ApiKey | undefined> {
    if (this.#known.has(hash)) return await this.#findByHash(hash);
    const key = await this.#gate.runFor(network ?? 'no network', () => this.#findByHash(hash));
    if (key !== undefined) this.#known.set(hash, true);
    return key;
  }
}
