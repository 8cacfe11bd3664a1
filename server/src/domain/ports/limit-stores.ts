import type { CountedLimit, RateLimit } from '../account-limits.ts';

/* What all processes count together: the tokens of rate limits, and the changes of accounts. */

/** The size of a token bucket. */
export type Pace = Pick<RateLimit, 'burst' | 'perSecond'>;

/** The budgets of rate limits: one token bucket per key or account, which all processes lease from. */
export interface RateBudgetStore {
  /**
   * Takes up to `want` tokens from a budget, after it refilled it until `now` and charged `spent`. The budget
   * may become negative by `spent`, and then grants nothing until it is refilled. Atomic.
   */
  lease(request: BudgetRequest): Promise<BudgetGrant>;
  /** Returns the tokens of a budget at `now`. Undefined if nothing was leased lately: it is full. */
  read(id: string, limit: RateLimit, now: number): Promise<number | undefined>;
}

export interface BudgetRequest {
  /** Such as `calls:acc_1` or `events:key_1`. */
  readonly id: string;
  readonly limit: Pace;
  readonly want: number;
  /** Tokens that were used before they were leased. Negative: leased tokens that are given back. */
  readonly spent: number;
  /** Epoch ms. */
  readonly now: number;
}

export interface BudgetGrant {
  readonly granted: number;
  /** Tokens that the budget still has. */
  readonly left: number;
}

/** What accounts have. */
export interface AccountCountStore {
  /** Counts the apps, webhooks, living keys and running replays of an account. `now` is epoch ms. */
  count(accountId: string, now: number): Promise<Record<CountedLimit, number>>;
}

/** The changes that each account made in the current hour and day (UTC). */
export interface ChangeCountStore {
  /**
   * Counts one change, unless the hour or the day already has its maximum. Returns the counts after the call.
   * Exact even if calls race.
   */
  add(accountId: string, maximum: ChangeCounts<number | null>, now: number): Promise<CountedChange>;
  /** Takes back a change that was counted at `at` and failed. */
  remove(accountId: string, at: number): Promise<void>;
  read(accountId: string, now: number): Promise<ChangeCounts<number>>;
}

export interface ChangeCounts<T> {
  readonly hour: T;
  readonly day: T;
}

export interface CountedChange extends ChangeCounts<number> {
  /** False: not counted, because the hour or the day already has its maximum. */
  readonly isCounted: boolean;
}
