import { describe, expect, it, vi } from 'vitest';
import { EndpointQueue } from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';
import { aTask } from '../../../support/tasks.ts';

function aQueue(queued: number): EndpointQueue {
  const queue = new EndpointQueue('wh_1', 'acc_a', { maxInFlight: 4, initialInFlight: 4 });
  for (let i = 0; i < queued; i++) queue.push(aTask());
  return queue;
}

describe('the endpoint queue of a chat service', () => {
  it('starts when the limits of its chat service allow, and uses its reservation', () => {
    const service = { pausedUntil: 2_000, reserveStart: () => 2_050, start: vi.fn() };
    const queue = aQueue(2);
    const limits = { perSecond: null, maxInFlight: 2, limiter: { isBusy: false, notBefore: 0 }, service };
    queue.setLimits(limits);
    expect(queue.takeNext(2_049)).toBe(2_050);
    expect(queue.takeTurn(2_049)).toBe(2_050);
    expect(queue.mode).toBe('active');
    expect(service.start).not.toHaveBeenCalled();
    const started = queue.takeNext(2_050);
    expect(service.start).toHaveBeenCalledTimes(1);
    if (typeof started !== 'object') return expect.fail('no request was started');
    queue.endRequest(started.request, 2_050);
    expect(queue.takeTurn(2_050)).toBeTypeOf('object');
    expect(service.start).toHaveBeenCalledTimes(2);
  });

  it('is not probed while its chat service is paused', () => {
    const service = { pausedUntil: 2_000, reserveStart: () => 2_000, start: vi.fn() };
    const queue = aQueue(2);
    queue.setLimits({ perSecond: null, maxInFlight: 1, limiter: undefined, service });
    queue.startProbing();
    expect(queue.takeNext(1_999)).toBe(2_000);
    expect(queue.mode).toBe('paused');
    expect(queue.takeNext(2_000)).toBeTypeOf('object');
    expect(queue.mode).toBe('probing');
  });

  it.each([
    ['its chat service', 5_001, 0, 5_001],
    ['its chat service, for a short time', 5_000, 0, undefined],
    ['the webhook at its chat service', 0, 6_000, 6_000],
    ['both', 7_000, 6_000, 7_000],
  ])('does not keep deliveries in memory for a long pause of %s', (_, pausedUntil, notBefore, end) => {
    const queue = aQueue(0);
    const service = { pausedUntil, reserveStart: () => 0, start: () => undefined };
    queue.setLimits({ perSecond: null, maxInFlight: 1, limiter: { isBusy: false, notBefore }, service });
    expect(queue.longPauseEnd(0)).toBe(end);
    expect(queue.deferralFor(0)).toBe(end);
    const last = Math.max(pausedUntil, notBefore);
    expect(queue.isDestinationLimited(last - 1)).toBe(true);
    expect(queue.isDestinationLimited(last)).toBe(false);
  });

  it('names no chat service for a pause of its own', () => {
    const queue = aQueue(0);
    queue.pauseUntil(10_000);
    expect(queue.longPauseEnd(0)).toBe(10_000);
    expect(queue.isDestinationLimited(0)).toBe(false);
  });
});
