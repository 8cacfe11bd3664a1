import type { BudgetGrant, BudgetRequest } from '../../server/src/domain/ports/limit-stores.ts';
import { MemoryRateBudgetStore } from '../../server/testing/src/store/limits/rate-budget-store.ts';

/** Budgets in memory that count their leases, and that can be away. */
export class MemoryBudgets extends MemoryRateBudgetStore {
  leases = 0;
  isAway = false;
  #last: Promise<unknown> = Promise.resolve();

  override lease(request: BudgetRequest): Promise<BudgetGrant> {
    this.leases++;
    if (this.isAway) return Promise.reject(new Error('the database is away'));
    const grant = super.lease(request);
    this.#last = grant;
    return grant;
  }

  /** Resolves after the latest lease was received. */
  async settled(): Promise<void> {
    await this.#last;
    await new Promise(setImmediate);
  }
}
