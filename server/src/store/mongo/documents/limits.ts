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

/** A limit of a chat service that is in force. `_id` is its key. Expires by `until`. */
export interface DestinationLimitDoc {
  _id: string;
  until: Date;
}
