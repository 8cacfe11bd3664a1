import { apiError, isTocsinError, type TocsinError } from '../../domain/errors.ts';
import { isSamePublication, type AcceptedEvent } from '../../domain/event.ts';
import type { EagerDispatch } from '../../domain/ports/eager-dispatch.ts';
import type { EventBatch, EventStore } from '../../domain/ports/event-store.ts';
import type { ActivityRecorder, Meter } from '../../domain/ports/telemetry.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import { AcceptQueue, defaultAcceptLimits, type AcceptLimits } from './accept-queue.ts';
import { endBy, mayBeStoredError, toPublishDeadline } from './publish-deadline.ts';
import type { WaitingEvent } from './waiting-event.ts';

export interface EventIngesterDeps {
  readonly events: Pick<EventStore, 'insertMany'>;
  readonly eagerDispatch: EagerDispatch;
  readonly meter: Pick<Meter, 'countAccepted' | 'observeBatch'>;
  readonly activity: Pick<ActivityRecorder, 'recordAccepted'>;
  readonly clock: Clock;
  readonly log: Log;
}

interface FailedGroup {
  readonly waiting: readonly WaitingEvent[];
  readonly error: unknown;
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
    });
  }

  /** Events that wait for an insert, by number, bytes and targets. */
  get waiting(): readonly number[] {
    return this.#queue.waiting;
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
    for (const { waiting: group, error } of await this.#storeOnce(waiting, deadline)) {
      if (isUnavailable(error)) {
        for (const one of group) one.finish(mayBeStoredError(error));
      } else if (group.length > 1) {
        const middle = Math.ceil(group.length / 2);
        await this.#storeOrDivide(group.slice(0, middle), deadline);
        await this.#storeOrDivide(group.slice(middle), deadline);
      } else {
        for (const one of group) one.finish(this.#toEventError(one.event, error));
      }
    }
  }

  /** Finishes the events that it stored. Returns the others with the error of their insert. */
  async #storeOnce(waiting: readonly WaitingEvent[], deadline: number): Promise<FailedGroup[]> {
    const { eagerDispatch } = this.#deps;
    // For each of these events exactly one commit or cancel follows.
    const reserved = new Set<AcceptedEvent>();
    try {
      for (const { event } of waiting) {
        if (event.targets.length > 0 && eagerDispatch.reserve(event)) reserved.add(event);
      }
      await this.#insert(waiting, reserved, deadline);
      return [];
    } catch (error) {
      return [{ waiting, error }];
    } finally {
      // An event can be stored although the insert failed. The owners of its partitions then find it. A
      // publisher that retries with the same idempotency key gets that event.
      for (const event of reserved) eagerDispatch.cancel(event);
    }
  }

  /** Inserts events, dispatches what was stored and finishes them. */
  async #insert(
    waiting: readonly WaitingEvent[],
    reserved: Set<AcceptedEvent>,
    deadline: number,
  ): Promise<void> {
    const { events: store, meter, activity } = this.#deps;
    const startedAt = performance.now();
    if (startedAt >= deadline) throw mayBeStoredError();
    const events = waiting.map(({ event }) => event);
    // After the deadline the outcome is unknown: nothing is sent from memory, and the outbox decides.
    const insert = store.insertMany(events, { deadline });
    const { batches, duplicates } = await endBy(insert, deadline, mayBeStoredError);
    this.#dispatch(batches, reserved);
    for (const one of waiting) {
      const first = duplicates.get(one.event.id);
      one.finish(first ?? one.event);
      if (first === undefined) activity.recordAccepted(one.event);
    }
    meter.countAccepted(waiting.length - duplicates.size, performance.now() - startedAt);
  }

  /** Passes stored events to the engine of this process. */
  #dispatch(batches: readonly EventBatch[], reserved: Set<AcceptedEvent>): void {
    for (const batch of batches) {
      const placed = new Set(batch.events.filter((event) => reserved.delete(event)));
      try {
        this.#deps.eagerDispatch.commit(batch, (event) => placed.has(event));
      } catch (error) {
        // The events are stored, so they are accepted, and the outbox owes their deliveries.
        this.#deps.log.error({ err: error, entry: batch.id }, 'stored events could not be dispatched');
      }
    }
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
