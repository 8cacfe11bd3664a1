import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addCounts,
  countResult,
  latencyBoundsMs,
  latencyQuantile,
  noActivity,
  type ActivityCounts,
} from '../../../server/src/domain/activity.ts';

/** The counts after one delivered delivery of each latency. */
function afterLatencies(...latencies: number[]): ActivityCounts {
  const counts = noActivity();
  for (const latencyMs of latencies)
    countResult(counts, { status: 'delivered', hasSucceeded: true, latencyMs });
  return counts;
}

const classOf = (latencyMs: number) => afterLatencies(latencyMs).latency.indexOf(1);

describe('the latency classes', () => {
  it('have the bounds of stored activity', () => {
    // Stored counts do not contain the bounds, so changed bounds would change their meaning.
    expect(latencyBoundsMs).toEqual([
      2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 30_000, 300_000, 3_600_000,
    ]);
  });

  it.each(latencyBoundsMs.map((bound, index) => [bound, index] as const))(
    'include their upper bound: %i ms is in class %i, and slightly more is in the next',
    (bound, index) => {
      expect(classOf(bound)).toBe(index);
      expect(classOf(bound + 0.1)).toBe(index + 1);
    },
  );

  it('begin at 0 and end with a class without an upper bound', () => {
    expect(classOf(0)).toBe(0);
    expect(classOf(10 ** 12)).toBe(latencyBoundsMs.length);
    expect(noActivity().latency).toHaveLength(latencyBoundsMs.length + 1);
  });
});

describe('countResult', () => {
  it.each([
    ['delivered', true, { delivered: 1, attempts: 1 }, 1],
    ['failed', false, { failed: 1, attempts: 1, failedAttempts: 1 }, 0],
    ['cancelled', undefined, { cancelled: 1 }, 0],
    ['pending', false, { attempts: 1, failedAttempts: 1, retried: 1 }, 0],
    ['pending', undefined, {}, 0],
  ] as const)(
    '%s after a request that succeeded: %s counts as %j',
    (status, hasSucceeded, expected, latencies) => {
      const counts = noActivity();
      countResult(counts, { status, hasSucceeded, latencyMs: 7 });
      expect(counts).toEqual({ ...noActivity(), ...expected, latency: expect.any(Array) as number[] });
      expect(counts.latency.reduce((sum, count) => sum + count, 0)).toBe(latencies);
    },
  );

  it('adds up within one class', () => {
    expect(afterLatencies(7, 8, 9).latency).toEqual([0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('changes only the given counts', () => {
    countResult(noActivity(), { status: 'delivered', hasSucceeded: true, latencyMs: 1 });
    expect(noActivity().latency[0]).toBe(0);
  });
});

describe('addCounts', () => {
  it('adds each count to that of the same kind', () => {
    const into: ActivityCounts = {
      accepted: 1,
      deliveries: 6,
      delivered: 2,
      failed: 3,
      cancelled: 4,
      attempts: 7,
      failedAttempts: 8,
      retried: 9,
      waiting: 10,
      latency: [5, 6],
    };
    addCounts(into, {
      accepted: 10,
      deliveries: 60,
      delivered: 20,
      failed: 30,
      cancelled: 40,
      attempts: 70,
      failedAttempts: 80,
      retried: 90,
      waiting: 100,
      latency: [50, 60],
    });
    expect(into).toEqual({
      accepted: 11,
      deliveries: 66,
      delivered: 22,
      failed: 33,
      cancelled: 44,
      attempts: 77,
      failedAttempts: 88,
      retried: 99,
      // Not a sum over time.
      waiting: 10,
      latency: [55, 66],
    });
  });

  it('adds latency classes that only one side has', () => {
    const into: ActivityCounts = { ...noActivity(), latency: [1] };
    addCounts(into, { ...noActivity(), latency: [1, 2, 3] });
    expect(into.latency).toEqual([2, 2, 3]);
    addCounts(into, { ...noActivity(), latency: [1] });
    expect(into.latency).toEqual([3, 2, 3]);
  });
});

describe('latencyQuantile', () => {
  it('is null without deliveries', () => {
    expect(latencyQuantile([], 0.5)).toBeNull();
    expect(latencyQuantile(noActivity().latency, 0.99)).toBeNull();
  });

  it.each([
    // One delivery of up to 2 ms: a class counts as evenly filled.
    [[1], 0.5, 1],
    [[1], 1, 2],
    [[1], 0.99, 2],
    // Four in the first class and four in the second (2 to 5 ms): the half ends exactly at the first bound.
    [[4, 4], 0.5, 2],
    [[4, 4], 0.25, 1],
    [[4, 4], 0.75, 3.5],
    [[4, 4], 1, 5],
    // Empty classes are skipped.
    [[0, 0, 10], 0.5, 7.5],
    [[1, 0, 0, 1], 0.5, 2],
    [[1, 0, 0, 1], 0.75, 15],
    // Rounded to a tenth of a millisecond.
    [[0, 3], 1 / 3, 3],
    [[0, 7], 0.5, 3.5],
    [[0, 9], 0.1, 2.3],
  ])('of %j is, for the share %d, %d ms', (latency, share, expected) => {
    expect(latencyQuantile(latency, share)).toBe(expected);
  });

  it('of the class without an upper bound is its lower bound', () => {
    const last = latencyBoundsMs.length;
    const latency = Array.from({ length: last + 1 }, (_, index) => (index === last ? 5 : 0));
    expect(latencyQuantile(latency, 0.5)).toBe(3_600_000);
  });

  it('lies within its class, and never falls as the share grows', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 50 }), {
      minLength: latencyBoundsMs.length,
      maxLength: latencyBoundsMs.length,
    });
    fc.assert(
      fc.property(
        counts,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        (latency, a, b) => {
          const total = latency.reduce((sum, count) => sum + count, 0);
          const [low, high] = [Math.min(a, b) / 100, Math.max(a, b) / 100];
          const value = latencyQuantile(latency, low);
          if (value === null) return expect(total).toBe(0);
          let seen = 0;
          const index = latency.findIndex((count) => (seen += count) >= total * low && count > 0);
          expect(value).toBeGreaterThanOrEqual(index === 0 ? 0 : (latencyBoundsMs[index - 1] ?? 0));
          expect(value).toBeLessThanOrEqual(latencyBoundsMs[index] ?? 0);
          expect(latencyQuantile(latency, high)).toBeGreaterThanOrEqual(value);
        },
      ),
    );
  });
});
