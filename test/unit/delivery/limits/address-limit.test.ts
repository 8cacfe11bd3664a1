import { describe, expect, it } from 'vitest';
import { AddressLimit } from '../../../../server/src/delivery/limits/address-limit.ts';

const reserve = (limit: AddressLimit, now: number, count: number, share = 1): number[] =>
  Array.from({ length: count }, () => limit.reserveStart(now, share));

describe('the limit of an address', () => {
  it('lets all requests start while there was no pause', () => {
    expect(reserve(new AddressLimit(), 0, 3)).toEqual([0, 0, 0]);
    expect(new AddressLimit().pausedUntil).toBe(Number.NEGATIVE_INFINITY);
  });

  it('lets requests start one after the other when a pause ends', () => {
    const limit = new AddressLimit();
    limit.pauseUntil(1_000);
    expect(limit.pausedUntil).toBe(1_000);
    expect(reserve(limit, 0, 2)).toEqual([1_000, 1_050]);
    expect(reserve(limit, 1_020, 2)).toEqual([1_100, 1_150]);
    expect(reserve(limit, 2_000, 2)).toEqual([2_000, 2_050]);
  });

  it('is open again ten seconds after a pause', () => {
    const limit = new AddressLimit();
    limit.pauseUntil(1_000);
    expect(reserve(limit, 10_999, 2)).toEqual([10_999, 11_049]);
    expect(reserve(limit, 11_073, 1)).toEqual([11_074]);
    expect(reserve(limit, 11_149, 3)).toEqual([11_149, 11_149, 11_149]);
  });

  it('lets requests start twice as fast every ten seconds, until no reservation is left', () => {
    const limit = new AddressLimit();
    limit.pauseUntil(0);
    const starts = reserve(limit, 0, 1_000);
    expect([199, 200, 201, 600, 601].map((index) => starts[index])).toEqual([
      9_950, 10_000, 10_025, 20_000, 20_012.5,
    ]);
    expect(starts.at(-1)).toBe(24_987.5);
    expect(reserve(limit, 24_999, 2)).toEqual([25_000, 25_012.5]);
    expect(reserve(limit, 25_025, 2)).toEqual([25_025, 25_025]);
  });

  it('starts slowly again after another pause', () => {
    const limit = new AddressLimit();
    limit.pauseUntil(0);
    expect(reserve(limit, 20_000, 2)).toEqual([20_000, 20_000]);
    limit.pauseUntil(30_000);
    expect(reserve(limit, 20_000, 2)).toEqual([30_000, 30_050]);
  });

  it('shares the starts with other processes', () => {
    const limit = new AddressLimit();
    limit.pauseUntil(1_000);
    expect(reserve(limit, 0, 3, 0.5)).toEqual([1_000, 1_100, 1_200]);
  });

  it('prolongs a pause and never shortens it', () => {
    const limit = new AddressLimit();
    limit.pauseUntil(1_000);
    limit.pauseUntil(500);
    expect(limit.pausedUntil).toBe(1_000);
    expect(reserve(limit, 0, 1)).toEqual([1_000]);
    limit.pauseUntil(3_000);
    expect(reserve(limit, 0, 2)).toEqual([3_000, 3_050]);
  });
});
