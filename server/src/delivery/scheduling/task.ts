import type { DueDelivery } from '../../domain/ports/delivery-queue.ts';

/** A delivery in memory: queued, in flight, or with a result that is not yet written. */
export interface Task {
  readonly delivery: DueDelivery;
  readonly partition: number;
  /** The open entry that owes its first result. Undefined: it has a document. */
  readonly entryId: string | undefined;
}
