import type { Log } from '../../domain/ports/runtime.ts';

/**
 * How long a transaction may wait for its process. A process lets pass milliseconds between two operations of one, so a
 * longer wait shows that it was killed, is suspended, or lost its connection.
 */
export const abandonedAfterMs = 3_000;

export const endAbandonedEveryMs = 1_000;

export interface AbandonedTransactionsDeps {
  /** Ends transactions that have waited for their process for this long, and returns how many. */
  readonly end: (idleMs: number) => Promise<number>;
  readonly log: Log;
}

/**
 * Creates the job that frees what a killed process has locked. Each process runs it, because any of them can wait for the
 * locks.
 */
export function createEndAbandonedTransactions({ end, log }: AbandonedTransactionsDeps): () => Promise<void> {
  let hasFailed = false;
  return async () => {
    try {
      const count = await end(abandonedAfterMs);
      hasFailed = false;
      if (count > 0) log.warn({ count }, 'ended transactions that their process has abandoned');
    } catch (error) {
      // Every second, it would fill the log of a server whose database is away.
      if (!hasFailed) log.warn({ err: error }, 'cannot look for abandoned transactions; will try again');
      hasFailed = true;
    }
  };
}
