import { describe, expect, it } from 'vitest';
import { EndpointQueue } from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';
import type { Task } from '../../../../server/src/delivery/scheduling/task.ts';
import { anEvent, firstDeliveryOf } from '../../../support/builders.ts';

const task = (): Task => {
  const event = anEvent();
  return {
    delivery: firstDeliveryOf(event, 't.0'),
    lease: {
      source: 'outbox',
      id: event.id,
      token: 't.0',
      until: Number.POSITIVE_INFINITY,
      remaining: 1,
      isEntryComplete: true,
    },
  };
};

const queueWith = (count: number, limits = { maxInFlight: 4 }, free = 10) => {
  const endpointQueue = new EndpointQueue('wh_1', limits);
  for (let i = 0; i < count; i++) endpointQueue.push(task(), free);
  return endpointQueue;
};

const startAll = (endpointQueue: EndpointQueue, now = 0) => {
  let started = 0;
  while (typeof endpointQueue.takeNext(now) === 'object') started++;
  return started;
};

describe('an endpoint queue', () => {
  it('sends at most as many as its concurrency limit, and the next when one ends', () => {
    const endpointQueue = queueWith(10);
    expect(startAll(endpointQueue)).toBe(4);
    endpointQueue.recordSuccess();
    expect(startAll(endpointQueue)).toBe(1);
  });

  it('has no room once it holds as many as are free, and none before half has drained', () => {
    expect(queueWith(9).hasRoom(0)).toBe(true);
    const endpointQueue = queueWith(10, { maxInFlight: 100 });
    for (let left = 10; left > 5; left--) {
      expect(endpointQueue.hasRoom(0)).toBe(false);
      expect(endpointQueue.takeDrained()).toBe(false);
      endpointQueue.takeNext(0);
    }
    expect(endpointQueue.takeDrained()).toBe(true);
    expect(endpointQueue.hasRoom(0)).toBe(true);
    expect(endpointQueue.takeDrained()).toBe(false);
  });

  it('takes half of the free memory at most, so that the next queue finds some', () => {
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

  it('pauses for five seconds when its endpoint keeps failing, then sends one probe at a time', () => {
    const endpointQueue = queueWith(5);
    startAll(endpointQueue);
    endpointQueue.recordFailure(1_000, true);
    expect(endpointQueue.hasRoom(1_000)).toBe(false);
    expect(endpointQueue.longPauseEnd(1_000)).toBe(6_000);
    expect(endpointQueue.takeNext(5_999)).toBe(6_000);
    endpointQueue.recordFailure(1_000, true);
    endpointQueue.recordFailure(1_000, true);
    endpointQueue.recordFailure(1_000, true);
    expect(endpointQueue.hasRoom(6_000)).toBe(true);
    expect(startAll(endpointQueue, 6_000)).toBe(1);
  });

  it('waits twice as long after each failed probe, and is active again after one that succeeds', () => {
    const endpointQueue = queueWith(9);
    endpointQueue.takeNext(0);
    endpointQueue.recordFailure(0, true);
    expect(startAll(endpointQueue, 5_000)).toBe(1);
    endpointQueue.recordFailure(5_000, true);
    expect(endpointQueue.takeNext(14_999)).toBe(15_000);
    expect(startAll(endpointQueue, 15_000)).toBe(1);
    endpointQueue.recordSuccess();
    expect(startAll(endpointQueue, 15_000)).toBe(4);
  });

  it('limits what waits for a probe to what is sent at once, and is drained when it succeeds', () => {
    const endpointQueue = queueWith(1, { maxInFlight: 4 }, 500);
    endpointQueue.startProbing();
    expect(startAll(endpointQueue)).toBe(1);
    for (let waiting = 0; waiting < 32; waiting++) {
      expect(endpointQueue.hasRoom(0)).toBe(true);
      expect(endpointQueue.deferralFor(0)).toBeUndefined();
      endpointQueue.push(task(), 500);
    }
    expect(endpointQueue.hasRoom(0)).toBe(false);
    expect(endpointQueue.deferralFor(0)).toBe(5_000);
    expect(endpointQueue.isFull).toBe(false);
    expect(endpointQueue.longPauseEnd(0)).toBeUndefined();
    endpointQueue.recordSuccess();
    expect(endpointQueue.takeDrained()).toBe(true);
    expect(endpointQueue.takeDrained()).toBe(false);
    expect(endpointQueue.deferralFor(0)).toBeUndefined();
    expect(startAll(endpointQueue)).toBe(4);
  });

  it('halves its concurrency at a sign of overload, pauses as asked, and grows back one by one', () => {
    const endpointQueue = queueWith(10);
    expect(startAll(endpointQueue)).toBe(4);
    for (let i = 0; i < 4; i++) endpointQueue.recordFailure(0, false);
    endpointQueue.slowDown(0, 2_000);
    expect(endpointQueue.takeNext(1_999)).toBe(2_000);
    expect(startAll(endpointQueue, 2_000)).toBe(2);
    endpointQueue.recordSuccess();
    endpointQueue.recordSuccess();
    expect(startAll(endpointQueue, 2_000)).toBe(4);
  });

  it('spaces its requests evenly under a rate limit', () => {
    const endpointQueue = queueWith(4);
    endpointQueue.setLimits({ perSecond: 2, maxInFlight: null, limiter: undefined });
    expect(typeof endpointQueue.takeNext(1_000)).toBe('object');
    expect(endpointQueue.takeNext(1_000)).toBe(1_500);
    expect(typeof endpointQueue.takeNext(1_500)).toBe('object');
    expect(endpointQueue.takeNext(1_600)).toBe(2_000);
  });

  it('sends a chat destination one message at a time', () => {
    const endpointQueue = queueWith(4);
    endpointQueue.setLimits({ perSecond: null, maxInFlight: 1, limiter: { isBusy: false, notBefore: 0 } });
    expect(startAll(endpointQueue)).toBe(1);
  });

  it('starts with a probe when its endpoint failed before the restart', () => {
    const endpointQueue = queueWith(4);
    endpointQueue.startProbing();
    expect(startAll(endpointQueue)).toBe(1);
  });

  it('shares a chat destination with other endpoint queues', () => {
    const limiter = { isBusy: false, notBefore: 0 };
    const [one, two] = [queueWith(2), queueWith(2)];
    for (const endpointQueue of [one, two])
      endpointQueue.setLimits({ perSecond: null, maxInFlight: 1, limiter });
    expect(typeof one.takeNext(0)).toBe('object');
    expect(typeof two.takeNext(0)).toBe('number');
    one.pauseDestinationUntil(2_000);
    one.recordSuccess();
    expect(two.takeNext(1_000)).toBe(2_000);
    expect(typeof two.takeNext(2_000)).toBe('object');
  });
});

describe('a request outside the queue', () => {
  const limits = { perSecond: 2, maxInFlight: null, limiter: undefined };

  it('counts against the rate limit, and so do deliveries', () => {
    const endpointQueue = queueWith(0);
    endpointQueue.setLimits(limits);
    expect(endpointQueue.takeTurn(0)).toBe('taken');
    expect(endpointQueue.takeTurn(100)).toBe(500);
    endpointQueue.push(task(), 10);
    expect(endpointQueue.takeNext(100)).toBe(500);
    expect(endpointQueue.takeNext(500)).toBeTypeOf('object');
    expect(endpointQueue.takeTurn(600)).toBe(1_000);
  });

  it('counts against the concurrency limit until it ends', () => {
    const endpointQueue = queueWith(0, { maxInFlight: 1 });
    expect(endpointQueue.takeTurn(0)).toBe('taken');
    expect(endpointQueue.takeTurn(0)).toBeUndefined();
    endpointQueue.push(task(), 10);
    expect(endpointQueue.takeNext(0)).toBeUndefined();
    endpointQueue.endRequest();
    expect(endpointQueue.takeNext(0)).toBeTypeOf('object');
  });

  it('goes ahead of queued deliveries, which wait a turn longer', () => {
    const endpointQueue = queueWith(5);
    endpointQueue.setLimits(limits);
    endpointQueue.takeNext(0);
    expect(endpointQueue.takeTurn(0)).toBe('taken');
    expect(endpointQueue.takeNext(500)).toBe(1_000);
  });

  it('waits for the destination that it shares with other webhooks', () => {
    const limiter = { isBusy: true, notBefore: 0 };
    const endpointQueue = queueWith(0);
    endpointQueue.setLimits({ ...limits, limiter });
    expect(endpointQueue.takeTurn(0)).toBeUndefined();
    limiter.isBusy = false;
    limiter.notBefore = 700;
    expect(endpointQueue.takeTurn(0)).toBe(700);
    expect(endpointQueue.takeTurn(700)).toBe('taken');
    expect(limiter.isBusy).toBe(true);
  });
});
