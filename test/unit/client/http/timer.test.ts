import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTimer } from '../../../../client/src/http/timer.ts';

const day = 24 * 60 * 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a timer', () => {
  it.each([0, 1, 2 ** 31 - 1, 2 ** 31, 100 * day])('of %i ms ends after that time', (delayMs) => {
    const run = vi.fn();
    startTimer(run, delayMs);
    vi.advanceTimersByTime(Math.max(0, delayMs - 1));
    expect(run).toHaveBeenCalledTimes(delayMs === 0 ? 1 : 0);
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('without an end keeps no process alive', () => {
    const stop = startTimer(vi.fn(), Number.POSITIVE_INFINITY);
    expect(vi.getTimerCount()).toBe(0);
    stop();
  });

  it.each([5, 100 * day])('of %i ms can be stopped at each time', (delayMs) => {
    const run = vi.fn();
    const stop = startTimer(run, delayMs);
    vi.advanceTimersByTime(delayMs - 1);
    stop();
    vi.advanceTimersByTime(delayMs);
    expect(run).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
