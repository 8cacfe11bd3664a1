import { GroupCommit } from '../../batching/group-commit.ts';
import { isTocsinError, apiError, TocsinError } from '../../domain/errors.ts';
import { isSamePublication, type AcceptedEvent } from '../../domain/event.ts';
import type { EventStore, Insertion } from '../../domain/ports/event-store.ts';
import type { EagerDispatch } from '../../domain/ports/eager-dispatch.ts';
import type { ActivityRecorder, Meter } from '../../domain/ports/telemetry.ts';
import type { Notifications } from '../../domain/ports/notifications.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

export interface EventIngesterDeps {
  readonly events: EventStore;
  readonly eagerDispatch: EagerDispatch;
  readonly notifications: Notifications;
  readonly meter: Meter;
  readonly activity: ActivityRecorder;
  readonly clock: Clock;
  readonly log: Log;
}

/** Events in one insert: a larger one saves nothing per event and delays the first ones. */
const maxBatch = 500;

/** If the process dies before it marks an outbox entry due, the entry becomes due after this delay. */
const markDueTimeoutMs = 15_000;

/**
 * Stores events and dispatches them. Combines the events of many publishers in one insert.
 *
 * This is a transactional outbox: one write makes an event and its owed deliveries durable. An event is
 * accepted, and its publisher gets a response, once a majority of the database has it. It is dispatched only
 * then. From there on, delivery is at-least-once.
 */
export class EventIngester {
  readonly #deps: EventIngesterDeps;
  readonly #commits: GroupCommit<AcceptedEvent, AcceptedEvent>;

  constructor(deps: EventIngesterDeps) {
    this.#deps = deps;
    this.#commits = new GroupCommit({
      commit: (events) => this.#commit(events),
      maxBatch,
      // Two commits overlap disk waits. With one, publishers that send one event at a time all get their
      // responses at once and return at once, so the process idles during each commit. A third measured no
      // gain.
      maxConcurrent: 2,
      lingerMs: 0,
    });
  }

  /**
   * Stores an event. Returns it, or the earlier event with the same idempotency key and content.
   *
   * @throws IDEMPOTENCY_CONFLICT if the earlier event has other content
   * @throws UNAVAILABLE if the database does not confirm the insert; the event may be stored
   */
  async accept(event: AcceptedEvent): Promise<AcceptedEvent> {
    const stored = await this.#commits.add(event);
    if (stored === event || isSamePublication(stored, event)) return stored;
    throw apiError(
      'IDEMPOTENCY_CONFLICT',
      `the idempotency key "${event.idempotencyKey}" was used for another ${stored.type} event (${stored.id})`,
    );
  }

  /** Resolves once all accepted events are stored. */
  async drain(): Promise<void> {
    await this.#commits.drain();
  }

  async #commit(events: AcceptedEvent[]): Promise<AcceptedEvent[]> {
    const { eagerDispatch, meter, activity } = this.#deps;
    meter.observeBatch('accept', events.length);
    const reserved: AcceptedEvent[] = [];
    // By the full endpoint queue they wait for: such an entry is claimed only once that queue has room.
    const waiting = new Map<string | undefined, AcceptedEvent[]>();
    const unmatched: AcceptedEvent[] = [];
    for (const event of events) {
      if (event.targets.length === 0) unmatched.push(event);
      else if (eagerDispatch.reserve(event)) reserved.push(event);
      else {
        const fullQueue = eagerDispatch.firstFullQueue(event);
        const group = waiting.get(fullQueue);
        if (group === undefined) waiting.set(fullQueue, [event]);
        else group.push(event);
      }
    }
    const startedAt = performance.now();
    // Usually only one of these has events.
    const outcomes = await Promise.allSettled([
      this.#insertReserved(reserved),
      ...[...waiting].map(([fullQueue, group]) => this.#insertWaiting(group, fullQueue)),
      this.#insert(unmatched, (these) => this.#deps.events.insertUnmatched(these)),
    ]);
    const durationMs = performance.now() - startedAt;
    const duplicates = new Map<string, AcceptedEvent>();
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
      for (const [id, first] of outcome.value.duplicates) duplicates.set(id, first);
    }
    const stored = events.map((event) => duplicates.get(event.id) ?? event);
    for (const [index, event] of events.entries()) {
      if (stored[index] === event) activity.recordAccepted(event);
    }
    meter.countAccepted(events.length - duplicates.size, durationMs);
    return stored;
  }

  async #insertReserved(events: readonly AcceptedEvent[]): Promise<Insertion> {
    const { eagerDispatch } = this.#deps;
    const uncommitted = new Set(events);
    try {
      const lease = eagerDispatch.lease();
      const insertion = await this.#insert(events, (these) => this.#deps.events.insertMany(these, lease));
      for (const batch of insertion.batches) {
        eagerDispatch.commit(batch, lease);
        for (const event of batch.events) uncommitted.delete(event);
      }
      return insertion;
    } finally {
      // An event can be stored although the insert failed. Its lease then expires and any process claims it.
      // A publisher that retries with the same idempotency key gets that event.
      for (const event of uncommitted) eagerDispatch.cancel(event);
    }
  }

  /**
   * Marks the outbox entry due only after all its events are stored, so that no process claims half of it.
   */
  async #insertWaiting(events: readonly AcceptedEvent[], fullQueue: string | undefined): Promise<Insertion> {
    const { clock, log, notifications } = this.#deps;
    const entry = { token: undefined, until: clock.now() + markDueTimeoutMs, fullQueue };
    const insertion = await this.#insert(events, (these) => this.#deps.events.insertMany(these, entry));
    if (insertion.batches.length === 0) return insertion;
    const ids = insertion.batches.map((batch) => batch.id);
    try {
      await this.#deps.events.markDue(ids, clock.now());
      notifications.notifyWork();
    } catch (error) {
      // The events are stored, so they are accepted.
      const delayS = markDueTimeoutMs / 1000;
      log.warn({ err: error, entries: ids.length }, `outbox entries not marked due; due in ${delayS} s`);
    }
    return insertion;
  }

  async #insert(
    events: readonly AcceptedEvent[],
    write: (events: readonly AcceptedEvent[]) => Promise<Insertion>,
  ): Promise<Insertion> {
    if (events.length === 0) return { batches: [], duplicates: new Map() };
    try {
      return await write(events);
    } catch (error) {
      const isUnavailable = isTocsinError(error) && error.code === 'UNAVAILABLE';
      if (isTocsinError(error) && !isUnavailable) throw error;
      if (!isUnavailable) {
        this.#deps.log.warn({ err: error, events: events.length }, 'events could not be stored');
      }
      // The insert may have reached the database although its reply did not arrive.
      const message =
        'the database did not confirm the event, which may be stored; publish again with the same idempotency key';
      throw new TocsinError('UNAVAILABLE', message, { cause: error, retryAfterSeconds: 2 });
    }
  }
}
