import { transform } from 'esbuild';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReadDeadlines } from '../../../../../server/src/store/mongo/driver/read-deadlines.ts';
import { SharedReads } from '../../../../../server/src/services/common/shared-reads.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const deadlines = new ReadDeadlines();

const limitAfter = async (): Promise<number> => {
  await Promise.resolve();
  return deadlines.toLimit(5_000);
};

it('limits the reads of a call to what is left of its time', async () => {
  const now = performance.now();
  expect(await deadlines.run(now + 300, limitAfter)).toBe(300);
  expect(await deadlines.run(now + 60_000, limitAfter)).toBe(5_000);
  expect(await deadlines.run(now + 0.5, limitAfter)).toBe(1);
  expect(await deadlines.run(undefined, limitAfter)).toBe(5_000);
  expect(deadlines.toLimit(5_000)).toBe(5_000);
});

it('leaves work alone that outlives the call', async () => {
  const late = async () => {
    await Promise.resolve();
    vi.advanceTimersByTime(500);
    return deadlines.toLimit(5_000);
  };
  expect(await deadlines.run(performance.now() + 300, late)).toBe(5_000);
});

it('leaves reads alone that several callers share', async () => {
  const reads = new SharedReads<number>();
  const limit = await deadlines.run(performance.now() + 300, () => reads.load('key', limitAfter, () => {}));
  expect(limit).toBe(5_000);
});

/** Runs in a thread of its own, because other tests make Node track promises. Posts whether it does, step by step. */
const observer = `
  import { setImmediate } from 'node:timers/promises';
  import { parentPort } from 'node:worker_threads';

  // Node adds symbols to each promise that it tracks.
  const isTracked = () => Object.getOwnPropertySymbols(Promise.resolve()).length > 0;
  const deadlines = new ReadDeadlines();
  const ends = [];
  const call = () => deadlines.run(performance.now() + 300, () => new Promise((end) => ends.push(end)));
  const seen = [isTracked()];
  const calls = [call(), call()];
  ends[0]();
  await calls[0];
  seen.push(deadlines.toLimit(5_000) === 5_000);
  seen.push((await deadlines.run(performance.now() + 300, async () => deadlines.toLimit(5_000))) <= 300);
  ends[1]();
  await calls[1];
  // Node stops in a microtask of its own.
  await setImmediate();
  parentPort.postMessage([...seen, isTracked()]);
`;

it('makes Node track promises only while a call has a deadline', async () => {
  const file = new URL('../../../../../server/src/store/mongo/driver/read-deadlines.ts', import.meta.url);
  const { code } = await transform(await readFile(file, 'utf8'), { loader: 'ts', format: 'esm' });
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code + observer)}`));
  const messages: unknown[] = await once(worker, 'message');
  await worker.terminate();
  expect(messages).toEqual([[false, true, true, false]]);
});
