import { timeFromId } from '../../domain/ids.ts';
import type { DeliveryQueue, OpenEntry } from '../../domain/ports/delivery-queue.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { Meter } from '../../domain/ports/telemetry.ts';
import type { EntryTracker } from './entry-tracker.ts';
import type { Intake } from './intake.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { WorkSignal } from './work-signal.ts';

export interface SweeperDeps {
  readonly queue: Pick<DeliveryQueue, 'findOpenEntries' | 'getOpenEntries' | 'readEntries' | 'closeGaps'>;
  readonly intake: Pick<Intake, 'addEntry'>;
  readonly entries: Pick<EntryTracker, 'isTracked'>;
  readonly memory: Pick<MemoryBudget, 'room'>;
  /** The partitions that this process sends to now. */
  readonly getOwned: () => readonly number[];
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** 0 <= random() < 1. */
  readonly random: () => number;
}

/** Jittered, so that processes do not sweep in step. */
const sweepEveryMs = 1_000;

/** Younger entries are in the memory of the process that accepted them, or named by a notification. */
const minAgeMs = 2_000;

/** Entries in one search. */
const searchLimit = 500;

/** Events read at once. An entry of 500 events is read whole. */
const maxEvents = 1_000;

/**
 * An insert ends within the time limit of accepting. Later, its missing events get tombstones, so that they can
 * never be stored.
 */
const gapAfterMs = 10_000;

/** Notified entries that wait to be read. Beyond it, a sweep finds them. */
const maxNotified = 10_000;

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
  readonly #signal = new WorkSignal();
  /** Entries that a notification named. */
  readonly #notified = new Set<string>();
  #isRunning = false;
  #loop: Promise<void> | undefined;
  #after: string | undefined;
  /** Raised by every acquisition. Entries of any age are searched until a search of all is done. */
  #fullSearches = 0;
  #fullSearchesDone = 0;

  constructor(deps: SweeperDeps) {
    this.#deps = deps;
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
    for (const id of entryIds) if (this.#notified.size < maxNotified) this.#notified.add(id);
    this.#signal.raise();
  }

  /** Searches all entries, whatever their age. */
  sweepAll(): void {
    this.#after = undefined;
    this.#fullSearches++;
    this.#signal.raise();
  }

  /** Raises the signal: there may be work, or room for it. */
  wake(): void {
    this.#signal.raise();
  }

  get #isFull(): boolean {
    return this.#fullSearches > this.#fullSearchesDone;
  }

  async #run(): Promise<void> {
    const { memory, random } = this.#deps;
    let sweepAt = 0;
    while (this.#isRunning) {
      this.#signal.clear();
      const isMore = await this.#readSafely(async () => {
        await this.#readNotified();
        if (performance.now() < sweepAt && !this.#isFull) return false;
        return await this.#sweep();
      });
      if (isMore && memory.room > 0) continue;
      if (!this.#isFull) sweepAt = performance.now() + sweepEveryMs * (0.8 + random() * 0.4);
      await this.#signal.wait(sweepEveryMs);
    }
  }

  async #readSafely(read: () => Promise<boolean>): Promise<boolean> {
    try {
      return await read();
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'could not read outbox entries; retrying');
      return false;
    }
  }

  async #readNotified(): Promise<void> {
    if (this.#notified.size === 0) return;
    const ids = [...this.#notified];
    this.#notified.clear();
    await this.#take(await this.#deps.queue.getOpenEntries(ids));
  }

  /** Returns whether there are probably more entries. */
  async #sweep(): Promise<boolean> {
    const { queue, getOwned, clock, memory } = this.#deps;
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
    const { entries, getOwned, memory } = this.#deps;
    const owned = new Set(getOwned());
    const isUnknown = ({ id, open }: OpenEntry) =>
      open.some((partition) => owned.has(partition) && !entries.isTracked(id, partition));
    for (const some of inGroups(found.filter(isUnknown))) {
      if (memory.room <= 0) return;
      await this.#read(some, owned);
    }
  }

  async #read(found: readonly OpenEntry[], owned: ReadonlySet<number>): Promise<void> {
    const { queue, intake, clock, meter } = this.#deps;
    const read = await queue.readEntries(found, owned);
    meter.observeBatch(
      'claim',
      read.reduce((sum, entry) => sum + entry.events.length, 0),
    );
    const incomplete = new Set(read.filter((entry) => !entry.isComplete).map((entry) => entry.id));
    for (const entry of read) intake.addEntry(entry);
    const late = found.filter(({ id }) => incomplete.has(id) && clock.now() - timeFromId(id) > gapAfterMs);
    if (late.length > 0) await queue.closeGaps(late);
    // Read again by a later sweep: afterwards, each event is stored or has a tombstone.
  }
}

/** Groups of entries with at most `maxEvents` events, each at least one entry. */
function* inGroups(entries: readonly OpenEntry[]): Generator<OpenEntry[]> {
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
