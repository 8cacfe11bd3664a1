import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IndexGroup, IndexStore } from '../../../../server/src/domain/ports/index-store.ts';
import { IndexBuilder } from '../../../../server/src/services/maintenance/index-builder.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const accepting: IndexGroup = { collection: 'events', names: ['unique'], neededFor: 'accepting' };
const sending: IndexGroup = { collection: 'queue', names: ['due', 'lane'], neededFor: 'sending' };
const reading: IndexGroup = { collection: 'deliveries', names: ['list'], neededFor: 'reading' };

/** Three groups of indexes, which are built when the test says so: `build.queue()`. */
function aScene({
  conflicts = [],
  missing = [],
}: {
  conflicts?: Awaited<ReturnType<IndexStore['findConflicts']>>;
  missing?: Awaited<ReturnType<IndexStore['findMissing']>>;
} = {}) {
  const ends: Record<string, { built: () => void; failed: (error: Error) => void }> = {};
  const started: string[] = [];
  const state = { hasProgress: true };
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const builder = new IndexBuilder({
    indexes: {
      groups: [accepting, sending, reading],
      findConflicts: () => Promise.resolve(conflicts),
      findMissing: () => Promise.resolve(missing),
      getProgress: () =>
        state.hasProgress ? Promise.resolve(new Map([['queue', 40]])) : Promise.reject(new Error('away')),
      build: ({ collection }) => {
        started.push(collection);
        return new Promise((resolve, reject) => (ends[collection] = { built: resolve, failed: reject }));
      },
    },
    log,
    waitMs: 1,
  });
  return { builder, ends, started, state, log };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const building = (index: string, percent: number | null) => ({ index, state: 'building', percent });

describe('a start', () => {
  it('waits for the indexes that accepting needs, and a moment for the others', async () => {
    const { builder, ends, started } = aScene();
    let hasStarted = false;
    const starting = builder.start().then(() => (hasStarted = true));
    await turn();
    expect(started).toEqual(['events']);
    expect(hasStarted).toBe(false);
    ends['events']?.built();
    await starting;
    expect(started).toEqual(['events', 'queue', 'deliveries']);
    expect(builder.isReadyToSend).toBe(false);
    builder.stop();
  });

  it('fails if such an index cannot be built, and builds no other', async () => {
    const { builder, ends, started } = aScene();
    const starting = builder.start();
    await turn();
    ends['events']?.failed(new Error('duplicate key'));
    await expect(starting).rejects.toThrow('duplicate key');
    expect([started, vi.getTimerCount()]).toEqual([['events'], 0]);
  });

  it.each(['accepting', 'sending'] as const)(
    'fails if another index conflicts with one for %s',
    async (neededFor) => {
      const { builder, started } = aScene({ conflicts: [{ index: 'queue.old', neededFor }] });
      await expect(builder.start()).rejects.toThrow(
        'queue.old conflicts with an index that this release needs; drop it and restart',
      );
      expect(started).toEqual([]);
    },
  );

  it('reports a conflict with an index for lists alone', async () => {
    const conflicts = [{ index: 'deliveries.old', neededFor: 'reading' as const }];
    const { builder, ends, log } = aScene({ conflicts });
    const starting = builder.start();
    await turn();
    ends['events']?.built();
    await starting;
    expect(log.error).toHaveBeenCalledExactlyOnceWith({ index: 'deliveries.old' }, expect.any(String));
    expect((await builder.status())[0]).toEqual({
      index: 'deliveries.old',
      state: 'conflicting',
      percent: null,
    });
    builder.stop();
  });
});

describe('the status of indexes', () => {
  it('has what is missing, and what is built with its progress if that is known', async () => {
    const missing = [
      { index: 'apps.dropped', neededFor: 'reading' as const },
      { index: 'queue.due', neededFor: 'sending' as const },
    ];
    const { builder, ends, state } = aScene({ missing });
    const starting = builder.start();
    await turn();
    ends['events']?.built();
    await starting;
    const dropped = { index: 'apps.dropped', state: 'missing', percent: null };
    expect(await builder.status()).toEqual([
      dropped,
      building('queue.due', 40),
      building('queue.lane', 40),
      building('deliveries.list', null),
    ]);
    state.hasProgress = false;
    ends['deliveries']?.built();
    await turn();
    expect(await builder.status()).toEqual([
      dropped,
      building('queue.due', null),
      building('queue.lane', null),
    ]);
    builder.stop();
  });
});

describe('sending', () => {
  /** A process that has started, with the indexes of its queue unfinished. */
  async function started() {
    const scene = aScene();
    const starting = scene.builder.start();
    await turn();
    scene.ends['events']?.built();
    await starting;
    return scene;
  }

  it('begins once when the indexes of the queue exist', async () => {
    const { builder, ends } = await started();
    const ready = vi.fn();
    builder.whenReadyToSend(ready);
    ends['deliveries']?.built();
    await turn();
    expect([builder.isReadyToSend, ready.mock.calls.length]).toEqual([false, 0]);
    ends['queue']?.built();
    await turn();
    expect([builder.isReadyToSend, ready.mock.calls.length]).toEqual([true, 1]);
    const late = vi.fn();
    builder.whenReadyToSend(late);
    expect(late).toHaveBeenCalledTimes(1);
    expect(await builder.status()).toEqual([]);
  });

  it('does not begin after a stop', async () => {
    const { builder, ends } = await started();
    const ready = vi.fn();
    builder.whenReadyToSend(ready);
    builder.stop();
    ends['queue']?.built();
    await turn();
    expect([ready.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('reports progress every ten seconds', async () => {
    const { builder, log } = await started();
    log.info.mockClear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(log.info.mock.calls.map(([fields]) => fields as object)).toEqual([
      { index: 'queue.due', percent: 40 },
      { index: 'queue.lane', percent: 40 },
      { index: 'deliveries.list', percent: null },
    ]);
    builder.stop();
  });

  it('reports an index that took long', async () => {
    const { builder, ends, log } = await started();
    log.info.mockClear();
    vi.advanceTimersByTime(9_999);
    ends['deliveries']?.built();
    await turn();
    vi.advanceTimersByTime(2);
    ends['queue']?.built();
    await turn();
    const built = log.info.mock.calls.filter(([, message]) => message === 'built indexes');
    expect(built).toEqual([[{ collection: 'queue', indexes: ['due', 'lane'], ms: 10_001 }, 'built indexes']]);
    builder.stop();
  });

  it('goes on without an index whose build fails, which is tried again later', async () => {
    const { builder, ends, started: builds, log } = await started();
    ends['queue']?.failed(new Error('failover'));
    await turn();
    expect(log.warn).toHaveBeenCalledWith(
      { err: new Error('failover'), collection: 'queue', indexes: ['due', 'lane'] },
      'index build failed; will retry',
    );
    expect(builds).toHaveLength(3);
    expect(builder.isReadyToSend).toBe(false);
    builder.stop();
  });
});
