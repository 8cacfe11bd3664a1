import type { ClaimedDelivery } from '../../domain/ports/delivery-queue.ts';

/**
 * A claim held by this process. A batch's lease covers all targets of all its events: it ends when each has its document
 * and the batch left the queue. A delivery's lease ends with its recording.
 */
export interface HeldLease {
  readonly kind: 'batch' | 'delivery';
  readonly id: string;
  readonly token: string;
  /** End of the lease by the database's clock, as last written. */
  until: number;
  /** Deliveries under this lease that are not recorded yet. */
  open: number;
  /** False for a batch that stays in the queue, since some of its events may still come. */
  readonly isClosedAtEnd: boolean;
}

/** A delivery waiting in memory or being sent. */
export interface Task {
  readonly delivery: ClaimedDelivery;
  readonly lease: HeldLease;
}

export function idsByToken(leases: readonly HeldLease[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const lease of leases) {
    const group = groups.get(lease.token);
    if (group === undefined) groups.set(lease.token, [lease.id]);
    else group.push(lease.id);
  }
  return groups;
}
