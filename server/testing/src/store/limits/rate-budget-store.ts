import type { RateLimit } from '../../../../src/domain/account-limits.ts';
import type {
  BudgetGrant,
  BudgetRequest,
  Pace,
  RateBudgetStore,
} from '../../../../src/domain/ports/limit-stores.ts';

interface Budget {
  readonly tokens: number;
  /** Epoch ms. */
  readonly at: number;
}

/** One token bucket for each id. A missing one is full. */
export class MemoryRateBudgetStore implements RateBudgetStore {
  readonly #budgets = new Map<string, Budget>();

  async lease({ id, limit, want, spent, now }: BudgetRequest): Promise<BudgetGrant> {
    const budget = this.#budgets.get(id) ?? { tokens: limit.burst, at: now };
    const charged = toRefilled(budget, limit, now) - spent;
    // Unused tokens that are given back cannot exceed the burst. A debt is limited to one burst.
    const tokens = Math.max(-limit.burst, Math.min(limit.burst, charged));
    const granted = Math.max(0, Math.min(want, Math.floor(tokens)));
    // Clocks of processes differ by some ms, and time must not run backwards.
    this.#budgets.set(id, { tokens: tokens - granted, at: Math.max(now, budget.at) });
    return { granted, left: tokens - granted };
  }

  async read(id: string, limit: RateLimit, now: number): Promise<number | undefined> {
    const budget = this.#budgets.get(id);
    return budget === undefined ? undefined : toRefilled(budget, limit, now);
  }
}

function toRefilled({ tokens, at }: Budget, { burst, perSecond }: Pace, now: number): number {
  return Math.min(burst, tokens + (Math.max(0, now - at) * perSecond) / 1000);
}
