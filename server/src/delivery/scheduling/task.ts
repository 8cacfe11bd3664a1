import type { ClaimedDelivery } from '../../domain/ports/delivery-queue.ts';

/**
 * A claim held by this process. A batch's hold covers all targets of all its events: it ends when each has its document
 * and the batch left the queue. A delivery's hold ends with its recording.
 */
export interface Hold {
  readonly kind: 'batch' | 'delivery';
  readonly id: string;
  readonly token: string;
  /** End of the lease by the database's clock, as last written. */
  until: number;
  /** Deliveries under this hold that are not recorded yet. */
  open: number;
  /** False for a batch that stays in the queue, since some of its events may still come. */
  readonly isClosedAtEnd: boolean;
}

/** A delivery waiting in memory or being sent. */
export interface Task {
  readonly delivery: ClaimedDelivery;
  readonly hold: Hold;
}

export function idsByToken(holds: readonly Hold[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const hold of holds) {
    const group = groups.get(hold.token);
    if (group === undefined) groups.set(hold.token, [hold.id]);
    else group.push(hold.id);
  }
  return groups;
}
