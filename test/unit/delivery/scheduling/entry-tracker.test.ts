import { describe, expect, it } from 'vitest';
import { EntryTracker } from '../../../../server/src/delivery/scheduling/entry-tracker.ts';

describe('the entry tracker', () => {
  it('closes a partition with its last result, and none before', () => {
    const tracker = new EntryTracker();
    tracker.begin('evt_a', 1, { remaining: 2, isComplete: true });
    tracker.begin('evt_a', 2, { remaining: 1, isComplete: true });
    expect(tracker.countDown('evt_a', 1)).toBe(false);
    expect(tracker.countDown('evt_a', 2)).toBe(true);
    expect(tracker.isTracked('evt_a', 2)).toBe(false);
    expect(tracker.isTracked('evt_a', 1)).toBe(true);
    expect(tracker.countDown('evt_a', 1)).toBe(true);
    expect(tracker.size).toBe(0);
  });

  it('never closes an incomplete entry, and leaves it to a sweep after its last result', () => {
    const tracker = new EntryTracker();
    tracker.begin('evt_a', 1, { remaining: 1, isComplete: false });
    expect(tracker.countDown('evt_a', 1)).toBe(false);
    expect(tracker.isTracked('evt_a', 1)).toBe(false);
  });

  it('closes nothing that it does not track', () => {
    const tracker = new EntryTracker();
    expect(tracker.countDown('evt_a', 1)).toBe(false);
    tracker.begin('evt_a', 1, { remaining: 1, isComplete: true });
    expect(tracker.countDown('evt_a', 2)).toBe(false);
    expect(tracker.countDown('evt_b', 1)).toBe(false);
  });

  it('forgets partitions that go to another owner, and those that a sweep reads again', () => {
    const tracker = new EntryTracker();
    for (const partition of [1, 2, 3]) tracker.begin('evt_a', partition, { remaining: 1, isComplete: true });
    tracker.begin('evt_b', 1, { remaining: 1, isComplete: true });
    tracker.dropPartitions((partition) => partition === 1);
    tracker.forget('evt_a', 2);
    expect([1, 2, 3].map((partition) => tracker.isTracked('evt_a', partition))).toEqual([false, false, true]);
    expect(tracker.countDown('evt_a', 1)).toBe(false);
    expect(tracker.size).toBe(1);
  });
});
