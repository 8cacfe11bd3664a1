import { describe, expect, it } from 'vitest';
import {
  EndpointQueue,
  type StartedRequest,
} from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';
import { aTask } from '../../../support/tasks.ts';

/** An endpoint queue, and the requests that it has in flight. */
class Scene {
  readonly queue: EndpointQueue;
  readonly inFlight: StartedRequest[] = [];

  constructor(
    queued: number,
    limits: { maxInFlight: number; initialInFlight?: number } = { maxInFlight: 4 },
  ) {
    const { maxInFlight, initialInFlight = maxInFlight } = limits;
    this.queue = new EndpointQueue('wh_1', 'acc_a', { maxInFlight, initialInFlight });
    this.push(queued);
  }

  push(count: number): void {
    for (let i = 0; i < count; i++) this.queue.push(aTask());
  }

  /** Returns whether a request was started, or when the next turn is. */
  start(now: number): boolean | number {
    const next = this.queue.takeNext(now);
    if (typeof next !== 'object') return next ?? false;
    this.inFlight.push(next.request);
    return true;
  }

  /** Returns how many requests were started. */
  startAll(now = 0): number {
    let started = 0;
    while (this.start(now) === true) started++;
    return started;
  }

  end(now = 0): void {
    const request = this.inFlight.shift();
    if (request === undefined) throw new Error('no request is in flight');
    this.queue.endRequest(request, now);
  }

  succeed(now = 0): void {
    this.queue.recordSuccess();
    this.end(now);
  }

  fail(now: number, isPaused: boolean): void {
    this.queue.recordFailure(now, isPaused);
    this.end(now);
  }
}

describe('an endpoint queue', () => {
  it('sends at most as many as its concurrency limit, and the next when one ends', () => {
    const scene = new Scene(10);
    expect(scene.startAll()).toBe(4);
    expect(scene.queue.inFlight).toBe(4);
    scene.succeed();
    expect(scene.startAll()).toBe(1);
  });

  it('sends few to a new endpoint, and one more with each success', () => {
    const scene = new Scene(100, { maxInFlight: 8, initialInFlight: 2 });
    expect(scene.startAll()).toBe(2);
    scene.fail(0, false);
    expect(scene.startAll()).toBe(1);
    for (let successes = 0; successes < 20; successes++) {
      scene.succeed();
      scene.startAll();
    }
    expect(scene.inFlight).toHaveLength(8);
  });

  it('allows one more after a quick rejection, and none after a slow one', () => {
    const scene = new Scene(100, { maxInFlight: 8, initialInFlight: 2 });
    scene.queue.recordRejection(1_000);
    expect(scene.startAll()).toBe(2);
    scene.queue.recordRejection(999);
    expect(scene.startAll()).toBe(1);
    for (let rejections = 0; rejections < 20; rejections++) scene.queue.recordRejection(0);
    expect(scene.startAll()).toBe(5);
  });

  it('never allows a new endpoint more than the maximum', () => {
    expect(new Scene(10, { maxInFlight: 1, initialInFlight: 4 }).startAll()).toBe(1);
  });

  it('pauses for five seconds when its endpoint keeps failing, then sends one probe at a time', () => {
    const scene = new Scene(5);
    scene.startAll();
    scene.fail(1_000, true);
    expect(scene.queue.longPauseEnd(1_000)).toBe(6_000);
    expect(scene.start(5_999)).toBe(6_000);
    // Requests that began before the pause do not extend it.
    for (const at of [2_000, 3_000, 4_000]) scene.fail(at, true);
    expect(scene.queue.longPauseEnd(4_000)).toBe(6_000);
    expect(scene.queue.longPauseEnd(6_000)).toBeUndefined();
    expect(scene.startAll(6_000)).toBe(1);
  });

  it('waits twice as long after each failed probe, and is active again after one that succeeds', () => {
    const scene = new Scene(9);
    scene.start(0);
    scene.fail(0, true);
    expect(scene.startAll(5_000)).toBe(1);
    scene.fail(5_000, true);
    expect(scene.start(14_999)).toBe(15_000);
    expect(scene.startAll(15_000)).toBe(1);
    scene.succeed(15_000);
    expect(scene.startAll(15_000)).toBe(4);
  });

  it('is active at once when the past of its endpoint no longer applies, and keeps a requested delay otherwise', () => {
    const scene = new Scene(9);
    scene.start(0);
    scene.fail(0, true);
    scene.startAll(5_000);
    scene.fail(5_000, true);
    expect(scene.queue.longPauseEnd(6_000)).toBe(15_000);
    scene.queue.closeCircuit();
    expect(scene.queue.longPauseEnd(6_000)).toBeUndefined();
    expect(scene.startAll(6_000)).toBeGreaterThan(1);
    scene.queue.pauseUntil(20_000);
    scene.queue.closeCircuit();
    expect(scene.queue.longPauseEnd(6_000)).toBe(20_000);
  });

  it('begins with the shortest pause again after a recovery', () => {
    const scene = new Scene(9);
    scene.start(0);
    scene.fail(0, true);
    scene.start(5_000);
    scene.fail(5_000, true);
    scene.start(15_000);
    scene.succeed(15_000);
    scene.start(20_000);
    scene.fail(20_000, true);
    expect(scene.queue.longPauseEnd(20_000)).toBe(25_000);
  });

  it('limits what waits for a probe to what is sent at once, and recovers when it succeeds', () => {
    const scene = new Scene(1);
    const { queue } = scene;
    queue.startProbing();
    expect(scene.startAll()).toBe(1);
    expect(queue.roomWhileProbing()).toBe(32);
    for (let waiting = 0; waiting < 32; waiting++) {
      expect(queue.deferralFor(0)).toBeUndefined();
      scene.push(1);
    }
    expect(queue.roomWhileProbing()).toBe(0);
    expect(queue.deferralFor(0)).toBe(5_000);
    expect(queue.longPauseEnd(0)).toBeUndefined();
    expect(queue.takeRecovered()).toBe(false);
    scene.succeed();
    expect(queue.takeRecovered()).toBe(true);
    expect(queue.takeRecovered()).toBe(false);
    expect(queue.deferralFor(0)).toBeUndefined();
    expect(queue.roomWhileProbing()).toBe(Number.POSITIVE_INFINITY);
    expect(scene.startAll()).toBe(4);
  });

  it('does not call an ordinary success a recovery', () => {
    const scene = new Scene(1);
    scene.start(0);
    scene.succeed();
    expect(scene.queue.takeRecovered()).toBe(false);
  });

  it('halves its concurrency at a sign of overload, pauses as asked, and grows back one by one', () => {
    const scene = new Scene(10);
    expect(scene.startAll()).toBe(4);
    for (let i = 0; i < 4; i++) scene.fail(0, false);
    scene.queue.slowDown(0, 2_000);
    expect(scene.start(1_999)).toBe(2_000);
    expect(scene.startAll(2_000)).toBe(2);
    scene.succeed(2_000);
    scene.succeed(2_000);
    expect(scene.startAll(2_000)).toBe(4);
  });

  it('halves what was in use, however many successes came before', () => {
    const scene = new Scene(200, { maxInFlight: 4 });
    for (let successes = 0; successes < 100; successes++) {
      scene.start(0);
      scene.succeed();
    }
    scene.queue.slowDown(0, 0);
    expect(scene.startAll()).toBe(2);
  });

  it('sends one at a time at least, however often its endpoint is overloaded', () => {
    const scene = new Scene(10);
    for (let i = 0; i < 5; i++) scene.queue.slowDown(0, 0);
    expect(scene.startAll()).toBe(1);
  });

  it('pauses for a second if an overloaded endpoint names no time', () => {
    const scene = new Scene(1);
    scene.queue.slowDown(500, undefined);
    expect(scene.start(500)).toBe(1_500);
  });

  it('never shortens a pause that the receiver asked for', () => {
    const scene = new Scene(1);
    scene.queue.slowDown(0, 4_000);
    scene.queue.slowDown(0, 1_000);
    expect(scene.start(1_000)).toBe(4_000);
  });

  it('leaves a pause of more than five seconds to the database', () => {
    const { queue } = new Scene(1);
    queue.pauseUntil(5_000);
    expect(queue.longPauseEnd(0)).toBeUndefined();
    queue.pauseUntil(5_001);
    expect(queue.longPauseEnd(0)).toBe(5_001);
    expect(queue.deferralFor(0)).toBe(5_001);
  });

  it('spaces its requests evenly under a rate limit', () => {
    const scene = new Scene(4);
    scene.queue.setLimits({ perSecond: 2, maxInFlight: null, limiter: undefined });
    expect(scene.start(1_000)).toBe(true);
    expect(scene.start(1_000)).toBe(1_500);
    expect(scene.start(1_500)).toBe(true);
    expect(scene.start(1_600)).toBe(2_000);
  });

  it('sends a chat destination one message at a time', () => {
    const scene = new Scene(4);
    scene.queue.setLimits({ perSecond: null, maxInFlight: 1, limiter: { isBusy: false, notBefore: 0 } });
    expect(scene.startAll()).toBe(1);
  });

  it('starts with a probe when its endpoint failed before the restart', () => {
    const scene = new Scene(4);
    scene.queue.startProbing();
    expect(scene.startAll()).toBe(1);
  });

  it('shares a chat destination with other endpoint queues', () => {
    const limiter = { isBusy: false, notBefore: 0 };
    const [one, two] = [new Scene(2), new Scene(2)];
    for (const { queue } of [one, two]) queue.setLimits({ perSecond: null, maxInFlight: 1, limiter });
    expect(one.start(0)).toBe(true);
    expect(two.start(0)).toBe(25);
    limiter.notBefore = 2_000;
    one.succeed();
    expect(two.start(1_000)).toBe(2_000);
    expect(two.start(2_000)).toBe(true);
  });

  it('frees the destination of a request, though the webhook leads elsewhere by then', () => {
    const limiter = { isBusy: false, notBefore: 0 };
    const scene = new Scene(2);
    scene.queue.setLimits({ perSecond: null, maxInFlight: 1, limiter });
    scene.start(0);
    scene.queue.setLimits({ perSecond: null, maxInFlight: null, limiter: undefined });
    scene.succeed();
    expect(limiter.isBusy).toBe(false);
  });
});

describe('an idle endpoint queue', () => {
  it('can be removed', () => {
    const scene = new Scene(1);
    expect(scene.queue.hasState(0)).toBe(true);
    scene.start(0);
    expect(scene.queue.hasState(0)).toBe(true);
    scene.succeed();
    expect(scene.queue.hasState(0)).toBe(false);
  });

  it('is kept while it is paused, even when the next probe may start', () => {
    const scene = new Scene(1);
    scene.start(0);
    scene.fail(0, true);
    expect(scene.queue.hasState(60_000)).toBe(true);
  });

  it('is kept until the pause that its receiver asked for is over', () => {
    const { queue } = new Scene(0);
    queue.pauseUntil(1_000);
    expect([queue.hasState(999), queue.hasState(1_000)]).toEqual([true, false]);
  });

  it('is kept until its rate limit allows the next request', () => {
    const scene = new Scene(1);
    scene.queue.setLimits({ perSecond: 1, maxInFlight: null, limiter: undefined });
    scene.start(0);
    scene.succeed();
    expect([scene.queue.hasState(999), scene.queue.hasState(1_000)]).toEqual([true, false]);
  });

  it('is kept while its webhook awaits room', () => {
    const { queue } = new Scene(0);
    queue.isRoomAwaited = true;
    expect(queue.hasState(0)).toBe(true);
  });

  it('says once that a request began', () => {
    const scene = new Scene(1);
    expect(scene.queue.takeUsed()).toBe(false);
    scene.start(0);
    expect(scene.queue.takeUsed()).toBe(true);
    expect(scene.queue.takeUsed()).toBe(false);
  });
});

describe('an endpoint is fast', () => {
  /** Ends one request after each of these times. */
  const after = (...durations: number[]) => {
    const scene = new Scene(0);
    let now = 0;
    for (const durationMs of durations) {
      scene.push(1);
      scene.start(now);
      now += durationMs;
      scene.succeed(now);
    }
    return { scene, now };
  };
  const isFastAfter = (...durations: number[]): boolean => {
    const { scene, now } = after(...durations);
    return scene.queue.isFast(now);
  };

  it('once a request took less than a second, and not before', () => {
    expect(isFastAfter()).toBe(false);
    expect(isFastAfter(999)).toBe(true);
    expect(isFastAfter(1_000)).toBe(false);
  });

  it('on average: a slow answer weighs an eighth', () => {
    expect(isFastAfter(100, 7_000)).toBe(true);
    expect(isFastAfter(100, 9_000)).toBe(false);
    expect(isFastAfter(9_000, ...Array.from({ length: 15 }, () => 0))).toBe(false);
    expect(isFastAfter(9_000, ...Array.from({ length: 17 }, () => 0))).toBe(true);
  });

  it('unless it answers nothing for a second while requests are in flight', () => {
    const { scene, now } = after(10);
    scene.push(3);
    scene.startAll(now + 5_000);
    expect(scene.queue.isFast(now + 5_999)).toBe(true);
    expect(scene.queue.isFast(now + 6_000)).toBe(false);
    scene.succeed(now + 6_000);
    expect(scene.queue.isFast(now + 6_000)).toBe(true);
    expect(scene.queue.isFast(now + 7_000)).toBe(false);
  });

  it('as before a step of the clock back, which counts as no time', () => {
    const scene = new Scene(2);
    scene.start(50_000);
    scene.succeed(0);
    scene.start(0);
    scene.succeed(9_000);
    expect(scene.queue.isFast(9_000)).toBe(false);
  });
});

describe('a request outside the queue', () => {
  const limits = { perSecond: 2, maxInFlight: null, limiter: undefined };

  it('counts against the rate limit, and so do deliveries', () => {
    const scene = new Scene(0);
    scene.queue.setLimits(limits);
    expect(scene.queue.takeTurn(0)).toMatchObject({ startedAt: 0 });
    expect(scene.queue.takeTurn(100)).toBe(500);
    scene.push(1);
    expect(scene.start(100)).toBe(500);
    expect(scene.start(500)).toBe(true);
    expect(scene.queue.takeTurn(600)).toBe(1_000);
  });

  it('counts against the concurrency limit until it ends', () => {
    const scene = new Scene(0, { maxInFlight: 1 });
    const turn = scene.queue.takeTurn(0);
    expect(scene.queue.takeTurn(0)).toBeUndefined();
    scene.push(1);
    expect(scene.start(0)).toBe(false);
    if (typeof turn === 'object') scene.queue.endRequest(turn, 0);
    expect(scene.start(0)).toBe(true);
  });

  it('goes ahead of queued deliveries, which wait a turn longer', () => {
    const scene = new Scene(5);
    scene.queue.setLimits(limits);
    scene.start(0);
    expect(scene.queue.takeTurn(0)).toBeTypeOf('object');
    expect(scene.start(500)).toBe(1_000);
  });

  it('waits for the destination that it shares with other webhooks', () => {
    const limiter = { isBusy: true, notBefore: 0 };
    const { queue } = new Scene(0);
    queue.setLimits({ ...limits, limiter });
    expect(queue.takeTurn(0)).toBeUndefined();
    limiter.isBusy = false;
    limiter.notBefore = 700;
    expect(queue.takeTurn(0)).toBe(700);
    expect(queue.takeTurn(700)).toBeTypeOf('object');
    expect(limiter.isBusy).toBe(true);
  });
});
