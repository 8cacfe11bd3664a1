import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import type { Actor } from '../../domain/access.ts';
import { keyRates, toAccountRate, type AccountLimits, type RateLimit } from '../../domain/account-limits.ts';
import { TocsinError } from '../../domain/errors.ts';
import type { GetAccountLimits } from '../limits/account-limits.ts';
import { LeasedBudget, type LeasedBudgetDeps, type Taken } from '../limits/leased-budget.ts';

export interface RateLimiterDeps extends LeasedBudgetDeps {
  readonly getLimits: GetAccountLimits;
  readonly counts: RateLimit['counts'];
}

/** Far more than keys that call within a few seconds. A dropped budget loses at most its unused share. */
const maxBudgets = 20_000;

type Caller = Exclude<Actor, { kind: 'root' }>;

/**
 * Rate limits of keys and of accounts. All processes together allow what one allows: each leases shares of
 * the budgets in the database. docs/limits.md says how exact this is.
 */
export class RateLimiter {
  readonly #deps: RateLimiterDeps;
  readonly #budgets = new LRUCache<string, LeasedBudget>(atMost(maxBudgets));

  constructor(deps: RateLimiterDeps) {
    this.#deps = deps;
  }

  /**
   * Counts calls or events of a key and of its account. Returns a promise only if it has to wait for the
   * database. The root token is not limited.
   *
   * @throws RATE_LIMITED with the seconds to wait
   */
  take(actor: Actor, count = 1): Promise<void> | void {
    if (actor.kind === 'root' || count === 0) return;
    const limits = this.#deps.getLimits(actor.accountId);
    if (!(limits instanceof Promise)) return this.#take(actor, limits, count);
    return limits.then((loaded) => this.#take(actor, loaded, count));
  }

  #take(actor: Caller, limits: AccountLimits, count: number): Promise<void> | void {
    const { counts } = this.#deps;
    const accountRate = toAccountRate(counts, limits);
    const keyRate = keyRates[counts];
    // A budget of the key that is not smaller would never be the first to run out.
    const isKeyCovered =
      accountRate !== undefined &&
      accountRate.perSecond <= keyRate.perSecond &&
      accountRate.burst <= keyRate.burst;
    const key = isKeyCovered ? undefined : this.#getBudget(toCallerId(actor), keyRate);
    const where = actor.kind === 'key' ? 'with this key' : 'with tokens of this account';
    const account = accountRate && this.#getBudget(actor.accountId, accountRate);
    const taken = key?.take(count);
    if (taken instanceof Promise) {
      return taken.then((result) => {
        checkTaken(result, keyRate, where);
        return this.#takeFromAccount(account, accountRate, key, count);
      });
    }
    checkTaken(taken, keyRate, where);
    return this.#takeFromAccount(account, accountRate, key, count);
  }

  #takeFromAccount(
    account: LeasedBudget | undefined,
    rate: RateLimit | undefined,
    key: LeasedBudget | undefined,
    count: number,
  ): Promise<void> | void {
    if (account === undefined || rate === undefined) return;
    const check = (result: Taken) => {
      if (result !== undefined) key?.putBack(count);
      checkTaken(result, rate, 'in this account');
    };
    const taken = account.take(count);
    return taken instanceof Promise ? taken.then(check) : check(taken);
  }

  #getBudget(owner: string, limit: RateLimit): LeasedBudget {
    const id = toBudgetId(this.#deps.counts, owner);
    const existing = this.#budgets.get(id);
    if (existing !== undefined) {
      existing.setLimit(limit);
      return existing;
    }
    const budget = new LeasedBudget(this.#deps, id, limit);
    this.#budgets.set(id, budget);
    return budget;
  }
}

/** Access tokens are many and short-lived, so all tokens of an account share the budget of one key. */
function toCallerId(actor: Caller): string {
  return actor.kind === 'key' ? actor.keyId : `${actor.accountId}:tokens`;
}

/** Id of the budget of a key or an account. */
export function toBudgetId(counts: RateLimit['counts'], owner: string): string {
  return `${counts}:${owner}`;
}

function checkTaken(result: Taken, { counts, perSecond }: RateLimit, where: string): void {
  if (result === undefined) return;
  throw new TocsinError(
    'RATE_LIMITED',
    `more than ${perSecond} ${counts} per second ${where}; retry in ${result} s`,
    { retryAfterSeconds: result },
  );
}
