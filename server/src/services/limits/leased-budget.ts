import type { RateLimit } from '../../domain/account-limits.ts';
import type { RateBudgetStore } from '../../domain/ports/limit-stores.ts';
import type { Clock } from '../../domain/ports/runtime.ts';

export interface LeasedBudgetDeps {
  readonly budgets: RateBudgetStore;
  readonly clock: Clock;
}

/** A call that waits for the tokens of a lease. */
interface Waiter {
  readonly count: number;
  readonly resolve: (result: Taken) => void;
}

/** Undefined: allowed. A number: not allowed; the seconds until it can be. */
export type Taken = number | undefined;

/** A lease takes this share of a second's tokens beyond what calls wait for. */
const chunkShare = 0.1;

/**
 * A process may use this share of a rate without a lease, so that publishers with few events cost the
 * database nothing. Only of high rates, where a process is far from the limit.
 */
const unleasedShare = 0.01;
const minUnleased = 100;

/** Leased tokens are given back after this time, ms. */
const leaseMs = 5_000;

/** While a budget is empty, a process asks for more at most this often, ms. */
const retryEmptyMs = 20;

/** A lease that takes longer counts as failed, ms. */
const leaseTimeoutMs = 1_000;

/** After a failed lease, the process decides by itself for this long, ms. */
const fallbackMs = 1_000;

/** Longest time to wait that a caller gets, for a rate of almost nothing. */
const maxRetryAfterSeconds = 3_600;

/**
 * The share of one process in a budget of tokens that all processes have together. Takes tokens from the
 * database in chunks, ahead of use, so that a call costs no round trip.
 *
 *   stocked --share runs low--> leasing ahead --grant--> stocked
 *   stocked --share is used up--> calls wait for the lease --full grant--> stocked
 *                                                          --partial grant--> empty: calls are rejected
 *   leasing --database fails or is slow--> on its own for a second: a bucket of this process decides
 */
export class LeasedBudget {
  readonly #deps: LeasedBudgetDeps;
  readonly #id: string;
  #limit: RateLimit;
  #share = 0;
  #shareUntil = 0;
  /** Tokens to give back to the budget. */
  #unused = 0;
  /** Tokens used without a lease. */
  #spent = 0;
  #spentAt = 0;
  /** Whether the latest lease granted less than it asked for. */
  #isScarce = false;
  #emptyUntil = 0;
  #left = 0;
  #leftAt = 0;
  #isLeasing = false;
  #fallbackUntil = 0;
  #fallback: { tokens: number; at: number } | undefined;
  readonly #waiters: Waiter[] = [];

  constructor(deps: LeasedBudgetDeps, id: string, limit: RateLimit) {
    this.#deps = deps;
    this.#id = id;
    this.#limit = limit;
  }

  /** Changes the rate from the next lease on. */
  setLimit(limit: RateLimit): void {
    this.#limit = limit;
  }

  /** Takes `count` tokens or none. A promise only if the call has to wait for a lease. */
  take(count: number): Taken | Promise<Taken> {
    const now = this.#deps.clock.now();
    if (this.#waiters.length === 0) {
      if (now < this.#fallbackUntil) return this.#takeOnOwn(count, now);
      this.#lapse(now);
      if (this.#share >= count) {
        this.#share -= count;
        if (this.#share < this.#chunk / 2 && !this.#isScarce) this.#startLease();
        return undefined;
      }
      if (this.#takeUnleased(count, now)) return undefined;
      if (now < this.#emptyUntil) return this.#toRetryAfter(count, now);
    }
    const result = new Promise<Taken>((resolve) => this.#waiters.push({ count, resolve }));
    this.#startLease();
    return result;
  }

  /** Puts back tokens of a call that another limit rejected. */
  putBack(count: number): void {
    this.#share += count;
    this.#shareUntil = Math.max(this.#shareUntil, this.#deps.clock.now() + leaseMs);
  }

  get #chunk(): number {
    return Math.ceil(this.#limit.perSecond * chunkShare);
  }

  #lapse(now: number): void {
    if (now < this.#shareUntil || this.#share === 0) return;
    this.#unused += this.#share;
    this.#share = 0;
  }

  #takeUnleased(count: number, now: number): boolean {
    const allowance = this.#limit.perSecond * unleasedShare;
    if (this.#isScarce || allowance < minUnleased) return false;
    this.#spent = Math.max(0, this.#spent - ((now - this.#spentAt) * allowance) / 1000);
    this.#spentAt = now;
    if (this.#spent + count > allowance) return false;
    this.#spent += count;
    return true;
  }

  #startLease(): void {
    if (this.#isLeasing) return;
    this.#isLeasing = true;
    void this.#leaseUntilServed();
  }

  async #leaseUntilServed(): Promise<void> {
    do {
      const now = this.#deps.clock.now();
      try {
        await this.#lease(now);
      } catch {
        this.#fallbackUntil = now + fallbackMs;
        for (const { count, resolve } of this.#waiters.splice(0)) resolve(this.#takeOnOwn(count, now));
      }
    } while (this.#waiters.length > 0);
    // In the same step as the check, so that no call begins to wait in between.
    this.#isLeasing = false;
  }

  async #lease(now: number): Promise<void> {
    const { budgets } = this.#deps;
    const waiting = this.#waiters.reduce((sum, { count }) => sum + count, 0);
    const want = Math.max(0, waiting - this.#share) + this.#chunk;
    const [spent, unused] = [this.#spent, this.#unused];
    const request = { id: this.#id, limit: this.#limit, want, spent: spent - unused, now };
    const { granted, left } = await withTimeout(budgets.lease(request));
    // Others may have been spent while the lease was under way.
    this.#spent = Math.max(0, this.#spent - spent);
    this.#unused -= unused;
    this.#fallback = undefined;
    this.#share += granted;
    this.#shareUntil = now + leaseMs;
    this.#isScarce = granted < want;
    [this.#left, this.#leftAt] = [left, now];
    if (this.#isScarce) this.#emptyUntil = now + retryEmptyMs;
    this.#serve(now);
  }

  /** Serves the waiting calls in their order. Those that came later than the lease wait for the next one. */
  #serve(now: number): void {
    for (const waiter of this.#waiters.splice(0)) {
      if (this.#share >= waiter.count) {
        this.#share -= waiter.count;
        waiter.resolve(undefined);
      } else if (this.#isScarce) {
        waiter.resolve(this.#toRetryAfter(waiter.count, now));
      } else {
        this.#waiters.push(waiter);
      }
    }
  }

  /** A token bucket of this process. It is full when the database begins to fail. */
  #takeOnOwn(count: number, now: number): Taken {
    const { burst, perSecond } = this.#limit;
    this.#fallback ??= { tokens: burst, at: now };
    const { tokens, at } = this.#fallback;
    const refilled = Math.min(burst, tokens + (Math.max(0, now - at) * perSecond) / 1000);
    const isAllowed = refilled >= count;
    this.#fallback = { tokens: isAllowed ? refilled - count : refilled, at: now };
    if (!isAllowed) return toSeconds(count - refilled, perSecond);
    // Charged to the budget by the first lease that succeeds.
    this.#spent = Math.min(burst, this.#spent + count);
    return undefined;
  }

  #toRetryAfter(count: number, now: number): number {
    const { perSecond } = this.#limit;
    const refilled = this.#left + (Math.max(0, now - this.#leftAt) * perSecond) / 1000;
    return toSeconds(count - this.#share - refilled, perSecond);
  }
}

function toSeconds(missing: number, perSecond: number): number {
  if (perSecond === 0) return maxRetryAfterSeconds;
  return Math.min(maxRetryAfterSeconds, Math.max(1, Math.ceil(missing / perSecond)));
}

async function withTimeout<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the lease took too long')), leaseTimeoutMs);
  });
  try {
    return await Promise.race([call, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
