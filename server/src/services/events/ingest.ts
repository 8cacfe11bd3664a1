import { GroupCommit } from '../../batching/group-commit.ts';
import { isTocsinError, apiError, TocsinError } from '../../domain/errors.ts';
import { isSamePublication, type AcceptedEvent } from '../../domain/event.ts';
import type { EventStore, Insertion } from '../../domain/ports/event-store.ts';
import type { EagerDispatch } from '../../domain/ports/eager-dispatch.ts';
import type { ActivityRecorder, Meter } from '../../domain/ports/telemetry.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

export interface EventIngesterDeps {
  readonly events: EventStore;
  readonly eagerDispatch: EagerDispatch;
  readonly meter: Meter;
  readonly activity: ActivityRecorder;
  readonly clock: Clock;
  readonly log: Log;
}

/** Events in one insert: a larger one saves nothing per event and delays the first ones. */
const maxBatch = 500;

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
    const reserved = new Set<AcceptedEvent>();
    for (const event of events) {
      if (event.targets.length > 0 && eagerDispatch.reserve(event)) reserved.add(event);
    }
    const startedAt = performance.now();
    const { duplicates } = await this.#insert(events, reserved);
    const durationMs = performance.now() - startedAt;
    const stored = events.map((event) => duplicates.get(event.id) ?? event);
    for (const [index, event] of events.entries()) {
      if (stored[index] === event) activity.recordAccepted(event);
    }
    meter.countAccepted(events.length - duplicates.size, durationMs);
    return stored;
  }

  /** Stores events and dispatches them. Releases the places of those that were not dispatched. */
  async #insert(events: readonly AcceptedEvent[], reserved: Set<AcceptedEvent>): Promise<Insertion> {
    const { eagerDispatch } = this.#deps;
    try {
      const insertion = await this.#store(events);
      const hasPlace = (event: AcceptedEvent) => reserved.has(event);
      for (const batch of insertion.batches) {
        eagerDispatch.commit(batch, hasPlace);
        for (const event of batch.events) reserved.delete(event);
      }
      return insertion;
    } finally {
      // An event can be stored although the insert failed. The owners of its partitions then find it. A
      // publisher that retries with the same idempotency key gets that event.
      for (const event of reserved) eagerDispatch.cancel(event);
    }
  }

  async #store(events: readonly AcceptedEvent[]): Promise<Insertion> {
    try {
      return await this.#deps.events.insertMany(events);
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
