import type { ErasedCounts, Page } from '@tocsin/shared';
import type { AppDeletion } from '../app-deletion.ts';
import type { AccountFilter } from './access-stores.ts';
import type { PageRequest } from './page-request.ts';

/* Deletions of apps: jobs that erase what an app had, and the tombstones of their ids. */

export interface AppDeletionStore {
  /**
   * Deletes an app with its webhooks and starts its erasure, in one transaction. Returns `limit_reached` and
   * changes nothing if `maxRunning` erasures of the account are running, `missing` if the app does not exist.
   */
  start(
    deletion: Pick<AppDeletion, 'id' | 'appId' | 'createdAt'>,
    maxRunning: number,
  ): Promise<StartedDeletion | 'missing' | 'limit_reached'>;
  /** Returns the apps whose erasure is running. `accountId` undefined: of all accounts. */
  findErasing(accountId: string | undefined): Promise<string[]>;
  /** Returns deletions newest first. */
  list(filter: AccountFilter, page: PageRequest): Promise<Page<AppDeletion>>;
  /**
   * Claims a deletion that is due and that no process holds, for `leaseMs`. Of several accounts, the one whose
   * turn was longest ago comes first. Returns undefined if there is none.
   */
  claim(now: number, leaseMs: number): Promise<ClaimedDeletion | undefined>;
  /**
   * Erases up to `limit` objects of the app, renews the lease until `leaseUntil` and counts them, in one
   * transaction. Returns undefined and changes nothing if another process has claimed the deletion.
   */
  eraseSome(claim: ClaimedDeletion, limit: number, leaseUntil: number): Promise<EraseStep | undefined>;
  /** Ends the claim. Changes nothing if another process has claimed the deletion. */
  release(claim: ClaimedDeletion, change: ReleaseChange): Promise<void>;
}

export interface StartedDeletion {
  readonly accountId: string;
  /** Ids of the deleted webhooks. */
  readonly webhookIds: readonly string[];
}

export interface ClaimedDeletion {
  readonly deletion: AppDeletion;
  /** The fencing token. */
  readonly token: string;
  /** When a sweep last found nothing, epoch ms. Undefined if the last one erased something. */
  readonly emptySince: number | undefined;
}

export interface EraseStep {
  readonly erased: ErasedCounts;
  /** Whether objects are left. Events in the outbox stay until their entry is complete, without their data. */
  readonly isMore: boolean;
}

export interface ReleaseChange {
  /** When to sweep again, epoch ms. Undefined: never. */
  readonly due: number | undefined;
  readonly emptySince: number | undefined;
  /** Marks the deletion as done at this time. Undefined keeps its status. */
  readonly finishedAt?: number | undefined;
}
