import type { ClaimedDelivery } from '../../domain/ports/delivery-queue.ts';

/**
 * A lease that this process holds. The lease of an outbox entry covers all targets of all its events: it ends
 * once each delivery has its document and the entry left the outbox. The lease of a retry ends with its
 * result.
 */
export interface TrackedLease {
  readonly source: 'outbox' | 'retry';
  /** Id of the outbox entry or of the delivery. */
  readonly id: string;
  readonly token: string;
  /** End of the lease in database time, epoch ms, as last written. */
  until: number;
  /** Deliveries under this lease without a written result. */
  remaining: number;
  /**
   * Whether the entry leaves the outbox with its last result. False for retries and for incomplete entries.
   */
  readonly isEntryComplete: boolean;
}

/** A delivery in memory, queued or in flight. */
export interface Task {
  readonly delivery: ClaimedDelivery;
  readonly lease: TrackedLease;
}

export function groupIdsByToken(leases: readonly TrackedLease[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const lease of leases) {
    const group = groups.get(lease.token);
    if (group === undefined) groups.set(lease.token, [lease.id]);
    else group.push(lease.id);
  }
  return groups;
}
