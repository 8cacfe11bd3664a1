import type { EventFilter, Page } from '@tocsin/shared';
import type { AcceptedEvent } from '../event.ts';
import type { PageRequest, VisibleOnly } from './page-request.ts';

/* What accepting an event needs to make it durable, and what finds it again. */

export interface EventStore {
  /**
   * Makes events durable on a majority, and enters them into the queue under this lease. Without a token they are
   * nobody's, and due when it ends. No event is ever stored without the entry that owes its deliveries.
   */
  insertMany(events: readonly AcceptedEvent[], lease: QueueEntry): Promise<Insertion>;
  /** Events that nobody subscribed: stored like the others, and never in the queue. */
  insertUnmatched(events: readonly AcceptedEvent[]): Promise<Insertion>;
  /** Makes batches that are nobody's due now. */
  markDue(batchIds: readonly string[], now: number): Promise<void>;
  get(id: string): Promise<AcceptedEvent | undefined>;
  getMany(ids: readonly string[]): Promise<Map<string, AcceptedEvent>>;
  list(filter: VisibleOnly<EventFilter>, page: PageRequest): Promise<Page<AcceptedEvent>>;
}

/** Events that were accepted together. The queue holds them as one: one lease, one claim, one closing. */
export interface EventBatch {
  /** That of its first event, which carries the batch. */
  readonly id: string;
  readonly events: readonly AcceptedEvent[];
}

/** How a batch enters the queue: leased, or nobody's. */
export interface QueueEntry {
  readonly token: string | undefined;
  /** When it is due unless it was closed before: the end of the lease, epoch ms by the database's clock. */
  readonly until: number;
  /** The webhook that all its events wait for, if it is one whose queue in memory is full. */
  readonly fullQueue?: string | undefined;
}

/** What became of events that were to be inserted. One that is in neither part was stored by an earlier try. */
export interface Insertion {
  readonly batches: readonly EventBatch[];
  /** By the id of an event that was refused: the event that holds its idempotency key. */
  readonly duplicates: ReadonlyMap<string, AcceptedEvent>;
}
