import { LRUCache } from 'lru-cache';
import { atMost } from '../../../domain/cache-bounds.ts';
import type { Actor } from '../../../domain/access.ts';
import { TocsinError } from '../../../domain/errors.ts';
import type { Clock } from '../../../domain/ports/runtime.ts';

export interface SubscriptionLimits {
  /** Live subscriptions of this process. */
  readonly total: number;
  /** Places of `total` that only the root token takes. */
  readonly forOperator: number;
  readonly perAccount: number;
  readonly perKey: number;
  /** Subscriptions that an account opens at once, and per second in the long run. */
  readonly openingBurst: number;
  readonly openingsPerSecond: number;
}

/** An idle subscription costs about as much memory as its connection. */
const defaultSubscriptionLimits: SubscriptionLimits = {
  total: 1_000,
  forOperator: 20,
  perAccount: 200,
  perKey: 100,
  openingBurst: 200,
  openingsPerSecond: 10,
};

export type SubscriptionRejection = 'key_limit' | 'account_limit' | 'process_limit' | 'opening_rate';

export interface SubscriptionPlacesDeps {
  readonly clock: Clock;
  readonly onRejected: (reason: SubscriptionRejection) => void;
}

/** Seconds until a rejected caller should come again: a place becomes free when another subscription ends. */
const retryAfterSeconds = 10;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * The places for live subscriptions. An account takes at most as many as it leaves free, so that the first
 * accounts never take the last places (dynamic thresholds, as in the endpoint queues). The operator has places
 * that customers cannot take, so that the admin UI works when all others are taken.
 */
export class SubscriptionPlaces {
  readonly #deps: SubscriptionPlacesDeps;
  readonly #limits: SubscriptionLimits;
  readonly #perAccount = new Map<string, number>();
  readonly #perKey = new Map<string, number>();
  readonly #openings = new LRUCache<string, Bucket>(atMost(10_000));
  #total = 0;

  constructor(deps: SubscriptionPlacesDeps, limits: SubscriptionLimits = defaultSubscriptionLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  get taken(): number {
    return this.#total;
  }

  /**
   * Takes a place. Returns the function that gives it back.
   *
   * @throws RATE_LIMITED if the caller has too many, or opens them too fast.
   * @throws UNAVAILABLE if the process has no place left.
   */
  take(actor: Actor): () => void {
    if (actor.kind === 'root') {
      if (this.#total >= this.#limits.total) this.#reject('process_limit', this.#limits.total);
      return this.#hold([]);
    }
    const { total, forOperator, perAccount, perKey } = this.#limits;
    this.#countOpening(actor.accountId);
    const key = toCredential(actor);
    if (count(this.#perKey, key) >= perKey) this.#reject('key_limit', perKey);
    const ofAccount = count(this.#perAccount, actor.accountId);
    if (ofAccount >= perAccount) this.#reject('account_limit', perAccount);
    const free = total - forOperator - this.#total;
    if (free < 1) this.#reject('process_limit', total - forOperator);
    if (ofAccount >= free) this.#reject('account_limit', ofAccount);
    return this.#hold([
      [this.#perAccount, actor.accountId],
      [this.#perKey, key],
    ]);
  }

  #hold(counted: readonly (readonly [Map<string, number>, string])[]): () => void {
    this.#total++;
    for (const [counts, id] of counted) counts.set(id, count(counts, id) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#total--;
      for (const [counts, id] of counted) {
        const left = count(counts, id) - 1;
        if (left === 0) counts.delete(id);
        else counts.set(id, left);
      }
    };
  }

  #countOpening(accountId: string): void {
    const { openingBurst, openingsPerSecond } = this.#limits;
    const now = this.#deps.clock.now();
    const bucket = this.#openings.get(accountId) ?? { tokens: openingBurst, at: now };
    bucket.tokens = Math.min(openingBurst, bucket.tokens + ((now - bucket.at) * openingsPerSecond) / 1000);
    bucket.at = now;
    this.#openings.set(accountId, bucket);
    if (bucket.tokens < 1) this.#reject('opening_rate', openingsPerSecond);
    bucket.tokens--;
  }

  #reject(reason: SubscriptionRejection, limit: number): never {
    this.#deps.onRejected(reason);
    const code = reason === 'process_limit' ? 'UNAVAILABLE' : 'RATE_LIMITED';
    throw new TocsinError(code, `${toSentence(reason, limit)}; retry in ${retryAfterSeconds} s`, {
      retryAfterSeconds,
    });
  }
}

/** The key, or the subject of an issuer's tokens: each token of it counts with the others. */
function toCredential(actor: Exclude<Actor, { readonly kind: 'root' }>): string {
  return actor.kind === 'key' ? actor.keyId : `${actor.issuer} ${actor.subject}`;
}

function count(counts: ReadonlyMap<string, number>, id: string): number {
  return counts.get(id) ?? 0;
}

function toSentence(reason: SubscriptionRejection, limit: number): string {
  switch (reason) {
    case 'key_limit':
      return `this key already has ${limit} live subscriptions, the maximum`;
    case 'account_limit':
      return `this account already has ${limit} live subscriptions, the maximum at present`;
    case 'process_limit':
      return `this process already has ${limit} live subscriptions, the maximum`;
    case 'opening_rate':
      return `this account opens more than ${limit} live subscriptions per second`;
  }
}
