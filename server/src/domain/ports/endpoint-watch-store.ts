import type { EndpointWatch } from '../endpoint-watch.ts';

/* What the monitor of endpoints keeps, and what it reads to compare with. Only one process at a time writes. */

/** An operational event that has to be published. */
export interface OperationalNotice {
  /** Also its idempotency key. The same for the same change, so that a repeated write adds nothing. */
  readonly id: string;
  readonly accountId: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** When the change happened, epoch ms. */
  readonly at: number;
}

/** How far the monitor has read. */
export interface MonitorCursor {
  /** Webhooks that were disabled before are known, epoch ms. */
  readonly disabledUntil: number;
  /** Deliveries that failed for good before are counted, epoch ms. */
  readonly failedUntil: number;
  /** Secrets from before a rotation that end before are told of, epoch ms. */
  readonly secretsUntil: number;
  /** Client certificates that end before are told of, epoch ms. */
  readonly certificatesUntil: number;
}

/** The changes of one step. All of them are stored, or none. */
export interface MonitorStep {
  /** The process that has the lease. */
  readonly holder: string;
  readonly watches: readonly EndpointWatch[];
  /** Webhooks that are not watched any more. */
  readonly forgotten: readonly string[];
  readonly notices: readonly OperationalNotice[];
  readonly cursor: MonitorCursor;
}

/** Deliveries of one webhook that failed for good in a time. */
export interface FailedCount {
  readonly webhookId: string;
  readonly count: number;
}

/** A secret of a webhook that ends. */
export interface ExpiringSecret {
  readonly webhookId: string;
  readonly kind: 'previous_secret' | 'client_certificate';
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface EndpointWatchStore {
  /**
   * Takes or extends the lease of the monitor. Returns how far it has read, or undefined if another process has the
   * lease. Times are epoch ms.
   *
   * @param start where a monitor begins that never ran
   */
  takeLease(
    holder: string,
    now: number,
    until: number,
    start: MonitorCursor,
  ): Promise<MonitorCursor | undefined>;
  /** Ends the lease of a process that stops. */
  releaseLease(holder: string): Promise<void>;
  getMany(webhookIds: readonly string[]): Promise<EndpointWatch[]>;
  /** Returns up to `limit` watches, those whose state began last first. */
  listNewest(limit: number): Promise<EndpointWatch[]>;
  /** Returns up to `limit` watches with ids above `after`, ascending. Undefined: from the lowest. */
  listAfter(after: string | undefined, limit: number): Promise<EndpointWatch[]>;
  /** Returns up to `limit` ids of webhooks that the platform disabled and that changed since then, oldest first. */
  findDisabled(
    since: number,
    limit: number,
  ): Promise<{ readonly webhookId: string; readonly updatedAt: number }[]>;
  /** Counts deliveries that failed for good in a time, by webhook. Reads at most `limit`. */
  countFailed(
    from: number,
    to: number,
    limit: number,
  ): Promise<{
    readonly counts: readonly FailedCount[];
    /** Whether there were more, so that the counts are lower bounds. */
    readonly isCapped: boolean;
  }>;
  /** Returns up to `limit` secrets and client certificates that end in a time, the next to end first. */
  findExpiring(
    kind: ExpiringSecret['kind'],
    from: number,
    to: number,
    limit: number,
  ): Promise<ExpiringSecret[]>;
  /** When the oldest event was accepted whose first attempts are not made, epoch ms. Null: there is none. */
  findOldestOwed(): Promise<number | null>;
  /** Stores a step. Returns false if another process has the lease. */
  apply(step: MonitorStep): Promise<boolean>;
  /** Returns up to `limit` notices that are not published, oldest first. */
  listNotices(limit: number): Promise<OperationalNotice[]>;
  removeNotices(ids: readonly string[]): Promise<void>;
}
