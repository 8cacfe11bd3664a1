import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import type { Pace, RateBudgetStore } from '../../domain/ports/limit-stores.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import { toAccountKey, toAddressKey } from './limit-key.ts';

export interface InvalidRequestsDeps {
  readonly budgets: Pick<RateBudgetStore, 'lease'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Invalid requests in any ten minutes are at most twice these numbers: as many at once, and as many again that the
 * budget gains in that time.
 */
export interface InvalidRequestLimits {
  /** Of all accounts to one service. */
  readonly perAddress: number;
  /** Of one account to one service. */
  readonly perAccount: number;
}

/** At most half of what Discord blocks an address for, and of that at most a tenth for one account. */
export const defaultInvalidRequestLimits: InvalidRequestLimits = { perAddress: 2_500, perAccount: 250 };

/** Discord counts invalid requests over ten minutes. */
const windowMs = 10 * 60 * 1000;

/** An account without budget waits until it has regained a tenth of it. */
const accountPauseMs = windowMs / 10;

/** Counts are added to those of other processes this often. */
const flushEveryMs = 1_000;

const maxBudgets = 10_000;

interface Budget {
  readonly pace: Pace;
  tokens: number;
  at: number;
  /** Counted since the last exchange with other processes. */
  unflushed: number;
}

/**
 * Counts the invalid requests of accounts, so that one account does not get our address blocked for all. Token
 * buckets, which all processes share by the budgets of rate limits. A request costs no round trip: the process
 * decides by what it knows, which is up to a second old.
 */
export class InvalidRequests {
  readonly #deps: InvalidRequestsDeps;
  readonly #limits: InvalidRequestLimits;
  readonly #budgets = new LRUCache<string, Budget>(atMost(maxBudgets));
  readonly #unflushed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: InvalidRequestsDeps, limits: InvalidRequestLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /**
   * Counts an invalid request. Returns how long the account sends nothing to the service, ms; 0 while its budget
   * lasts. Without budget for the address, the account stops whatever its own budget is.
   */
  count(service: string, accountId: string, now: number): number {
    const { perAddress, perAccount } = this.#limits;
    const addressTokens = this.#spend(toAddressKey(service), perAddress, now);
    const accountTokens = this.#spend(toAccountKey(service, accountId), perAccount, now);
    this.#timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
    if (addressTokens < 1) return windowMs;
    return accountTokens < 1 ? accountPauseMs : 0;
  }

  #spend(key: string, burst: number, now: number): number {
    const perSecond = (burst * 1000) / windowMs;
    const budget = this.#budgets.get(key) ?? {
      pace: { burst, perSecond },
      tokens: burst,
      at: now,
      unflushed: 0,
    };
    const refilled = budget.tokens + (Math.max(0, now - budget.at) * perSecond) / 1000;
    // As in the store: a debt is limited to one burst.
    budget.tokens = Math.max(-burst, Math.min(burst, refilled) - 1);
    budget.at = now;
    budget.unflushed++;
    this.#budgets.set(key, budget);
    this.#unflushed.add(key);
    return budget.tokens;
  }

  /** Adds the counts to those of other processes, and takes over what is left. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const keys = [...this.#unflushed];
    this.#unflushed.clear();
    for (const key of keys) {
      const budget = this.#budgets.peek(key);
      if (budget !== undefined) await this.#exchange(key, budget);
    }
  }

  async #exchange(key: string, budget: Budget): Promise<void> {
    const { budgets, clock, log } = this.#deps;
    const { pace, unflushed: spent } = budget;
    budget.unflushed = 0;
    const now = clock.now();
    try {
      const { left } = await budgets.lease({ id: `invalid:${key}`, limit: pace, want: 0, spent, now });
      budget.tokens = left - budget.unflushed;
      budget.at = Math.max(budget.at, now);
    } catch (error) {
      budget.unflushed += spent;
      this.#unflushed.add(key);
      log.debug({ err: error }, 'invalid requests not shared with other processes; retrying with the next');
    }
  }

  async stop(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
  }
}
