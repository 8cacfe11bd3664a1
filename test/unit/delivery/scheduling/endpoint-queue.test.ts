import { describe, expect, it } from 'vitest';
import { EndpointQueue } from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';
import type { Task } from '../../../../server/src/delivery/scheduling/task.ts';
import { anEvent, firstDeliveryOf } from '../../../support/builders.ts';

const task = (): Task => {
  const event = anEvent();
  return {
    delivery: firstDeliveryOf(event, 't.0'),
    lease: {
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
  const endpointQueue = new EndpointQueue('wh_1', limits);
  for (let i = 0; i < count; i++) endpointQueue.push(task(), left);
  return endpointQueue;
};

const startAll = (endpointQueue: EndpointQueue, now = 0) => {
  let started = 0;
  while (typeof endpointQueue.next(now) === 'object') started++;
  return started;
};

describe('a lane', () => {
  it('starts no more than its cap, and the next when one ends', () => {
    const endpointQueue = laneWith(10);
    expect(startAll(endpointQueue)).toBe(4);
    endpointQueue.succeeded();
    expect(startAll(endpointQueue)).toBe(1);
  });

  it('has no room once no more is left than it has, and none before half has drained', () => {
    expect(laneWith(9).hasRoom(0)).toBe(true);
    const endpointQueue = laneWith(10, { maxInFlight: 100 });
    for (let left = 10; left > 5; left--) {
      expect(endpointQueue.hasRoom(0)).toBe(false);
      expect(endpointQueue.takeDrained()).toBe(false);
      endpointQueue.next(0);
    }
    expect(endpointQueue.takeDrained()).toBe(true);
    expect(endpointQueue.hasRoom(0)).toBe(true);
    expect(endpointQueue.takeDrained()).toBe(false);
  });

  it('shares the memory with others: one has half of it, and there is always a share for the next', () => {
    const places = 120;
    const endpointQueues = ['wh_1', 'wh_2', 'wh_3'].map((id) => new EndpointQueue(id, { maxInFlight: 4 }));
    let queued = 0;
    for (const endpointQueue of endpointQueues) {
      while (endpointQueue.hasRoom(0)) {
        queued++;
        endpointQueue.push(task(), places - queued);
      }
    }
    expect(endpointQueues.map((endpointQueue) => endpointQueue.queued)).toEqual([60, 30, 15]);
    expect(places - queued).toBe(15);
  });

  it('is paused for five seconds when its endpoint keeps failing, then sends one probe at a time', () => {
    const endpointQueue = laneWith(5);
    startAll(endpointQueue);
    endpointQueue.failed(1_000, true);
    expect(endpointQueue.hasRoom(1_000)).toBe(false);
    expect(endpointQueue.deferUntil(1_000)).toBe(6_000);
    expect(endpointQueue.next(5_999)).toBe(6_000);
    endpointQueue.failed(1_000, true);
    endpointQueue.failed(1_000, true);
    endpointQueue.failed(1_000, true);
    expect(endpointQueue.hasRoom(6_000)).toBe(true);
    expect(startAll(endpointQueue, 6_000)).toBe(1);
  });

  it('waits twice as long after each failed probe, and opens wholly after one that succeeds', () => {
    const endpointQueue = laneWith(9);
    endpointQueue.next(0);
    endpointQueue.failed(0, true);
    expect(startAll(endpointQueue, 5_000)).toBe(1);
    endpointQueue.failed(5_000, true);
    expect(endpointQueue.next(14_999)).toBe(15_000);
    expect(startAll(endpointQueue, 15_000)).toBe(1);
    endpointQueue.succeeded();
    expect(startAll(endpointQueue, 15_000)).toBe(4);
  });

  it('keeps no more waiting for the outcome of a probe than go at once when it succeeds, and says when it did', () => {
    const endpointQueue = laneWith(1, { maxInFlight: 4 }, 500);
    endpointQueue.startProbing();
    expect(startAll(endpointQueue)).toBe(1);
    for (let waiting = 0; waiting < 32; waiting++) {
      expect(endpointQueue.hasRoom(0)).toBe(true);
      expect(endpointQueue.deferralFor(0)).toBeUndefined();
      endpointQueue.push(task(), 500);
    }
    expect(endpointQueue.hasRoom(0)).toBe(false);
    expect(endpointQueue.deferralFor(0)).toBe(5_000);
    expect(endpointQueue.isOverflowing).toBe(false);
    expect(endpointQueue.deferUntil(0)).toBeUndefined();
    endpointQueue.succeeded();
    expect(endpointQueue.takeDrained()).toBe(true);
    expect(endpointQueue.takeDrained()).toBe(false);
    expect(endpointQueue.deferralFor(0)).toBeUndefined();
    expect(startAll(endpointQueue)).toBe(4);
  });

  it('halves its cap at each sign of overload, waits as long as asked, and grows back one by one', () => {
    const endpointQueue = laneWith(10);
    expect(startAll(endpointQueue)).toBe(4);
    for (let i = 0; i < 4; i++) endpointQueue.failed(0, false);
    endpointQueue.slowDown(0, 2_000);
    expect(endpointQueue.next(1_999)).toBe(2_000);
    expect(startAll(endpointQueue, 2_000)).toBe(2);
    endpointQueue.succeeded();
    endpointQueue.succeeded();
    expect(startAll(endpointQueue, 2_000)).toBe(4);
  });

  it('spaces its requests as its rate limit says', () => {
    const endpointQueue = laneWith(4);
    endpointQueue.setLimits({ perSecond: 2, maxInFlight: null, limiter: undefined });
    expect(typeof endpointQueue.next(1_000)).toBe('object');
    expect(endpointQueue.next(1_000)).toBe(1_500);
    expect(typeof endpointQueue.next(1_500)).toBe('object');
    expect(endpointQueue.next(1_600)).toBe(2_000);
  });

  it('sends a chat destination one message at a time', () => {
    const endpointQueue = laneWith(4);
    endpointQueue.setLimits({ perSecond: null, maxInFlight: 1, limiter: { isBusy: false, notBefore: 0 } });
    expect(startAll(endpointQueue)).toBe(1);
  });

  it('starts with a probe when its endpoint was known to fail before', () => {
    const endpointQueue = laneWith(4);
    endpointQueue.startProbing();
    expect(startAll(endpointQueue)).toBe(1);
  });

  it('shares a chat destination with the other endpoint queues that lead there', () => {
    const gate = { isBusy: false, notBefore: 0 };
    const [one, two] = [laneWith(2), laneWith(2)];
    for (const endpointQueue of [one, two])
      endpointQueue.setLimits({ perSecond: null, maxInFlight: 1, limiter: gate });
    expect(typeof one.next(0)).toBe('object');
    expect(typeof two.next(0)).toBe('number');
    one.pauseDestinationUntil(2_000);
    one.succeeded();
    expect(two.next(1_000)).toBe(2_000);
    expect(typeof two.next(2_000)).toBe('object');
  });
});
