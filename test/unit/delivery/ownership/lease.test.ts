import { beforeEach, describe, expect, it } from 'vitest';
import { Lease } from '../../../../server/src/delivery/ownership/lease.ts';

let monotonic: number;
let wall: number;
let lease: Lease;

const pass = (ms: number) => {
  monotonic += ms;
  wall += ms;
};
const renew = () => lease.renew(lease.now());

beforeEach(() => {
  monotonic = 0;
  wall = 1_000_000;
  const clock = { monotonicNow: () => monotonic, wallNow: () => wall };
  lease = new Lease(clock, { leaseMs: 10_000, marginMs: 1_000, maxGapMs: 5_000 });
});

describe('the right to send', () => {
  it('starts with the first heartbeat and ends a margin before the lease', () => {
    expect(lease.isValid).toBe(false);
    renew();
    pass(8_999);
    expect(lease.isValid).toBe(true);
    pass(1);
    expect(lease.isValid).toBe(false);
  });

  it('counts from the moment when the heartbeat was sent', () => {
    const sentAt = lease.now();
    pass(8_000);
    lease.renew(sentAt);
    expect(lease.isValid).toBe(true);
    pass(1_000);
    expect(lease.isValid).toBe(false);
  });

  it('is not shortened by a reply that is late', () => {
    const early = lease.now();
    pass(4_000);
    renew();
    lease.renew(early);
    pass(8_000);
    expect(lease.isValid).toBe(true);
  });

  it('ends while the machine sleeps, although the monotonic clock stands still', () => {
    renew();
    wall += 9_000;
    expect(lease.isValid).toBe(false);
  });

  it('ends in time if the wall clock is set back', () => {
    renew();
    wall -= 3_600_000;
    monotonic += 8_999;
    expect(lease.isValid).toBe(true);
    monotonic += 1;
    expect(lease.isValid).toBe(false);
  });

  it('ends with the lease', () => {
    renew();
    lease.end();
    expect(lease.isValid).toBe(false);
    expect(lease.isSteady).toBe(false);
  });
});

describe('steadiness', () => {
  const beat = (times: number, everyMs: number) => {
    for (let index = 0; index < times; index++) {
      pass(everyMs);
      renew();
    }
  };

  it('begins after a whole lease of heartbeats', () => {
    renew();
    beat(3, 2_500);
    pass(2_499);
    expect(lease.isSteady).toBe(false);
    pass(1);
    expect(lease.isSteady).toBe(true);
  });

  it('survives one lost heartbeat', () => {
    renew();
    beat(2, 5_000);
    expect(lease.isSteady).toBe(true);
  });

  it('ends with a gap, and begins again a lease after it', () => {
    renew();
    beat(4, 2_500);
    pass(5_000);
    expect(lease.isSteady).toBe(true);
    pass(1);
    expect(lease.isSteady).toBe(false);
    renew();
    expect(lease.isSteady).toBe(false);
    beat(3, 2_500);
    expect(lease.isSteady).toBe(false);
    beat(1, 2_500);
    expect(lease.isSteady).toBe(true);
  });

  it('does not follow from a wall clock that is set forward', () => {
    renew();
    beat(1, 2_500);
    wall += 4_000;
    renew();
    wall += 4_000;
    renew();
    expect(lease.isSteady).toBe(false);
  });
});
