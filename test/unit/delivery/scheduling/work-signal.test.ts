import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkSignal } from '../../../../server/src/delivery/scheduling/work-signal.ts';

const minuteMs = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the work signal', () => {
  it('ends a wait when it is raised', async () => {
    const signal = new WorkSignal();
    const waiting = signal.wait(minuteMs);
    signal.raise();
    await waiting;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends the next wait at once when it was raised before', async () => {
    const signal = new WorkSignal();
    signal.clear();
    signal.raise();
    await signal.wait(minuteMs);
  });

  it('waits again once it is cleared, until the time is over', async () => {
    const signal = new WorkSignal();
    signal.raise();
    signal.clear();
    const ended = vi.fn();
    void signal.wait(minuteMs).then(ended);
    await vi.advanceTimersByTimeAsync(minuteMs - 1);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalled();
  });

  it('takes a turn of the event loop for a time that is over', async () => {
    const ended = vi.fn();
    void new WorkSignal().wait(-5).then(ended);
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalled();
  });
});
