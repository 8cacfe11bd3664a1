/* Clock, ids and log. */

/** Database time, so that all processes agree on due times and leases. */
export interface Clock {
  /** Returns epoch ms. */
  now(): number;
}

/** Waits of one process. Those of the server are real; those of the test kit are virtual. */
export interface Timers {
  /** Returns ms since any moment. Never goes back. */
  monotonicNow(): number;
  /** Calls back once, after `ms`. Returns a function that cancels the call. */
  after(ms: number, callback: () => void): () => void;
  /**
   * Calls back once, at most `ms` from now, when enough work may have gathered for one call of the store. Virtual
   * time does not pass meanwhile. Returns a function that cancels the call.
   */
  gather(ms: number, callback: () => void): () => void;
}

/** Starts to measure time. Returns a function that returns the time since then, ms. */
export type StartStopwatch = () => () => number;

/** Creates ids. Those with a time sort by it; `at` is epoch ms. */
export interface Ids {
  event(at: number): string;
  replay(at: number): string;
  webhook(): string;
  account(): string;
  app(): string;
  appDeletion(at: number): string;
  key(): string;
  audit(at: number): string;
  alertChannel(): string;
  alertRule(): string;
  alertMessage(at: number): string;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  /** An operator must act now. */
  error(fields: object, message: string): void;
}
