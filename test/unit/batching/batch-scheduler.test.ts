import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchScheduler } from '../../../server/src/batching/batch-scheduler.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A source of numbers, and the batches that the test ends. */
function arrange(
  options: { maxConcurrent?: number; lingerMs?: number; maxBatch?: number; linger?: { ms: number } } = {},
) {
  const { maxConcurrent = 1, lingerMs = 0, maxBatch = 2, linger = { ms: lingerMs } } = options;
  let items: number[] = [];
  const batches: { readonly items: readonly number[]; end: () => void }[] = [];
  const scheduler = new BatchScheduler<number>({
    source: {
      get size() {
        return items.length;
      },
      get isBatchFull() {
        return items.length >= maxBatch;
      },
      takeBatch: () => {
        const batch = items.slice(0, maxBatch);
        items = items.slice(maxBatch);
        return batch;
      },
    },
    run: (batch) => new Promise((resolve) => batches.push({ items: batch, end: resolve })),
    maxConcurrent,
    get lingerMs() {
      return linger.ms;
    },
  });
  const add = (...added: readonly number[]) => {
    for (const item of added) {
      items.push(item);
      scheduler.schedule();
    }
  };
  return { scheduler, batches, add, started: () => batches.map((batch) => batch.items) };
}

describe('a batch', () => {
  it('starts at the end of the turn, or at once if it is full', async () => {
    const { batches, add, started } = arrange();
    add(1);
    expect(started()).toEqual([]);
    await turn();
    expect(started()).toEqual([[1]]);
    batches[0]?.end();
    await turn();
    add(2, 3);
    expect(started()).toEqual([[1], [2, 3]]);
  });

  it('that is full starts when the last one ends, without the time to gather', async () => {
    const { batches, add, started } = arrange();
    add(1, 2, 3, 4);
    expect(started()).toEqual([[1, 2]]);
    batches[0]?.end();
    await Promise.resolve();
    await Promise.resolve();
    expect(started()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('waits for one that runs, up to the number of concurrent ones', () => {
    const { scheduler, add, started } = arrange({ maxConcurrent: 2 });
    add(1, 2);
    expect(scheduler.isBusy).toBe(false);
    add(3, 4);
    expect(scheduler.isBusy).toBe(true);
    add(5, 6);
    expect(started()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});

describe('a linger time', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('counts from the first item, and holds no second timer', () => {
    const { add, started } = arrange({ lingerMs: 10, maxBatch: 5 });
    add(1);
    vi.advanceTimersByTime(6);
    add(2);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(3);
    expect(started()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(started()).toEqual([[1, 2]]);
  });

  it('ends with a full batch, and leaves no timer', async () => {
    const { batches, add, started } = arrange({ lingerMs: 10 });
    add(1, 2);
    expect(started()).toEqual([[1, 2]]);
    expect(vi.getTimerCount()).toBe(0);
    batches[0]?.end();
    await turn();
    add(3);
    vi.advanceTimersByTime(9);
    expect(started()).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(started()).toEqual([[1, 2], [3]]);
  });
});

describe('a linger time that is shorter when a batch ends', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['is that of the items that wait', 2, 2],
    ['of none ends with the turn', 0, 0],
    ['does not become longer', 20, 6],
  ])('%s', async (_, laterMs, leftMs) => {
    const linger = { ms: 0 };
    const { batches, add, started } = arrange({ maxConcurrent: 2, maxBatch: 5, linger });
    add(1);
    await turn();
    linger.ms = 10;
    add(2);
    vi.advanceTimersByTime(4);
    linger.ms = laterMs;
    batches[0]?.end();
    await Promise.resolve();
    if (leftMs > 0) vi.advanceTimersByTime(leftMs - 1);
    expect(started()).toEqual([[1]]);
    if (leftMs > 0) vi.advanceTimersByTime(1);
    else await turn();
    expect(started()).toEqual([[1], [2]]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a drain', () => {
  it('resolves at once when nothing waits and nothing runs', async () => {
    const { scheduler, started } = arrange();
    await scheduler.drain();
    expect(started()).toEqual([]);
  });

  it('starts what waits at once, and resolves after the last batch', async () => {
    const { scheduler, batches, add, started } = arrange({ lingerMs: 60_000, maxBatch: 2 });
    add(1);
    const ended = vi.fn();
    void scheduler.drain().then(ended);
    expect(started()).toEqual([[1]]);
    add(2, 3);
    batches[0]?.end();
    await turn();
    expect(started()).toEqual([[1], [2, 3]]);
    expect(ended).not.toHaveBeenCalled();
    batches[1]?.end();
    await turn();
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('waits for a batch that runs although nothing waits', async () => {
    const { scheduler, batches, add } = arrange();
    add(1, 2);
    const ended = vi.fn();
    void scheduler.drain().then(ended);
    void scheduler.drain().then(ended);
    await turn();
    expect(ended).not.toHaveBeenCalled();
    batches[0]?.end();
    await turn();
    expect(ended).toHaveBeenCalledTimes(2);
  });
});
