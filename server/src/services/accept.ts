import { GroupCommit } from '../batching/group-commit.ts';
import { isTocsinError, refuse, TocsinError } from '../domain/errors.ts';
import { isSamePublication, type AcceptedEvent } from '../domain/event.ts';
import type { ActivityRecorder, EventStore, HandOver, Log, Meter, Signals } from '../domain/ports.ts';

export interface AcceptorParts {
  readonly events: EventStore;
  readonly handOver: HandOver;
  readonly signals: Signals;
  readonly meter: Meter;
  readonly activity: ActivityRecorder;
  readonly log: Log;
}

/** One insert's worth: past this a larger batch saves nothing per event and makes the first ones wait. */
const maxBatch = 500;

/**
 * Makes events durable, many publishers' in one insert, and hands them on. An event is accepted when a majority of the
 * database has it; only then does its publisher hear so, and only then is it sent.
 */
export class Acceptor {
  readonly #parts: AcceptorParts;
  readonly #commits: GroupCommit<AcceptedEvent, AcceptedEvent>;

  constructor(parts: AcceptorParts) {
    this.#parts = parts;
    this.#commits = new GroupCommit({
      commit: (events) => this.#commit(events),
      maxBatch,
      // One at a time: what comes during a commit makes the next one larger, and a commit costs the same for one event
      // as for thirty.
      maxConcurrent: 1,
      lingerMs: 0,
    });
  }

  /**
   * Answers the accepted event: this one, or the first with the same idempotency key if it asked for the same.
   * Throws IDEMPOTENCY_CONFLICT if it asked for something else, UNAVAILABLE if the database cannot be reached.
   */
  async accept(event: AcceptedEvent): Promise<AcceptedEvent> {
    const holder = await this.#commits.add(event);
    if (holder === event || isSamePublication(holder, event)) return holder;
    throw refuse(
      'IDEMPOTENCY_CONFLICT',
      `the idempotency key "${event.idempotencyKey}" was used for another ${holder.type} event (${holder.id})`,
    );
  }

  async drain(): Promise<void> {
    await this.#commits.settled();
  }

  async #commit(events: AcceptedEvent[]): Promise<AcceptedEvent[]> {
    const { handOver, signals, meter, activity } = this.#parts;
    meter.batch('accept', events.length);
    const items = events.map((event) => ({ event, lease: handOver.leaseFor(event) }));
    const startedAt = performance.now();
    const answers = await this.#insert(items);
    const durationMs = performance.now() - startedAt;
    let accepted = 0;
    let isWorkLeft = false;
    const results = items.map(({ event, lease }, index) => {
      const holder = answers[index];
      if (holder !== undefined) {
        if (lease !== undefined) handOver.abandoned(event);
        return holder;
      }
      accepted++;
      activity.accepted(event.appId);
      if (lease !== undefined) handOver.committed(event, lease);
      else if (event.targets.length > 0) isWorkLeft = true;
      return event;
    });
    meter.accepted(accepted, durationMs);
    if (isWorkLeft) signals.workAvailable();
    return results;
  }

  async #insert(items: Parameters<EventStore['insertMany']>[0]) {
    try {
      return await this.#parts.events.insertMany(items);
    } catch (error) {
      // Some may be stored all the same. They keep their lease, end it unheard, and are then sent by whoever claims
      // them; a publisher that repeats with its key meets them.
      for (const { event, lease } of items) if (lease !== undefined) this.#parts.handOver.abandoned(event);
      if (isTocsinError(error)) throw error;
      this.#parts.log.warn({ err: error, events: items.length }, 'events could not be stored');
      const message = 'the database cannot be reached; publish again with the same idempotency key';
      throw new TocsinError('UNAVAILABLE', message, { cause: error, retryAfterSeconds: 2 });
    }
  }
}
