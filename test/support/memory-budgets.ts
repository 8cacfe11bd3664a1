import type { BudgetGrant, BudgetRequest, RateBudgetStore } from '../../server/src/domain/ports/limit-stores.ts';

/** Budgets of rate limits in memory. Its rules are those of the database, which a contract test compares. */
export class MemoryBudgets implements RateBudgetStore {
  leases = 0;
  isAway = false;
  readonly #budgets = new Map<string, { tokens: number; at: number }>();
  #last: Promise<unknown> = Promise.resolve();

  lease(request: BudgetRequest): Promise<BudgetGrant> {
    this.leases++;
    if (this.isAway) return Promise.reject(new Error('the database is away'));
    const { id, limit, want, spent, now } = request;
    const { tokens, at } = this.#budgets.get(id) ?? { tokens: limit.burst, at: now };
    const refilled = Math.min(limit.burst, tokens + (Math.max(0, now - at) * limit.perSecond) / 1000);
    const charged = Math.max(-limit.burst, Math.min(limit.burst, refilled - spent));
    const granted = Math.max(0, Math.min(want, Math.floor(charged)));
    this.#budgets.set(id, { tokens: charged - granted, at: Math.max(now, at) });
    const grant = Promise.resolve({ granted, left: charged - granted });
    this.#last = grant;
    return grant;
  }

  read(id: string): Promise<number | undefined> {
    return Promise.resolve(this.#budgets.get(id)?.tokens);
  }

  /** Resolves after the latest lease was received. */
  async settled(): Promise<void> {
    await this.#last;
    await new Promise(setImmediate);
  }
}
