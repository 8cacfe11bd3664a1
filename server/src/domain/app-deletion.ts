import type { ErasedCounts } from '@tocsin/shared';

/**
 * The deletion of an app, and the tombstone of its id, which is never given again. Times are epoch ms.
 *
 *   running --a sweep finds nothing, and so does another one after the settle time--> done
 */
export interface AppDeletion {
  readonly id: string;
  readonly appId: string;
  readonly accountId: string;
  readonly status: 'running' | 'done';
  /** Erased so far. */
  readonly erased: ErasedCounts;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}
