import { describe, expect, it } from 'vitest';
import { Lane } from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';
import type { Task } from '../../../../server/src/delivery/scheduling/task.ts';
import { anEvent, firstDeliveryOf } from '../../../support/builders.ts';

const task = (): Task => {
  const event = anEvent();
  return {
    delivery: firstDeliveryOf(event, 't.0'),
    hold: {
      kind: 'batch',
      id: event.id,
      token: 't.0',
      until: Number.POSITIVE_INFINITY,
      open: 1,
      isClosedAtEnd: true,
    },
  };
};

const laneWith = (count: number, limits = { maxInFlight: 4 }, left = 10) => {
  const lane = new Lane('wh_1', limits);
  for (let i = 0; i < count; i++) lane.push(task(), left);
  return lane;
};

const startAll = (lane: Lane, now = 0) => {
  let started = 0;
  while (typeof lane.next(now) === 'object') started++;
  return started;
};

describe('a lane', () => {
  it('starts no more than its cap, and the next when one ends', () => {
    const lane = laneWith(10);
    expect(startAll(lane)).toBe(4);
    lane.succeeded();
    expect(startAll(lane)).toBe(1);
  });

  it('has no room once no more is left than it has, and none before half has drained', () => {
    expect(laneWith(9).hasRoom(0)).toBe(true);
    const lane = laneWith(10, { maxInFlight: 100 });
    for (let left = 10; left > 5; left--) {
      expect(lane.hasRoom(0)).toBe(false);
      expect(lane.hasDrained()).toBe(false);
      lane.next(0);
    }
    expect(lane.hasDrained()).toBe(true);
    expect(lane.hasRoom(0)).toBe(true);
    expect(lane.hasDrained()).toBe(false);
  });

  it('shares the memory with others: one has half of it, and there is always a share for the next', () => {
    const places = 120;
    const lanes = ['wh_1', 'wh_2', 'wh_3'].map((id) => new Lane(id, { maxInFlight: 4 }));
    let queued = 0;
    for (const lane of lanes) {
      while (lane.hasRoom(0)) {
        queued++;
        lane.push(task(), places - queued);
      }
    }
    expect(lanes.map((lane) => lane.queued)).toEqual([60, 30, 15]);
    expect(places - queued).toBe(15);
  });

  it('is paused for five seconds when its endpoint keeps failing, then sends one probe at a time', () => {
    const lane = laneWith(5);
    startAll(lane);
    lane.failed(1_000, true);
    expect(lane.hasRoom(1_000)).toBe(false);
    expect(lane.deferUntil(1_000)).toBe(6_000);
    expect(lane.next(5_999)).toBe(6_000);
    lane.failed(1_000, true);
    lane.failed(1_000, true);
    lane.failed(1_000, true);
    expect(lane.hasRoom(6_000)).toBe(true);
    expect(startAll(lane, 6_000)).toBe(1);
  });

  it('waits twice as long after each failed probe, and opens wholly after one that succeeds', () => {
    const lane = laneWith(9);
    lane.next(0);
    lane.failed(0, true);
    expect(startAll(lane, 5_000)).toBe(1);
    lane.failed(5_000, true);
    expect(lane.next(14_999)).toBe(15_000);
    expect(startAll(lane, 15_000)).toBe(1);
    lane.succeeded();
    expect(startAll(lane, 15_000)).toBe(4);
  });

  it('keeps no more waiting for the outcome of a probe than go at once when it succeeds, and says when it did', () => {
    const lane = laneWith(1, { maxInFlight: 4 }, 500);
    lane.probeOnly();
    expect(startAll(lane)).toBe(1);
    for (let waiting = 0; waiting < 32; waiting++) {
      expect(lane.hasRoom(0)).toBe(true);
      expect(lane.deferNewUntil(0)).toBeUndefined();
      lane.push(task(), 500);
    }
    expect(lane.hasRoom(0)).toBe(false);
    expect(lane.deferNewUntil(0)).toBe(5_000);
    expect(lane.isOverflowing).toBe(false);
    expect(lane.deferUntil(0)).toBeUndefined();
    lane.succeeded();
    expect(lane.hasDrained()).toBe(true);
    expect(lane.hasDrained()).toBe(false);
    expect(lane.deferNewUntil(0)).toBeUndefined();
    expect(startAll(lane)).toBe(4);
  });

  it('halves its cap at each sign of overload, waits as long as asked, and grows back one by one', () => {
    const lane = laneWith(10);
    expect(startAll(lane)).toBe(4);
    for (let i = 0; i < 4; i++) lane.failed(0, false);
    lane.slowDown(0, 2_000);
    expect(lane.next(1_999)).toBe(2_000);
    expect(startAll(lane, 2_000)).toBe(2);
    lane.succeeded();
    lane.succeeded();
    expect(startAll(lane, 2_000)).toBe(4);
  });

  it('spaces its requests as its rate limit says', () => {
    const lane = laneWith(4);
    lane.keepTo({ perSecond: 2, maxInFlight: null, gate: undefined });
    expect(typeof lane.next(1_000)).toBe('object');
    expect(lane.next(1_000)).toBe(1_500);
    expect(typeof lane.next(1_500)).toBe('object');
    expect(lane.next(1_600)).toBe(2_000);
  });

  it('sends a chat destination one message at a time', () => {
    const lane = laneWith(4);
    lane.keepTo({ perSecond: null, maxInFlight: 1, gate: { isBusy: false, notBefore: 0 } });
    expect(startAll(lane)).toBe(1);
  });

  it('starts with a probe when its endpoint was known to fail before', () => {
    const lane = laneWith(4);
    lane.probeOnly();
    expect(startAll(lane)).toBe(1);
  });

  it('shares a chat destination with the other lanes that lead there', () => {
    const gate = { isBusy: false, notBefore: 0 };
    const [one, two] = [laneWith(2), laneWith(2)];
    for (const lane of [one, two]) lane.keepTo({ perSecond: null, maxInFlight: 1, gate });
    expect(typeof one.next(0)).toBe('object');
    expect(typeof two.next(0)).toBe('number');
    one.pauseDestinationUntil(2_000);
    one.succeeded();
    expect(two.next(1_000)).toBe(2_000);
    expect(typeof two.next(2_000)).toBe('object');
  });
});
