import { LRUCache } from 'lru-cache';
import type { Actor } from '../../domain/access.ts';
import { TocsinError } from '../../domain/errors.ts';

export interface RateLimit {
  /** The counted unit, for the error message. */
  readonly counts: 'calls' | 'events';
  /** Maximum at once. */
  readonly burst: number;
  /** Sustained rate per second. */
  readonly perSecond: number;
}

/** The limit that AuthForge's contract publishes, per key. */
export const managementLimit: RateLimit = { counts: 'calls', burst: 100, perSecond: 50 };

/** Limit for publishing, counted in events: only stops a runaway loop from using up the capacity. */
export const publishLimit: RateLimit = { counts: 'events', burst: 60_000, perSecond: 30_000 };

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets, one per API key. Each process counts for itself: the limits stop runaway callers, they do
 * not meter usage.
 */
export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #now: () => number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: 10_000 });

  constructor(limit: RateLimit, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Throws RATE_LIMITED with the seconds to wait. The root token is not limited. */
  take(actor: Actor, count = 1): void {
    if (actor.kind === 'root') return;
    const { counts, burst, perSecond } = this.#limit;
    const now = this.#now();
    const caller = actor.kind === 'key' ? actor.keyId : actor.accountId;
    const bucket = this.#buckets.get(caller) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000);
    bucket.at = now;
    this.#buckets.set(caller, bucket);
    if (bucket.tokens < count) {
      const retryAfterSeconds = Math.max(1, Math.ceil((count - bucket.tokens) / perSecond));
      throw new TocsinError(
        'RATE_LIMITED',
        `more than ${perSecond} ${counts} per second with this key; retry in ${retryAfterSeconds} s`,
        { retryAfterSeconds },
      );
    }
    bucket.tokens -= count;
  }
}
