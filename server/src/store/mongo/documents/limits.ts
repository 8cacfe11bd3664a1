/** The tokens of a rate limit. A missing document is a full budget. Expires by `at`. */
export interface RateBudgetDoc {
  _id: string;
  tokens: number;
  at: Date;
  /** The grant of the latest lease, which its caller reads. */
  granted: number;
}

/** The changes of an account in its current hour and day. `_id` is the account. */
export interface ChangeCountDoc {
  _id: string;
  hour: Date;
  hourCount: number;
  day: Date;
  dayCount: number;
  /** Whether the latest change was counted, which its caller reads. */
  isCounted: boolean;
}
