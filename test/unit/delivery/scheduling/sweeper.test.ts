import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Sweeper, type SweeperLimits } from '../../../../server/src/delivery/scheduling/sweeper.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import type {
  DeliveryQueue,
  EntrySearch,
  OpenEntry,
  OwedEntry,
} from '../../../../server/src/domain/ports/delivery-queue.ts';
import { anEvent } from '../../../support/builders.ts';
import { deferred, noLog, noMeter } from './arrange.ts';

const ids = createIds();
const startAt = 1_800_000_000_000;

/** An entry of `size` events, accepted `ageMs` ago, that owes deliveries of the partition 1. */
function entryOf(ageMs: number, size = 1, open: readonly number[] = [1]): OpenEntry {
  const eventIds = Array.from({ length: size }, () => ids.event(startAt - ageMs));
  return { id: eventIds[0] ?? '', eventIds, open };
}

const created: Sweeper[] = [];

/** A sweeper over entries of which those in `incomplete` have gaps. */
class Scene {
  open: OpenEntry[] = [];
  readonly incomplete = new Set<string>();
  readonly tracked = new Set<string>();
  readonly reserved = new Set<string>();
  readonly taken: OwedEntry[] = [];
  readonly searches: EntrySearch[] = [];
  owned: readonly number[] = [1, 2];
  room = 100;
  random = 0.5;
  readonly queue = {
    findOpenEntries: vi.fn<DeliveryQueue['findOpenEntries']>((search) => {
      this.searches.push(search);
      const { after = '', limit } = search;
      return Promise.resolve(this.open.filter(({ id }) => id > after).slice(0, limit));
    }),
    getOpenEntries: vi.fn<DeliveryQueue['getOpenEntries']>((entryIds) =>
      Promise.resolve(this.open.filter(({ id }) => entryIds.includes(id))),
    ),
    readEntries: vi.fn<DeliveryQueue['readEntries']>((entries) =>
      Promise.resolve(
        entries.map(({ id, open }) => ({ id, open, events: [], isComplete: !this.incomplete.has(id) })),
      ),
    ),
    closeGaps: vi.fn<DeliveryQueue['closeGaps']>(() => Promise.resolve()),
  };
  readonly sweeper: Sweeper;

  constructor(limits: Partial<SweeperLimits> = {}) {
    this.sweeper = new Sweeper(
      {
        queue: this.queue,
        intake: {
          addEntry: (entry) => {
            this.taken.push(entry);
            this.tracked.add(entry.id);
          },
        },
        entries: { isTracked: (id) => this.tracked.has(id) },
        held: { watch: (read) => read(() => false) },
        reserved: { has: (id) => this.reserved.has(id) },
        memory: Object.defineProperty({ room: 0 }, 'room', { get: () => this.room }),
        getOwned: () => this.owned,
        clock: { now: () => Date.now() },
        log: noLog,
        meter: noMeter,
        random: () => this.random,
      },
      limits,
    );
    created.push(this.sweeper);
  }

  /** Starts it, and lets the first sweep end. */
  async start(): Promise<void> {
    this.sweeper.start();
    await vi.advanceTimersByTimeAsync(0);
  }

  get takenIds(): string[] {
    return this.taken.map(({ id }) => id);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ now: startAt });
  vi.clearAllMocks();
});

afterEach(async () => {
  await Promise.all(created.splice(0).map((sweeper) => sweeper.stop()));
  vi.useRealTimers();
});

describe('a sweep', () => {
  it('runs every second, and leaves young entries to the memory of their process', async () => {
    const scene = new Scene();
    await scene.start();
    expect(scene.searches).toEqual([
      { partitions: [1, 2], after: undefined, acceptedBefore: startAt - 2_000, limit: 500 },
    ]);
    await vi.advanceTimersByTimeAsync(999);
    expect(scene.searches).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(scene.searches).toHaveLength(2);
  });

  it('comes up to a fifth earlier or later, so that processes do not sweep in step', async () => {
    for (const [random, everyMs] of [
      [0, 800],
      [0.25, 900],
      [0.75, 1_100],
    ] as const) {
      const scene = new Scene();
      scene.random = random;
      await scene.start();
      await vi.advanceTimersByTimeAsync(everyMs - 1);
      expect(scene.searches).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(scene.searches).toHaveLength(2);
    }
  });

  it('takes entries that are not in memory, and reads no others', async () => {
    const scene = new Scene();
    const [known, unknown, foreign] = [entryOf(3_000), entryOf(3_000), entryOf(3_000, 1, [9])];
    scene.open = [known, unknown, foreign];
    scene.tracked.add(known.id);
    await scene.start();
    expect(scene.queue.readEntries.mock.calls).toEqual([[[unknown], new Set([1, 2])]]);
    expect(scene.takenIds).toEqual([unknown.id]);
  });

  it('takes only the partitions that it has read, not those that were acquired meanwhile', async () => {
    const scene = new Scene();
    scene.open = [entryOf(3_000, 1, [1, 2, 9])];
    scene.queue.readEntries.mockImplementationOnce((entries) => {
      scene.owned = [1, 2, 9];
      return Promise.resolve(entries.map(({ id, open }) => ({ id, open, events: [], isComplete: true })));
    });
    await scene.start();
    expect(scene.taken.map(({ open }) => open)).toEqual([[1, 2]]);
  });

  it('leaves an entry alone while one of its events is being stored by this process', async () => {
    const scene = new Scene();
    const entry = entryOf(3_000, 2);
    scene.open = [entry];
    scene.reserved.add(entry.eventIds[1] ?? '');
    await scene.start();
    expect(scene.taken).toEqual([]);
    scene.reserved.clear();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.takenIds).toEqual([entry.id]);
  });

  it('goes on after the last entry while there are more, and then from the beginning', async () => {
    const scene = new Scene({ searchLimit: 2 });
    scene.open = [entryOf(9_000), entryOf(8_000), entryOf(7_000)];
    await scene.start();
    const afters = () => scene.searches.map(({ after }) => after);
    expect(afters()).toEqual([undefined, scene.open[1]?.id]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(afters().slice(2)).toEqual([undefined, scene.open[1]?.id]);
  });

  it('counts the events that it reads, and reads nothing where nothing is found', async () => {
    const scene = new Scene();
    await scene.start();
    expect(scene.queue.readEntries).not.toHaveBeenCalled();
    scene.open = [entryOf(9_000), entryOf(8_000)];
    const events = [2, 3].map((count) =>
      Array.from({ length: count }, () => ({ event: anEvent(), missing: [] })),
    );
    scene.queue.readEntries.mockImplementationOnce((entries) =>
      Promise.resolve(
        entries.map(({ id, open }, index) => ({ id, open, events: events[index] ?? [], isComplete: true })),
      ),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(noMeter.observeBatch.mock.calls).toEqual([['claim', 5]]);
  });

  it('reads an entry that is too large by itself first, if it is the first', async () => {
    const scene = new Scene({ maxEvents: 2 });
    scene.open = [entryOf(9_000, 3), entryOf(8_000, 1)];
    await scene.start();
    expect(scene.queue.readEntries.mock.calls.map(([read]) => read.length)).toEqual([1, 1]);
  });

  it('reads large entries apart, each whole', async () => {
    const scene = new Scene({ maxEvents: 5 });
    const entries = [entryOf(9_000, 2), entryOf(8_000, 3), entryOf(7_000, 1), entryOf(6_000, 9)];
    scene.open = entries;
    await scene.start();
    expect(scene.queue.readEntries.mock.calls.map(([read]) => read)).toEqual([
      entries.slice(0, 2),
      entries.slice(2, 3),
      entries.slice(3),
    ]);
  });

  it('searches and reads nothing without room, and goes on when there is room', async () => {
    const scene = new Scene({ maxEvents: 1, searchLimit: 2 });
    scene.open = [entryOf(9_000), entryOf(8_000)];
    scene.room = 0;
    await scene.start();
    expect(scene.searches).toEqual([]);
    scene.room = 1;
    scene.queue.readEntries.mockImplementationOnce((entries) => {
      scene.room = 0;
      return Promise.resolve(entries.map(({ id, open }) => ({ id, open, events: [], isComplete: true })));
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.takenIds).toEqual([scene.open[0]?.id]);
    expect(scene.searches).toHaveLength(1);
    scene.room = 1;
    await vi.advanceTimersByTimeAsync(1_000);
    // The cursor stands after both entries. The next round begins again.
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.takenIds).toEqual(scene.open.map(({ id }) => id));
  });

  it('goes on after an error of the database', async () => {
    const scene = new Scene();
    scene.open = [entryOf(3_000)];
    scene.queue.findOpenEntries.mockRejectedValueOnce(new Error('away'));
    await scene.start();
    expect(noLog.warn.mock.calls).toEqual([
      [{ err: new Error('away') }, 'could not read outbox entries; retrying'],
    ]);
    expect(scene.taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.taken).toHaveLength(1);
  });

  it('ends when the sweeper stops', async () => {
    const scene = new Scene();
    await scene.start();
    await scene.sweeper.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(scene.searches).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a notified entry', () => {
  it('is read at once, whatever its age', async () => {
    const scene = new Scene();
    await scene.start();
    const entry = entryOf(0);
    scene.open = [entry];
    scene.sweeper.notify([entry.id, ids.event(startAt)]);
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.takenIds).toEqual([entry.id]);
    expect(scene.searches).toHaveLength(1);
  });

  it('does not put off the sweep', async () => {
    const scene = new Scene();
    await scene.start();
    for (let index = 0; index < 25; index++) {
      scene.sweeper.notify([ids.event(startAt)]);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(scene.searches).toHaveLength(3);
  });

  it('is left to a sweep if too many are notified, or if the read fails', async () => {
    const scene = new Scene({ maxNotified: 2 });
    await scene.start();
    scene.queue.getOpenEntries.mockRejectedValueOnce(new Error('away'));
    scene.sweeper.notify(['evt_1', 'evt_2', 'evt_3']);
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.queue.getOpenEntries.mock.calls).toEqual([[['evt_1', 'evt_2']]]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.queue.getOpenEntries).toHaveBeenCalledTimes(1);
    expect(scene.searches).toHaveLength(2);
  });
});

describe('a full sweep', () => {
  it('starts at once after an acquisition, and finds entries of any age', async () => {
    const scene = new Scene({ searchLimit: 1 });
    await scene.start();
    scene.open = [entryOf(100), entryOf(0)];
    scene.sweeper.sweepAll();
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.takenIds).toEqual(scene.open.map(({ id }) => id));
    const [, full, next] = scene.searches;
    expect(full?.acceptedBefore).toBeGreaterThan(startAt);
    expect(next).toMatchObject({ after: scene.open[0]?.id });
    expect(next?.acceptedBefore).toBeGreaterThan(startAt);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.searches.at(-1)?.acceptedBefore).toBeLessThan(startAt);
  });

  it('starts again if partitions are acquired during a search', async () => {
    const scene = new Scene();
    const reply = deferred<OpenEntry[]>();
    scene.queue.findOpenEntries.mockReturnValueOnce(reply.promise);
    scene.sweeper.sweepAll();
    await scene.start();
    const entry = entryOf(0, 1, [5]);
    scene.owned = [1, 2, 5];
    scene.open = [entry];
    scene.sweeper.sweepAll();
    reply.resolve([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.searches.at(-1)).toMatchObject({ partitions: [1, 2, 5], after: undefined });
    expect(scene.takenIds).toEqual([entry.id]);
  });

  it('starts again from the beginning, also if the search had more to find', async () => {
    const scene = new Scene({ searchLimit: 1 });
    const reply = deferred<OpenEntry[]>();
    scene.queue.findOpenEntries.mockReturnValueOnce(reply.promise);
    await scene.start();
    scene.sweeper.sweepAll();
    reply.resolve([entryOf(3_000)]);
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.searches[0]).toMatchObject({ after: undefined });
    expect(scene.searches[0]?.acceptedBefore).toBeGreaterThan(startAt);
  });

  it('is repeated after an error', async () => {
    const scene = new Scene();
    scene.queue.findOpenEntries.mockRejectedValueOnce(new Error('away'));
    scene.sweeper.sweepAll();
    await scene.start();
    scene.open = [entryOf(0)];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.takenIds).toEqual([scene.open[0]?.id]);
  });
});

describe('an entry with missing events', () => {
  it('gets tombstones after 10 s, not before, and is read again', async () => {
    const scene = new Scene();
    const entry = entryOf(9_000, 2);
    scene.open = [entry];
    scene.incomplete.add(entry.id);
    await scene.start();
    scene.tracked.clear();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.queue.readEntries).toHaveBeenCalledTimes(2);
    expect(scene.queue.closeGaps).not.toHaveBeenCalled();
    scene.tracked.clear();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.queue.closeGaps.mock.calls).toEqual([[[entry]]]);
    const reads = scene.queue.readEntries.mock.calls.length;
    scene.tracked.clear();
    scene.incomplete.clear();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.queue.readEntries).toHaveBeenCalledTimes(reads + 1);
    expect(scene.taken.at(-1)).toMatchObject({ id: entry.id, isComplete: true });
  });

  it('gets no tombstones if it is complete', async () => {
    const scene = new Scene();
    scene.open = [entryOf(60_000, 2)];
    await scene.start();
    expect(scene.taken).toHaveLength(1);
    expect(scene.queue.closeGaps).not.toHaveBeenCalled();
  });
});
