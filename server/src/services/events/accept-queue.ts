import { BatchScheduler } from '../../batching/batch-scheduler.ts';
import { FairQueue } from '../../batching/fair-queue.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { RefusalReason } from '../../domain/ports/telemetry.ts';
import type { SequencePlace } from './event-sequence.ts';
import { mayBeStoredError, minInsertMs, notStoredError, tooSlowReason } from './publish-deadline.ts';
import { WaitingEvent } from './waiting-event.ts';

export interface AcceptLimits {
  /** Events in one insert: a larger one saves nothing per event and delays the first ones. */
  readonly maxBatchEvents: number;
  /** Bytes of data in one insert. A command of mongod has at most 16 MB, with all fields and targets. */
  readonly maxBatchBytes: number;
  /** Targets of the events in one insert. One event alone may have more. */
  readonly maxBatchTargets: number;
  /** Waiting events of all accounts together. */
  readonly maxWaitingEvents: number;
  /** Bytes of data of all waiting events together. */
  readonly maxWaitingBytes: number;
}

export const defaultAcceptLimits: AcceptLimits = {
  maxBatchEvents: 500,
  maxBatchBytes: 4 * 1024 * 1024,
  maxBatchTargets: 2_000,
  maxWaitingEvents: 40_000,
  maxWaitingBytes: 64 * 1024 * 1024,
};

/**
 * Concurrent inserts. The second one is for events that would otherwise wait too long for the first: see
 * `besideInsertMs`.
 */
const maxConcurrent = 2;

/**
 * How long events wait at most for the end of an insert, ms. An insert costs the process and the database several times
 * as much as one more event in it. So events gather while one is under way, but a slow one does not hold them.
 */
const besideInsertMs = 10;

/**
 * How long events gather at most after an insert of several, ms. Its publishers have their responses and publish their
 * next events about now. Without it, they divide into small groups. Ends early when all of them are back.
 */
const afterInsertMs = 1;

/** How long after an insert its publishers are expected, ms. An event that comes later waits for no other. */
const publishAgainMs = 5;

/** While an account's oldest event has waited longer than this, further ones are refused, ms. */
const maxQueueAgeMs = 4_000;

/** If no insert ends for this long, so that none can start, the database is stalled, ms. */
const stallMs = 3_000;

/** Shortest time between two searches for events past their deadlines, ms. */
const minSweepGapMs = 50;

export interface AcceptLoad {
  /** Events that wait for an insert. */
  readonly waiting: { readonly events: number; readonly bytes: number; readonly targets: number };
  /** Inserts in flight. */
  readonly inserts: number;
}

export interface AcceptQueueOptions {
  readonly limits: AcceptLimits;
  /** Stores events and finishes each of them by the deadline. Never rejects. */
  readonly store: (events: readonly WaitingEvent[], deadline: number) => Promise<void>;
  /** Called for each event that is refused. Must not throw. */
  readonly onRefused: (reason: RefusalReason) => void;
}

/**
 * The queue in front of the inserts (backpressure, load shedding). It answers each publisher by its deadline:
 *
 *   waiting  --batch starts-->    in flight
 *   waiting  --too late for an insert, no room, or the database is stalled--> refused, and not stored
 *   in flight --insert ends-->    answered with its outcome
 *   in flight --deadline-->       answered: the event may be stored
 *
 * The accounts share the queue and the batches, so that no account uses up the time of the others.
 */
export class AcceptQueue {
  readonly #options: AcceptQueueOptions;
  readonly #queue: FairQueue<WaitingEvent>;
  readonly #scheduler: BatchScheduler<WaitingEvent>;
  readonly #inFlight = new Set<readonly WaitingEvent[]>();
  /** When an insert last started. */
  #startedAt = 0;
  /** The insert that ended last. `expected`: its events, and those that waited beside it. */
  #last = { events: 0, expected: 0, endedAt: 0 };
  #sweepAt = Number.POSITIVE_INFINITY;
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor(options: AcceptQueueOptions) {
    this.#options = options;
    const { limits } = options;
    this.#queue = new FairQueue<WaitingEvent>({
      getOwner: ({ event }) => event.accountId,
      isBlocked: ({ place }) => place?.sequence.isInFlight === true,
      measures: [
        { weigh: () => 1, maxBatch: limits.maxBatchEvents, maxWaiting: limits.maxWaitingEvents },
        { weigh: ({ bytes }) => bytes, maxBatch: limits.maxBatchBytes, maxWaiting: limits.maxWaitingBytes },
        {
          weigh: ({ event }) => event.targets.length,
          maxBatch: limits.maxBatchTargets,
          maxWaiting: Number.POSITIVE_INFINITY,
        },
      ],
    });
    const queue = this.#queue;
    const findLingerMs = (): number => this.#findLingerMs();
    const areAllBack = (): boolean => this.#areAllBack;
    this.#scheduler = new BatchScheduler({
      source: {
        get size() {
          return queue.size;
        },
        get isBatchFull() {
          return queue.isBatchFull || areAllBack();
        },
        takeBatch: () => queue.takeBatch(),
      },
      run: (batch) => this.#run(batch),
      maxConcurrent,
      get lingerMs() {
        return findLingerMs();
      },
    });
  }

  /** What the queue holds. All zero when it is quiet. */
  get load(): AcceptLoad {
    const [events = 0, bytes = 0, targets = 0] = this.#queue.waiting;
    return { waiting: { events, bytes, targets }, inserts: this.#inFlight.size };
  }

  /**
   * Resolves once the event, or an earlier one with its idempotency key, is stored.
   *
   * @param place the event's place in an ordered call, if it is of one
   * @throws UNAVAILABLE that says whether the event may be stored, and any error of the insert
   */
  add(event: AcceptedEvent, deadline: number, place?: SequencePlace): Promise<AcceptedEvent> {
    return new Promise((resolve, reject) => {
      const now = performance.now();
      const waiting = new WaitingEvent({ event, deadline, queuedAt: now, place, resolve, reject });
      const refusal =
        this.#findRefusal(waiting, now) ?? (this.#queue.add(waiting) ? undefined : 'queue_full');
      if (refusal !== undefined) {
        this.#options.onRefused(refusal);
        return waiting.answer(notStoredError(refusals[refusal]));
      }
      this.#sweepBy(startLimit(waiting), now);
      this.#scheduler.schedule();
    });
  }

  /** Resolves once no event waits or is in flight. */
  async drain(): Promise<void> {
    await this.#scheduler.drain();
  }

  /** How long an event waits for others before its insert. */
  #findLingerMs(): number {
    if (this.#inFlight.size > 0) return besideInsertMs;
    return this.#areExpected ? afterInsertMs : 0;
  }

  /** Whether several publishers got their responses just now. */
  get #areExpected(): boolean {
    const { events, endedAt } = this.#last;
    return events > 1 && performance.now() - endedAt < publishAgainMs;
  }

  /** Whether as many events wait as are expected, if each publisher publishes its next event after its response. */
  get #areAllBack(): boolean {
    return this.#inFlight.size === 0 && this.#queue.size >= this.#last.expected && this.#areExpected;
  }

  /** Why an event is refused at once, if the queue can hardly answer it in time. */
  #findRefusal(waiting: WaitingEvent, now: number): RefusalReason | undefined {
    if (startLimit(waiting) <= now) return 'too_slow';
    if (this.#scheduler.isBusy && now - this.#startedAt > stallMs) return 'stalled';
    const oldest = this.#queue.peekBacklog(waiting.event.accountId);
    if (oldest !== undefined && now - oldest.queuedAt > maxQueueAgeMs) return 'too_slow';
    return undefined;
  }

  async #run(batch: readonly WaitingEvent[]): Promise<void> {
    this.#startedAt = performance.now();
    this.#inFlight.add(batch);
    // Each publisher is answered by its own deadline, so an old event does not cut the time of the others.
    const deadline = batch.reduce((latest, waiting) => Math.max(latest, waiting.deadline), 0);
    for (const { place } of batch) place?.sequence.countInFlight(1);
    await this.#options.store(batch, deadline);
    for (const { place } of batch) place?.sequence.countInFlight(-1);
    this.#inFlight.delete(batch);
    const events = batch.length;
    this.#last = { events, expected: events + this.#queue.size, endedAt: performance.now() };
  }

  #sweepBy(time: number, now: number): void {
    if (time >= this.#sweepAt) return;
    this.#sweepAt = time;
    clearTimeout(this.#sweepTimer);
    // Connections keep the process alive while their publishers wait.
    this.#sweepTimer = setTimeout(() => this.#sweep(), Math.max(0, time - now)).unref();
  }

  /** Answers the publishers whose time is over. */
  #sweep(): void {
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    const isLate = (time: number): boolean => {
      if (time <= now) return true;
      next = Math.min(next, time);
      return false;
    };
    for (const waiting of this.#queue.removeWhere((one) => isLate(startLimit(one)))) {
      this.#options.onRefused('too_slow');
      waiting.answer(notStoredError(refusals.too_slow));
    }
    for (const batch of this.#inFlight) {
      for (const waiting of batch) {
        if (!waiting.isAnswered && isLate(waiting.deadline)) waiting.answer(mayBeStoredError());
      }
    }
    this.#sweepAt = Number.POSITIVE_INFINITY;
    if (next < Number.POSITIVE_INFINITY) this.#sweepBy(Math.max(next, now + minSweepGapMs), now);
  }
}

/** What the publisher reads. */
const refusals = {
  queue_full: 'too many events of the account wait for the database',
  too_slow: tooSlowReason,
  stalled: 'the database does not respond',
} as const satisfies Record<RefusalReason, string>;

/** Until when the insert of an event has to start. */
function startLimit(waiting: WaitingEvent): number {
  return waiting.deadline - minInsertMs;
}
