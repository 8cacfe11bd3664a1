import { timeFromId } from '../../domain/ids.ts';
import type { DeliveryQueue, OpenEntry } from '../../domain/ports/delivery-queue.ts';
import type { Clock, Log, Timers } from '../../domain/ports/runtime.ts';
import type { Meter } from '../../domain/ports/telemetry.ts';
import type { EntryTracker } from './entry-tracker.ts';
import type { HeldDeliveries } from './held-deliveries.ts';
import type { Intake } from './intake.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { realTimers } from './real-timers.ts';
import type { ReservedEvents } from './reserved-events.ts';
import { getShareGapMs } from './share-gap.ts';
import { WorkSignal } from './work-signal.ts';

export interface SweeperDeps {
  readonly queue: Pick<DeliveryQueue, 'findOpenEntries' | 'getOpenEntries' | 'readEntries' | 'closeGaps'>;
  readonly intake: Pick<Intake, 'addEntry'>;
  readonly entries: Pick<EntryTracker, 'isTracked'>;
  readonly held: Pick<HeldDeliveries, 'watch'>;
  readonly reserved: Pick<ReservedEvents, 'has'>;
  readonly memory: Pick<MemoryBudget, 'room'>;
  /** The partitions that this process sends to now. */
  readonly getOwned: () => readonly number[];
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  /** @default real ones */
  readonly timers?: Timers | undefined;
}

export interface SweeperLimits {
  /** Jittered, so that processes do not sweep in step. */
  readonly sweepEveryMs: number;
  /** Younger entries are in the memory of the process that accepted them, or named by a notification. */
  readonly minAgeMs: number;
  /** Entries in one search. */
  readonly searchLimit: number;
  /** Events read at once. An entry of 500 events is read whole. */
  readonly maxEvents: number;
  /**
   * An insert ends within the time limit of accepting. Later, its missing events get tombstones, so that they
   * can never be stored.
   */
  readonly gapAfterMs: number;
  /** Notified entries that wait to be read. Beyond it, a sweep finds them. */
  readonly maxNotified: number;
}

const defaultLimits: SweeperLimits = {
  sweepEveryMs: 1_000,
  minAgeMs: 2_000,
  searchLimit: 500,
  maxEvents: 1_000,
  gapAfterMs: 10_000,
  maxNotified: 10_000,
};

/**
 * Finds open entries that are not in memory: those of other publishers, of a partition that was acquired, and
 * those that found no room.
 *
 *   stopped  --start--> sweeping
 *   sweeping --the search was full and there is room--> sweeping, after the last entry
 *   sweeping --otherwise--> waiting, then from the beginning
 *   waiting  --notified, acquired, or a second is over--> sweeping
 *   any      --stop--> stopped   after the reads under way
 */
export class Sweeper {
  readonly #deps: SweeperDeps;
  readonly #limits: SweeperLimits;
  readonly #timers: Timers;
  readonly #signal: WorkSignal;
  /** Entries that a notification named. */
  readonly #notified = new Set<string>();
  #isRunning = false;
  #loop: Promise<void> | undefined;
  #after: string | undefined;
  #sweepAt = 0;
  /** When notified entries may be read again. Times are those of `monotonicNow`. */
  #readAt = 0;
  /** Raised by every acquisition. Entries of any age are searched until a search of all is done. */
  #fullSearches = 0;
  #fullSearchesDone = 0;

  constructor(deps: SweeperDeps, limits: Partial<SweeperLimits> = {}) {
    this.#deps = deps;
    this.#limits = { ...defaultLimits, ...limits };
    this.#timers = deps.timers ?? realTimers;
    this.#signal = new WorkSignal(this.#timers);
  }

  start(): void {
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#signal.raise();
    await this.#loop;
  }

  /** Reads entries that owe deliveries of owned partitions. */
  notify(entryIds: readonly string[]): void {
    const { maxNotified } = this.#limits;
    for (const id of entryIds) if (this.#notified.size < maxNotified) this.#notified.add(id);
    this.#signal.raise();
  }

  /** Searches all entries, whatever their age. */
  sweepAll(): void {
    this.#after = undefined;
    this.#fullSearches++;
    this.#signal.raise();
  }

  get #isFull(): boolean {
    return this.#fullSearches > this.#fullSearchesDone;
  }

  async #run(): Promise<void> {
    const { memory } = this.#deps;
    while (this.#isRunning) {
      this.#signal.clear();
      const isMore = await this.#readSafely(async () => {
        await this.#readNotified();
        return this.#isFull || this.#timers.monotonicNow() >= this.#sweepAt ? await this.#sweep() : false;
      });
      if (isMore && memory.room > 0) this.#sweepAt = 0;
      else await this.#waitForWork();
    }
  }

  /** The first entries after a pause are read at once, and those after them together. */
  async #waitForWork(): Promise<void> {
    await this.#signal.wait(this.#sweepAt - this.#timers.monotonicNow());
    const gapMs = this.#readAt - this.#timers.monotonicNow();
    if (gapMs > 0 && this.#isRunning && !this.#isFull) {
      await new Promise<void>((resolve) => this.#timers.after(gapMs, resolve));
    }
  }

  async #readSafely(read: () => Promise<boolean>): Promise<boolean> {
    try {
      return await read();
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'could not read outbox entries; retrying');
      this.#delaySweep();
      return false;
    }
  }

  async #readNotified(): Promise<void> {
    if (this.#notified.size === 0) return;
    const ids = [...this.#notified];
    this.#notified.clear();
    this.#readAt = this.#timers.monotonicNow() + getShareGapMs(this.#deps.getOwned().length);
    await this.#take(await this.#deps.queue.getOpenEntries(ids));
  }

  #delaySweep(): void {
    const { random } = this.#deps;
    this.#sweepAt = this.#timers.monotonicNow() + this.#limits.sweepEveryMs * (0.8 + random() * 0.4);
  }

  /** Returns whether there are probably more entries. */
  async #sweep(): Promise<boolean> {
    const { queue, getOwned, clock, memory } = this.#deps;
    const { gapAfterMs, minAgeMs, searchLimit } = this.#limits;
    this.#delaySweep();
    if (memory.room <= 0) return false;
    const isFull = this.#isFull;
    const searches = this.#fullSearches;
    const found = await queue.findOpenEntries({
      partitions: getOwned(),
      after: this.#after,
      acceptedBefore: clock.now() + (isFull ? gapAfterMs : -minAgeMs),
      limit: searchLimit,
    });
    await this.#take(found);
    const isMore = found.length === searchLimit;
    // A partition that was acquired meanwhile starts a search from the beginning.
    if (searches !== this.#fullSearches) return true;
    this.#after = isMore ? found.at(-1)?.id : undefined;
    if (!isMore) this.#fullSearchesDone = searches;
    return isMore;
  }

  async #take(found: readonly OpenEntry[]): Promise<void> {
    const { entries, reserved, getOwned, memory } = this.#deps;
    const owned = new Set(getOwned());
    const isUnknown = ({ id, open, eventIds }: OpenEntry) =>
      open.some((partition) => owned.has(partition) && !entries.isTracked(id, partition)) &&
      !eventIds.some((eventId) => reserved.has(eventId));
    for (const some of inGroups(found.filter(isUnknown), this.#limits.maxEvents)) {
      if (memory.room <= 0) return;
      await this.#read(some, owned);
    }
  }

  async #read(found: readonly OpenEntry[], owned: ReadonlySet<number>): Promise<void> {
    const { queue, intake, held, clock, meter } = this.#deps;
    const incomplete = await held.watch(async (hasLeft) => {
      const read = await queue.readEntries(found, owned);
      meter.observeBatch(
        'claim',
        read.reduce((sum, entry) => sum + entry.events.length, 0),
      );
      for (const entry of read) {
        // Not those that were acquired during the read: what they owe was not read.
        intake.addEntry({ ...entry, open: entry.open.filter((partition) => owned.has(partition)) }, hasLeft);
      }
      return new Set(read.filter((entry) => !entry.isComplete).map((entry) => entry.id));
    });
    const { gapAfterMs } = this.#limits;
    const late = found.filter(({ id }) => incomplete.has(id) && clock.now() - timeFromId(id) > gapAfterMs);
    if (late.length > 0) await queue.closeGaps(late);
    // Read again by a later sweep: afterwards, each event is stored or has a tombstone.
  }
}

/** Groups of entries with at most `maxEvents` events, each at least one entry. */
function* inGroups(entries: readonly OpenEntry[], maxEvents: number): Generator<OpenEntry[]> {
  let group: OpenEntry[] = [];
  let events = 0;
  for (const entry of entries) {
    if (group.length > 0 && events + entry.eventIds.length > maxEvents) {
      yield group;
      group = [];
      events = 0;
    }
    group.push(entry);
    events += entry.eventIds.length;
  }
  if (group.length > 0) yield group;
}
