import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import { TocsinError } from '../../domain/errors.ts';

/** Failed sign-ins of one address at once. */
const burst = 20;

/** After the burst, one more failed sign-in is allowed in this time. */
const refillEveryMs = 6_000;

interface Bucket {
  attempts: number;
  at: number;
}

/**
 * Limits failed sign-ins per client address, in each process. A sign-in counts before its result is known, so
 * that parallel attempts count too, and a successful one is given back.
 */
export class SignInLimiter {
  readonly #now: () => number;
  readonly #buckets = new LRUCache<string, Bucket>(atMost(10_000));

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws RATE_LIMITED with the seconds to wait. */
  take(address: string): void {
    const now = this.#now();
    const bucket = this.#buckets.get(address) ?? { attempts: burst, at: now };
    bucket.attempts = Math.min(burst, bucket.attempts + (now - bucket.at) / refillEveryMs);
    bucket.at = now;
    this.#buckets.set(address, bucket);
    if (bucket.attempts < 1) {
      const retryAfterSeconds = Math.max(1, Math.ceil(((1 - bucket.attempts) * refillEveryMs) / 1_000));
      throw new TocsinError(
        'RATE_LIMITED',
        `too many failed sign-ins from this address; retry in ${retryAfterSeconds} s`,
        { retryAfterSeconds },
      );
    }
    bucket.attempts--;
  }

  giveBack(address: string): void {
    const bucket = this.#buckets.get(address);
    if (bucket !== undefined) bucket.attempts = Math.min(burst, bucket.attempts + 1);
  }
}
