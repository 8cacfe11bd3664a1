import { apiError, isTocsinError, type TocsinError } from '../../domain/errors.ts';
import { isSamePublication, type AcceptedEvent } from '../../domain/event.ts';
import type { EagerDispatch } from '../../domain/ports/eager-dispatch.ts';
import type { EventBatch, EventStore, Insertion, InsertOptions } from '../../domain/ports/event-store.ts';
import type { PartitionOwners } from '../../domain/ports/ownership.ts';
import { toPartition } from '../../domain/partition.ts';
import type { ActivityRecorder, Meter } from '../../domain/ports/telemetry.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import { AcceptQueue, defaultAcceptLimits, type AcceptLimits, type AcceptLoad } from './accept-queue.ts';
import type { EventSequence, SequencePlace } from './event-sequence.ts';
import {
  endBy,
  mayBeStoredError,
  notStoredError,
  tooSlowReason,
  toPublishDeadline,
} from './publish-deadline.ts';
import type { WaitingEvent } from './waiting-event.ts';

/**
 * Inserts of one batch. Events of ordered calls wait for the next one if another call of the batch has one of their
 * idempotency keys.
 */
const maxRounds = 8;

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
   * @param place the event's place in an ordered call, if it is of one
   * @throws IDEMPOTENCY_CONFLICT if the earlier event has other content
   * @throws UNAVAILABLE if the event was refused, or if the database does not confirm the insert; the message
   * tells whether the event may be stored
   */
  async accept(
    event: AcceptedEvent,
    deadline = toPublishDeadline(performance.now()),
    place?: SequencePlace,
  ): Promise<AcceptedEvent> {
    const stored = await this.#queue.add(event, deadline, place);
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
    let rest = batch;
    for (let round = 1; rest.length > 0; round++) {
      const { firsts, others } = separateRepeats(rest);
      await this.#storeOrDivide(firsts, deadline);
      rest = others.flatMap(([one, first]) => {
        const outcome = first?.outcome;
        // An error of the first event says nothing about the others with its key.
        if (outcome === undefined || (isTocsinError(outcome) && !isUnavailable(outcome))) {
          if (one.place === undefined || round < maxRounds) return [one];
          one.finish(notStoredError('other calls publish events with the same idempotency keys'));
        } else one.finish(outcome);
        return [];
      });
    }
  }

  /**
   * Stores events in one insert. If one of them makes the insert fail, divides the group until that event is
   * alone, so that the error is only its own.
   */
  async #storeOrDivide(group: readonly WaitingEvent[], deadline: number): Promise<void> {
    const waiting = group.filter((one) => !finishOutOfTurn(one));
    if (waiting.length === 0) return;
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

  /** Stores events, finishes all of them, and dispatches them. Throws the error of the insert. */
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
        store.insertMany(events, { deadline, findSender, findSequence: toFindSequence(waiting) }),
        deadline,
        mayBeStoredError,
      );
      this.#finish(waiting, insertion, performance.now() - startedAt);
      // The publishers of a group come first: while they make their next calls, this process sends what they published.
      if (waiting.length > 1) await new Promise((resolve) => setImmediate(resolve));
      this.#dispatch(insertion.batches, reserved);
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
        activity.recordAccepted(event, event.targets.length);
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

/** Finishes an event of an ordered call of which an earlier event failed. Returns whether it did. */
function finishOutOfTurn(one: WaitingEvent): boolean {
  const fault = one.place?.findFault();
  if (fault !== undefined) one.finish(fault);
  return fault !== undefined;
}

/** Undefined if no event is of an ordered call. */
function toFindSequence(waiting: readonly WaitingEvent[]): InsertOptions['findSequence'] {
  if (waiting.every(({ place }) => place === undefined)) return undefined;
  const sequences = new Map(waiting.map(({ event, place }) => [event.id, place?.sequence]));
  return ({ id }) => sequences.get(id);
}

interface SeparatedRepeats {
  /** The first event of each idempotency key, and all events without one. */
  readonly firsts: readonly WaitingEvent[];
  /** The others, each with the first event of its key. Those that only keep their order have none. */
  readonly others: readonly (readonly [other: WaitingEvent, first: WaitingEvent | undefined])[];
}

/**
 * Finds the events whose idempotency key another event of the batch has. Left in, each of them would end the
 * insert early and cost the whole batch a round trip. The later events of its ordered call stay behind it.
 */
function separateRepeats(waiting: readonly WaitingEvent[]): SeparatedRepeats {
  const firstByKey = new Map<string, WaitingEvent>();
  const firsts: WaitingEvent[] = [];
  const others: [WaitingEvent, WaitingEvent | undefined][] = [];
  const held = new Set<EventSequence>();
  for (const one of waiting) {
    const { appId, idempotencyKey } = one.event;
    const key = `${appId} ${idempotencyKey}`;
    const first = idempotencyKey === undefined ? undefined : firstByKey.get(key);
    const sequence = one.place?.sequence;
    if (first !== undefined || (sequence !== undefined && held.has(sequence))) {
      others.push([one, first]);
      if (sequence !== undefined) held.add(sequence);
    } else {
      firsts.push(one);
      if (idempotencyKey !== undefined) firstByKey.set(key, one);
    }
  }
  return { firsts, others };
}
