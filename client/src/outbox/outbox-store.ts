/** An event of the outbox that is not published yet. */
export interface OutboxEvent {
  /** Its id in the outbox, which is also its idempotency key unless the publisher chose one. */
  readonly id: string;
  readonly appId: string;
  readonly type: string;
  /** The input of `events.publish` as JSON. Every attempt sends this text. */
  readonly text: string;
}

/** An event that the server refused for good. */
export interface SetAsideEvent extends OutboxEvent {
  /** Code of the server's error. */
  readonly code: string;
  readonly reason: string;
  readonly setAsideAt: Date;
}

/** What an outbox holds. */
export interface OutboxContent {
  /** Number of committed events that are not published yet. */
  readonly pending: number;
  /** When the oldest of them was written. */
  readonly oldestPendingAt: Date | undefined;
  /** Number of events that the server refused for good. */
  readonly setAside: number;
}

/** An event together with why it is set aside. */
export interface Refusal {
  readonly id: string;
  readonly code: string;
  readonly reason: string;
}

/**
 * Stores the outbox in the database of a service. `TTransaction` is what the database's driver calls a
 * transaction: a `ClientSession` of MongoDB, a client of PostgreSQL after `BEGIN`.
 *
 * Every implementation has to pass `outboxStoreCases`.
 */
export interface OutboxStore<TTransaction> {
  /** Creates what the store needs, such as a table and its indexes. Repeating it changes nothing. */
  setUp(): Promise<void>;
  /**
   * Writes an event within a transaction. Events of one app that are written one after the other, also by
   * different processes, keep that order.
   *
   * @throws Error if there is no open transaction
   */
  insert(event: OutboxEvent, transaction: TTransaction): Promise<void>;
  /** Returns the apps with pending events, at most `limit` of them, starting after the app `after`. */
  listApps(limit: number, after: string | undefined): Promise<readonly string[]>;
  /** Returns the oldest pending events of an app in their order. */
  loadEvents(appId: string, limit: number): Promise<readonly OutboxEvent[]>;
  /**
   * Takes or renews the lease of the relay. Returns its fence: a number that is higher for each new holder,
   * and the same for each renewal. Returns undefined while another process holds the lease.
   */
  takeLease(holder: string, durationMs: number): Promise<number | undefined>;
  /** Ends a lease, so that another process need not wait until it expires. */
  endLease(fence: number): Promise<void>;
  /**
   * Removes events that are published and sets others aside. Returns false, and changes nothing, if the lease of
   * the fence was taken by another process. Must not leave a lock on the lease if the process is killed meanwhile.
   * What is not removed is published again with the same id.
   */
  settle(
    outcomes: { readonly published: readonly string[]; readonly refused: readonly Refusal[] },
    fence: number,
  ): Promise<boolean>;
  /** Returns events that are set aside, oldest first. */
  listSetAside(limit: number): Promise<readonly SetAsideEvent[]>;
  /** Makes an event pending again. Returns false if none with this id is set aside. */
  putBack(id: string): Promise<boolean>;
  /** Deletes an event that is set aside. Returns false if none with this id is set aside. */
  discard(id: string): Promise<boolean>;
  countContent(): Promise<OutboxContent>;
  /**
   * Calls `onEvent` with the app of each committed event, until the signal aborts. A store without a way to
   * watch leaves it out. Calls `onOpen` once it sees what commits from then on: the relay then looks for what
   * committed before. Events may be missed: the relay also looks for them at intervals.
   *
   * @throws Error if watching ended by itself; the relay starts it again
   */
  readonly watch?: (
    onEvent: (appId: string) => void,
    signal: AbortSignal,
    onOpen: () => void,
  ) => Promise<void>;
}
