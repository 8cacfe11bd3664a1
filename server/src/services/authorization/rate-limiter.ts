import { LRUCache } from 'lru-cache';
import type { Actor } from '../../domain/access.ts';
import { TocsinError } from '../../domain/errors.ts';

export interface RateLimit {
  /** What is counted, in the plural. */
  readonly counts: 'calls' | 'events';
  /** Calls that may come at once. */
  readonly burst: number;
  /** Calls per second in the long run. */
  readonly perSecond: number;
}

/** AuthForge's published limit, per key: bursts of 100, 50 a second sustained. */
export const managementLimit: RateLimit = { counts: 'calls', burst: 100, perSecond: 50 };

/** Publishing is the platform's purpose: bounded only so that one runaway loop cannot take it all. Counted in events. */
export const publishLimit: RateLimit = { counts: 'events', burst: 60_000, perSecond: 30_000 };

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets, one per API key and kind of call. Per process: a limit against runaways, not an account of usage. */
export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #now: () => number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: 10_000 });

  constructor(limit: RateLimit, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Throws RATE_LIMITED with the seconds to wait. The root token is the operator's own and is not limited. */
  take(actor: Actor, count = 1): void {
    if (actor.kind === 'root') return;
    const { counts, burst, perSecond } = this.#limit;
    const now = this.#now();
    const bucket = this.#buckets.get(actor.keyId) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000);
    bucket.at = now;
    this.#buckets.set(actor.keyId, bucket);
    if (bucket.tokens < count) {
      const retryAfterSeconds = Math.max(1, Math.ceil((count - bucket.tokens) / perSecond));
      throw new TocsinError(
        'RATE_LIMITED',
        `more than ${perSecond} ${counts} a second with this key; try again in ${retryAfterSeconds} s`,
        { retryAfterSeconds },
      );
    }
    bucket.tokens -= count;
  }
}
