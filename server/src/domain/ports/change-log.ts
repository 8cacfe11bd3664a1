import type { ConfigChange } from './notifications.ts';

/**
 * The log of all changes to configuration that processes cache. Each change has a number. The numbers have no
 * gaps and follow the order of the commits, because each is taken in the transaction of its change. Changes
 * are kept for a day.
 */
export interface ChangeLog {
  /** Reads the changes with numbers above `after` that a majority has. Undefined: returns only the position. */
  read(after: number | undefined): Promise<ChangesRead>;
  /** Whether a live process other than this one has not applied all changes up to this number. */
  isUnseen(seen: number, processId: string): Promise<boolean>;
}

export interface ChangesRead {
  /** The number of the newest change that was read. The next read continues after it. */
  readonly seen: number;
  /** Undefined: anything may have changed, because changes after the position are no longer kept. */
  readonly changes: readonly ConfigChange[] | undefined;
}

/** Whether cached configuration is current. */
export interface CacheLease {
  /**
   * Returns undefined while cached configuration is current. Otherwise resolves once it is.
   *
   * @throws UNAVAILABLE if the change log cannot be read in time
   */
  refresh(): Promise<void> | undefined;
}
