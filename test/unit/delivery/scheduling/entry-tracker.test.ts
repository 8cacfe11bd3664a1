import { describe, expect, it } from 'vitest';
import { EntryTracker } from '../../../../server/src/delivery/scheduling/entry-tracker.ts';

describe('the entry tracker', () => {
  it('closes a partition with its last result, and none before', () => {
    const tracker = new EntryTracker();
    tracker.begin('evt_a', 1, ['dlv_1', 'dlv_2'], true);
    tracker.begin('evt_a', 2, ['dlv_3'], true);
    expect(tracker.countDown('evt_a', 1, 'dlv_1')).toBe(false);
    expect(tracker.countDown('evt_a', 2, 'dlv_3')).toBe(true);
    expect(tracker.isTracked('evt_a', 2)).toBe(false);
    expect(tracker.isTracked('evt_a', 1)).toBe(true);
    expect(tracker.countDown('evt_a', 1, 'dlv_2')).toBe(true);
    expect(tracker.size).toBe(0);
  });

  it('counts each delivery once', () => {
    const tracker = new EntryTracker();
    tracker.begin('evt_a', 1, ['dlv_1', 'dlv_2'], true);
    expect(tracker.countDown('evt_a', 1, 'dlv_1')).toBe(false);
    expect(tracker.countDown('evt_a', 1, 'dlv_1')).toBe(false);
    expect(tracker.isTracked('evt_a', 1)).toBe(true);
  });

  it('never closes an incomplete entry, and leaves it to a sweep after its last result', () => {
    const tracker = new EntryTracker();
    tracker.begin('evt_a', 1, ['dlv_1'], false);
    expect(tracker.countDown('evt_a', 1, 'dlv_1')).toBe(false);
    expect(tracker.isTracked('evt_a', 1)).toBe(false);
  });

  it('closes nothing that it does not track', () => {
    const tracker = new EntryTracker();
    expect(tracker.countDown('evt_a', 1, 'dlv_1')).toBe(false);
    tracker.begin('evt_a', 1, ['dlv_1'], true);
    expect(tracker.countDown('evt_a', 2, 'dlv_1')).toBe(false);
    expect(tracker.countDown('evt_b', 1, 'dlv_1')).toBe(false);
  });

  it('ignores the result of a delivery that was in flight when its partition was dropped', () => {
    const tracker = new EntryTracker();
    tracker.begin('evt_a', 1, ['dlv_1', 'dlv_2'], true);
    tracker.dropPartitions(() => true);
    // The document of the first one exists already when the entry is read again.
    tracker.begin('evt_a', 1, ['dlv_2'], true);
    expect(tracker.countDown('evt_a', 1, 'dlv_1')).toBe(false);
    expect(tracker.countDown('evt_a', 1, 'dlv_2')).toBe(true);
  });

  it('forgets partitions that go to another owner, and those that a sweep reads again', () => {
    const tracker = new EntryTracker();
    for (const partition of [1, 2, 3]) tracker.begin('evt_a', partition, [`dlv_${partition}`], true);
    tracker.begin('evt_b', 1, ['dlv_4'], true);
    tracker.dropPartitions((partition) => partition === 1);
    tracker.forget('evt_a', 2);
    expect([1, 2, 3].map((partition) => tracker.isTracked('evt_a', partition))).toEqual([false, false, true]);
    expect(tracker.countDown('evt_a', 1, 'dlv_1')).toBe(false);
    expect(tracker.size).toBe(1);
  });
});
