import { describe, expect, it } from 'vitest';
import { EndpointQueue } from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';
import { aTask } from '../../../support/tasks.ts';

function aQueue(queued = 0, maxInFlight = 4, initialInFlight = maxInFlight): EndpointQueue {
  const queue = new EndpointQueue('wh_1', 'acc_a', { maxInFlight, initialInFlight });
  for (let i = 0; i < queued; i++) queue.push(aTask());
  return queue;
}

/** Returns how many requests start now. */
function countStarts(queue: EndpointQueue, now = 0): number {
  let started = 0;
  while (typeof queue.takeNext(now) === 'object') started++;
  return started;
}

/** Runs a request for a time. Returns when it ended. */
function runOne(queue: EndpointQueue, now: number, durationMs: number): number {
  queue.push(aTask());
  const next = queue.takeNext(now);
  if (typeof next !== 'object') throw new Error('no turn');
  queue.endRequest(next.request, now + durationMs);
  return now + durationMs;
}

const unlimited = { perSecond: null, maxInFlight: null, limiter: undefined };

describe('the limits of a webhook', () => {
  it('lower the number of requests in flight, and never raise it', () => {
    const queue = aQueue(9);
    queue.setLimits({ ...unlimited, maxInFlight: 2 });
    expect(countStarts(queue)).toBe(2);
    queue.setLimits({ ...unlimited, maxInFlight: 100 });
    expect(countStarts(queue)).toBe(2);
  });

  it('space nothing any more once the rate limit is gone', () => {
    const queue = aQueue(3);
    queue.setLimits({ ...unlimited, perSecond: 1 });
    expect(countStarts(queue)).toBe(1);
    queue.setLimits(unlimited);
    expect(countStarts(queue)).toBe(2);
  });

  it('count for a request outside the queue as well, from the first one of a new endpoint', () => {
    const queue = aQueue(0, 4, 1);
    expect(queue.takeTurn(0)).toBeTypeOf('object');
    expect(queue.takeTurn(0)).toBeUndefined();
  });

  it('are halved from the maximum by overload, however many successes came before', () => {
    const queue = aQueue(9, 5);
    for (let successes = 0; successes < 10; successes++) queue.recordSuccess();
    queue.slowDown(0, 0);
    expect(countStarts(queue)).toBe(2);
  });
});

describe('an endpoint that failed before the start', () => {
  it('is not probed without a delivery', () => {
    const queue = aQueue();
    queue.startProbing();
    expect([queue.takeNext(0), queue.mode]).toEqual([undefined, 'paused']);
  });

  it('continues the probe under way when its health arrives late', () => {
    const queue = aQueue(2);
    queue.startProbing();
    expect(countStarts(queue)).toBe(1);
    queue.startProbing();
    expect(queue.mode).toBe('probing');
  });
});

it('has not recovered from anything when it is new', () => {
  expect(aQueue().takeRecovered()).toBe(false);
});

describe('an endpoint is fast', () => {
  it('also long after its last request', () => {
    const queue = aQueue();
    const now = runOne(queue, 0, 10);
    expect(queue.isFast(now + 60_000)).toBe(true);
  });

  it('for a second from the first of the requests that it does not answer', () => {
    const queue = aQueue();
    const now = runOne(queue, 0, 10) + 5_000;
    for (const later of [0, 900]) {
      queue.push(aTask());
      expect(queue.takeNext(now + later)).toBeTypeOf('object');
    }
    expect(queue.isFast(now + 999)).toBe(true);
    expect(queue.isFast(now + 1_000)).toBe(false);
  });

  it('for a second from the only request that it does not answer', () => {
    const queue = aQueue();
    const now = runOne(queue, 0, 10) + 5_000;
    queue.push(aTask());
    queue.takeNext(now);
    expect(queue.isFast(now + 999)).toBe(true);
    expect(queue.isFast(now + 1_000)).toBe(false);
  });
});
