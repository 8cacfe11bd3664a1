import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetryAfter, retryDelayMs } from '../../../../client/src/http/retry-delay.ts';

const now = Date.UTC(2026, 3, 10, 15, 30, 0);

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['1.5', 1500],
    [' 7 ', 7000],
    ['Fri, 10 Apr 2026 15:30:10 GMT', 10_000],
    ['Friday, 10-Apr-26 15:30:10 GMT', 10_000],
    ['Fri Apr 10 15:30:10 2026', 10_000],
    ['Fri, 10 Apr 2026 15:29:00 GMT', 0],
  ])('"%s" asks for %i ms', (text, expected) => {
    expect(parseRetryAfter(text, now)).toBe(expected);
  });

  it.each([null, '', '-1', 'soon', '2 s', '1e3', 'Fri', '9999999999', '2026-04-10T15:30:10Z'])(
    '"%s" asks for nothing',
    (text) => {
      expect(parseRetryAfter(text, now)).toBeUndefined();
    },
  );

  it('in seconds equals the date that many seconds ahead', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
        const date = new Date(now + seconds * 1000).toUTCString();
        expect(parseRetryAfter(date, now)).toBe(parseRetryAfter(String(seconds), now));
      }),
    );
  });

  it('parsed from any text is undefined or a finite number of ms, never negative', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseRetryAfter(text, now);
        expect(ms === undefined || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe('the delay before a retry', () => {
  const input = fc.record({
    failures: fc.integer({ min: 1, max: 2000 }),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 86_400_000 }), { nil: undefined }),
    baseDelayMs: fc.integer({ min: 0, max: 1000 }),
    maxDelayMs: fc.integer({ min: 0, max: 60_000 }),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it('is at least Retry-After, and at most maxDelayMs longer', () => {
    fc.assert(
      fc.property(input, (given) => {
        const waitMs = retryDelayMs(given);
        expect(waitMs).toBeGreaterThanOrEqual(given.retryAfterMs ?? 0);
        expect(waitMs).toBeLessThanOrEqual((given.retryAfterMs ?? 0) + given.maxDelayMs);
      }),
    );
  });

  it('has an upper limit that doubles with each failure', () => {
    const waits = [1, 2, 3, 4].map((failures) =>
      retryDelayMs({ failures, retryAfterMs: undefined, baseDelayMs: 200, maxDelayMs: 1000, random: 1 }),
    );
    expect(waits).toEqual([200, 400, 800, 1000]);
  });
});
