import { beforeEach, afterEach, expect, it, vi } from 'vitest';
import { limitRead, readWithin } from '../../../../../server/src/store/mongo/driver/read-deadline.ts';
import { SharedReads } from '../../../../../server/src/services/common/shared-reads.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const limitAfter = async (): Promise<number> => {
  await Promise.resolve();
  return limitRead(5_000);
};

it('limits the reads of a call to what is left of its time', async () => {
  const now = performance.now();
  expect(await readWithin(now + 300, limitAfter)).toBe(300);
  expect(await readWithin(now + 60_000, limitAfter)).toBe(5_000);
  expect(await readWithin(now + 0.5, limitAfter)).toBe(1);
  expect(await readWithin(undefined, limitAfter)).toBe(5_000);
  expect(limitRead(5_000)).toBe(5_000);
});

it('leaves work alone that outlives the call', async () => {
  const late = async () => {
    await Promise.resolve();
    vi.advanceTimersByTime(500);
    return limitRead(5_000);
  };
  expect(await readWithin(performance.now() + 300, late)).toBe(5_000);
});

it('leaves reads alone that several callers share', async () => {
  const reads = new SharedReads<number>();
  const limit = await readWithin(performance.now() + 300, () => reads.load('key', limitAfter, () => {}));
  expect(limit).toBe(5_000);
});
