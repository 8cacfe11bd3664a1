import { apiError, isTocsinError, type TocsinError } from '../../domain/errors.ts';
import { isSamePublication, type AcceptedEvent } from '../../domain/event.ts';
import type { EagerDispatch } from '../../domain/ports/eager-dispatch.ts';
import type { EventBatch, EventStore, Insertion } from '../../domain/ports/event-store.ts';
import type { PartitionOwners } from '../../domain/ports/ownership.ts';
import { toPartition } from '../../domain/partition.ts';
import type { ActivityRecorder, Meter } from '../../domain/ports/telemetry.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import { AcceptQueue, defaultAcceptLimits, type AcceptLimits, type AcceptLoad } from './accept-queue.ts';
import {
  endBy,
  mayBeStoredError,
  notStoredError,
  tooSlowReason,
  toPublishDeadline,
} from './publish-deadline.ts';
import type { WaitingEvent } from './waiting-event.ts';

export interface EventIngesterDeps {
  readonly events: Pick<EventStore, 'insertMany'>;
  readonly eagerDispatch: EagerDispatch;
  readonly owners: PartitionOwners;
  readonly meter: Pick<Meter, 'countAccepted' | 'countRefused' | 'observeBatch'>;
  readonly activity: Pick<ActivityRecorder, 'recordAccepted'>;
  readonly log: Log;
}

/**
 * Stores events and dispatches them. Combines the events of many publishers in one insert.
 *
 * This is a transactional outbox: one write makes an event and its owed deliveries durable. An event is
 * accepted, and its publisher gets a response, once a majority of the database has it. It is dispatched only
 * then. From there on, delivery is at-least-once.
 */
export class EventIngester {
  readonly #deps: EventIngesterDeps;
  readonly #queue: AcceptQueue;

  constructor(deps: EventIngesterDeps, limits: AcceptLimits = defaultAcceptLimits) {
    this.#deps = deps;
    this.#queue = new AcceptQueue({
      limits,
      store: (events, deadline) => this.#store(events, deadline),
      onRefused: (reason) => deps.meter.countRefused(reason),
    });
  }

  /** The events of an app usually have the same targets, so one of them stands for all. */
  readonly #findSender = ({ targets: [webhookId] }: AcceptedEvent): string | undefined =>
    webhookId === undefined ? undefined : this.#deps.owners.findOwner(toPartition(webhookId));

  /** What the queue in front of the inserts holds. All zero when it is quiet. */
  get load(): AcceptLoad {
    return this.#queue.load;
  }

  /**
   * Stores an event. Returns it, or the earlier event with the same idempotency key and content.
   *
   * @param deadline when it rejects at the latest, in the time of `performance.now()`
   * @throws IDEMPOTENCY_CONFLICT if the earlier event has other content
   * @throws UNAVAILABLE if the event was refused, or if the database does not confirm the insert; the message
   * tells whether the event may be stored
   */
  async accept(
    event: AcceptedEvent,
    deadline = toPublishDeadline(performance.now()),
  ): Promise<AcceptedEvent> {
    const stored = await this.#queue.add(event, deadline);
    if (stored === event || isSamePublication(stored, event)) return stored;
    throw apiError(
      'IDEMPOTENCY_CONFLICT',
      `the idempotency key "${event.idempotencyKey}" was used for another ${stored.type} event (${stored.id})`,
    );
  }

  /** Resolves once all accepted events are stored. */
  async drain(): Promise<void> {
    await this.#queue.drain();
  }

  /** Finishes each event of a batch. Never rejects. */
  async #store(batch: readonly WaitingEvent[], deadline: number): Promise<void> {
    try {
      this.#deps.meter.observeBatch('accept', batch.length);
      await this.#storeKeys(batch, deadline);
    } catch (error) {
      for (const one of batch)
        if (one.outcome === undefined) one.finish(this.#toEventError(one.event, error));
    }
  }

  /** Of events with one idempotency key, stores the first. The others get its outcome. */
  async #storeKeys(batch: readonly WaitingEvent[], deadline: number): Promise<void> {
    for (let rest = batch; rest.length > 0;) {
      const { firsts, repeats } = separateRepeats(rest);
      await this.#storeOrDivide(firsts, deadline);
      rest = repeats.flatMap(([repeat, { outcome }]) => {
        // An error of the first event says nothing about the others with its key.
        if (outcome === undefined || (isTocsinError(outcome) && !isUnavailable(outcome))) return [repeat];
        repeat.finish(outcome);
        return [];
      });
    }
  }

  /**
   * Stores events in one insert. If one of them makes the insert fail, divides the group until that event is
   * alone, so that the error is only its own.
   */
  async #storeOrDivide(waiting: readonly WaitingEvent[], deadline: number): Promise<void> {
    try {
      await this.#insert(waiting, deadline);
    } catch (error) {
      if (isUnavailable(error)) {
        for (const one of waiting) one.finish(mayBeStoredError(error));
      } else if (waiting.length > 1) {
        const middle = Math.ceil(waiting.length / 2);
        await this.#storeOrDivide(waiting.slice(0, middle), deadline);
        await this.#storeOrDivide(waiting.slice(middle), deadline);
      } else {
        for (const one of waiting) one.finish(this.#toEventError(one.event, error));
      }
    }
  }

  /** Stores events, dispatches them, and finishes all of them. Throws the error of the insert. */
  async #insert(waiting: readonly WaitingEvent[], deadline: number): Promise<void> {
    const { events: store, eagerDispatch, owners } = this.#deps;
    const startedAt = performance.now();
    if (startedAt >= deadline) throw mayBeStoredError();
    // For each of these events exactly one commit or cancel follows.
    const reserved = new Set<AcceptedEvent>();
    try {
      const events = waiting.map(({ event }) => event);
      for (const event of events) {
        if (event.targets.length > 0 && eagerDispatch.reserve(event)) reserved.add(event);
      }
      const findSender = owners.ownerCount > 1 ? this.#findSender : undefined;
      // After the deadline the outcome is unknown: nothing is sent from memory, and the sweep decides.
      const insertion = await endBy(
        store.insertMany(events, { deadline, findSender }),
        deadline,
        mayBeStoredError,
      );
      this.#dispatch(insertion.batches, reserved);
      this.#finish(waiting, insertion, performance.now() - startedAt);
    } finally {
      // An event can be stored although the insert failed. The owners of its partitions then find it. A
      // publisher that retries with the same idempotency key gets that event.
      for (const event of reserved) eagerDispatch.cancel(event);
    }
  }

  /** Passes stored events to the engine of this process, and releases the places of its events. */
  #dispatch(batches: readonly EventBatch[], reserved: Set<AcceptedEvent>): void {
    const isReserved = (event: AcceptedEvent): boolean => reserved.has(event);
    for (const batch of batches) {
      try {
        this.#deps.eagerDispatch.commit(batch, isReserved);
      } catch (error) {
        // The events are stored, so they are accepted, and the entry owes their deliveries.
        this.#deps.log.error({ err: error, entry: batch.id }, 'stored events could not be dispatched');
      }
      for (const event of batch.events) reserved.delete(event);
    }
  }

  #finish(waiting: readonly WaitingEvent[], { duplicates, tooLate }: Insertion, durationMs: number): void {
    const { meter, activity } = this.#deps;
    let count = 0;
    for (const one of waiting) {
      const { event } = one;
      const first = duplicates.get(event.id);
      if (first !== undefined) one.finish(first);
      else if (tooLate?.has(event.id) === true) {
        meter.countRefused('too_slow');
        one.finish(notStoredError(tooSlowReason));
      } else {
        count++;
        one.finish(event);
        activity.recordAccepted(event);
      }
    }
    meter.countAccepted(count, durationMs);
  }

  /** The error of an event that made an insert fail by itself. */
  #toEventError(event: AcceptedEvent, error: unknown): TocsinError {
    if (isTocsinError(error)) return error;
    this.#deps.log.error({ err: error, eventId: event.id }, 'an event could not be stored');
    const message = `an unexpected error kept the event from being stored; search the logs for ${event.id}`;
    return apiError('INTERNAL', message, error);
  }
}

function isUnavailable(error: unknown): boolean {
  return isTocsinError(error) && error.code === 'UNAVAILABLE';
}

interface SeparatedRepeats {
  /** The first event of each idempotency key, and all events without one. */
  readonly firsts: readonly WaitingEvent[];
  /** The others, each with the first event of its key. */
  readonly repeats: readonly (readonly [repeat: WaitingEvent, first: WaitingEvent])[];
}

/**
 * Finds the events whose idempotency key another event of the batch has. Left in, each of them would end the
 * insert early and cost the whole batch a round trip.
 */
function separateRepeats(waiting: readonly WaitingEvent[]): SeparatedRepeats {
  const firstByKey = new Map<string, WaitingEvent>();
  const firsts: WaitingEvent[] = [];
  const repeats: [WaitingEvent, WaitingEvent][] = [];
  for (const one of waiting) {
    const { appId, idempotencyKey } = one.event;
    const key = `${appId} ${idempotencyKey}`;
    const first = idempotencyKey === undefined ? undefined : firstByKey.get(key);
    if (first !== undefined) repeats.push([one, first]);
    else {
      firsts.push(one);
      if (idempotencyKey !== undefined) firstByKey.set(key, one);
    }
  }
  return { firsts, repeats };
}
