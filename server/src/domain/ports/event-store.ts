import type { EventFilter, Page } from '@tocsin/shared';
import type { AcceptedEvent } from '../event.ts';
import type { PageRequest, VisibleOnly } from './page-request.ts';

/* Events: ingest makes them durable, services read them. */

export interface EventStore {
  /**
   * Stores events on a majority, together with the entry that owes their deliveries. No event is ever stored
   * without its entry. Events without targets need none.
   */
  insertMany(events: readonly AcceptedEvent[], options?: InsertOptions): Promise<Insertion>;
  get(id: string): Promise<AcceptedEvent | undefined>;
  /** Returns the stored events by id. Unknown ids are missing. */
  getMany(ids: readonly string[]): Promise<Map<string, AcceptedEvent>>;
  /** Returns events newest first. */
  list(filter: VisibleOnly<EventFilter>, page: PageRequest): Promise<Page<AcceptedEvent>>;
}

/** Events that were stored together and share one entry. */
export interface EventBatch {
  /** The id of the first event, which carries the entry. */
  readonly id: string;
  readonly events: readonly AcceptedEvent[];
}

export interface InsertOptions {
  /**
   * When the caller stops waiting, in the time of `performance.now()`. The database ends the insert then. Its
   * outcome is unknown.
   *
   * @default the time limit of every call
   */
  readonly deadline?: number;
  /**
   * Returns the process that is expected to send most of an event's deliveries. The events of one process get an
   * entry of their own, so that each process reads only what it sends. A hint: a wrong one costs reads.
   *
   * @default all events share one entry
   */
  readonly findSender?: ((event: AcceptedEvent) => string | undefined) | undefined;
  /**
   * Returns what the events of one ordered call have in common. Of those, an event is stored only after the
   * earlier ones are stored or are duplicates; after one that is too late, so are the rest.
   *
   * @default no event is of an ordered call
   */
  readonly findSequence?: ((event: AcceptedEvent) => object | undefined) | undefined;
}

/** The result of an insert. Events that an earlier try has stored are in neither part. */
export interface Insertion {
  readonly batches: readonly EventBatch[];
  /**
   * By the id of a rejected event: the stored event with the same idempotency key. A majority has it, so it
   * outlasts a failover like a new one.
   */
  readonly duplicates: ReadonlyMap<string, AcceptedEvent>;
  /**
   * Ids of events that are not stored and never will be: their insert took so long that a tombstone has taken
   * their place, or that of an earlier event of their ordered call. Undefined if there are none.
   */
  readonly tooLate?: ReadonlySet<string> | undefined;
}
