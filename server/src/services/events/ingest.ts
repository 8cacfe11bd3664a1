import { apiError, isTocsinError, type TocsinError } from '../../domain/errors.ts';
import { isSamePublication, type AcceptedEvent } from '../../domain/event.ts';
import type { Lease } from '../../domain/ports/delivery-queue.ts';
import type { EagerDispatch } from '../../domain/ports/eager-dispatch.ts';
import type { EventBatch, EventStore, Insertion } from '../../domain/ports/event-store.ts';
import type { ActivityRecorder, Meter } from '../../domain/ports/telemetry.ts';
import type { Notifications } from '../../domain/ports/notifications.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import { AcceptQueue, defaultAcceptLimits, type AcceptLimits } from './accept-queue.ts';
import { endBy, mayBeStoredError, toPublishDeadline } from './publish-deadline.ts';
import type { WaitingEvent } from './waiting-event.ts';

export interface EventIngesterDeps {
  readonly events: Pick<EventStore, 'insertMany' | 'insertUnmatched' | 'markDue'>;
  readonly eagerDispatch: EagerDispatch;
  readonly notifications: Pick<Notifications, 'notifyWork'>;
  readonly meter: Pick<Meter, 'countAccepted' | 'observeBatch'>;
  readonly activity: Pick<ActivityRecorder, 'recordAccepted'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** If the process dies before it marks an outbox entry due, the entry becomes due after this delay. */
const markDueTimeoutMs = 15_000;

/** Events that one insert stores. */
interface InsertGroup {
  readonly waiting: WaitingEvent[];
  /** This process, any process, or none because the events have no targets. */
  readonly sender: 'self' | 'any' | 'none';
  /** The webhook whose in-memory queue is full. All events of the group wait for it. */
  readonly fullQueue: string | undefined;
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
    // For each of these events exactly one commit or cancel follows.
    const reserved = new Set<AcceptedEvent>();
    try {
      const groups = this.#toGroups(waiting, reserved);
      const failed = await Promise.all(groups.map((group) => this.#storeGroup(group, reserved, deadline)));
      return failed.flatMap((group) => group ?? []);
    } catch (error) {
      return [{ waiting, error }];
    } finally {
      // An event can be stored although the insert failed. Its lease then expires and any process claims it.
      // A publisher that retries with the same idempotency key gets that event.
      for (const event of reserved) this.#deps.eagerDispatch.cancel(event);
    }
  }

  /** Divides events by who sends them. Usually there is one group. */
  #toGroups(waiting: readonly WaitingEvent[], reserved: Set<AcceptedEvent>): InsertGroup[] {
    const { eagerDispatch } = this.#deps;
    const groups = new Map<string | undefined, InsertGroup>();
    const add = (one: WaitingEvent, sender: InsertGroup['sender'], fullQueue?: string): void => {
      const key = fullQueue ?? sender;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { waiting: [one], sender, fullQueue });
      else group.waiting.push(one);
    };
    for (const one of waiting) {
      const { event } = one;
      if (event.targets.length === 0) add(one, 'none');
      else if (eagerDispatch.reserve(event)) {
        reserved.add(event);
        add(one, 'self');
      } else add(one, 'any', eagerDispatch.firstFullQueue(event));
    }
    return [...groups.values()];
  }

  async #storeGroup(
    group: InsertGroup,
    reserved: Set<AcceptedEvent>,
    deadline: number,
  ): Promise<FailedGroup | undefined> {
    const { meter, activity } = this.#deps;
    const startedAt = performance.now();
    const { waiting } = group;
    let duplicates: Insertion['duplicates'];
    try {
      if (startedAt >= deadline) throw mayBeStoredError();
      duplicates = await this.#insert(group, reserved, deadline);
    } catch (error) {
      return { waiting, error };
    }
    for (const one of waiting) {
      const first = duplicates.get(one.event.id);
      one.finish(first ?? one.event);
      if (first === undefined) activity.recordAccepted(one.event);
    }
    meter.countAccepted(waiting.length - duplicates.size, performance.now() - startedAt);
    return undefined;
  }

  /** Inserts a group and dispatches what was stored. Returns the stored events whose keys were repeated. */
  async #insert(
    { waiting, sender, fullQueue }: InsertGroup,
    reserved: Set<AcceptedEvent>,
    deadline: number,
  ): Promise<Insertion['duplicates']> {
    const { events: store, eagerDispatch, clock } = this.#deps;
    const events = waiting.map(({ event }) => event);
    const lease = sender === 'self' ? eagerDispatch.lease() : undefined;
    const entry = lease ?? { token: undefined, until: clock.now() + markDueTimeoutMs, fullQueue };
    const insert =
      sender === 'none'
        ? store.insertUnmatched(events, { deadline })
        : store.insertMany(events, entry, { deadline });
    // After the deadline the outcome is unknown: nothing is sent from memory, and the outbox decides.
    const { batches, duplicates } = await endBy(insert, deadline, mayBeStoredError);
    if (lease !== undefined) this.#dispatch(batches, lease, reserved);
    else if (sender === 'any') await this.#offer(batches);
    return duplicates;
  }

  /** Passes stored events to the engine of this process. */
  #dispatch(batches: readonly EventBatch[], lease: Lease, reserved: Set<AcceptedEvent>): void {
    for (const batch of batches) {
      for (const event of batch.events) reserved.delete(event);
      try {
        this.#deps.eagerDispatch.commit(batch, lease);
      } catch (error) {
        // The events are stored, so they are accepted, and the outbox owes their deliveries.
        this.#deps.log.error({ err: error, entry: batch.id }, 'stored events could not be dispatched');
      }
    }
  }

  /**
   * Makes stored events due and notifies the workers. Only after all events of a batch are stored, so that no
   * process claims half of it.
   */
  async #offer(batches: readonly EventBatch[]): Promise<void> {
    if (batches.length === 0) return;
    const { events, clock, log, notifications } = this.#deps;
    const ids = batches.map((batch) => batch.id);
    try {
      await events.markDue(ids, clock.now());
      notifications.notifyWork();
    } catch (error) {
      // The events are stored, so they are accepted.
      const delayS = markDueTimeoutMs / 1000;
      log.warn({ err: error, entries: ids.length }, `outbox entries not marked due; due in ${delayS} s`);
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
