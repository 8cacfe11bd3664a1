import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TocsinClientError } from '../../../../client/src/errors.ts';
import { createReconnectPolicy } from '../../../../client/src/subscribe/reconnect-policy.ts';

const lost = (retryAfterMs?: number) =>
  new TocsinClientError('NETWORK', 'lost', { retryable: true, retryAfterMs });
const unauthenticated = new TocsinClientError('UNAUTHENTICATED', 'rejected', { retryable: false });
const retry = { retries: 0, baseDelayMs: 200, maxDelayMs: 10_000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
  // Not all mocks, because those of the console report unexpected output.
  vi.spyOn(Math, 'random').mockRestore();
});

/** The delays of failures one after another. */
function delays(policy: ReturnType<typeof createReconnectPolicy>, count: number, error = lost()): number[] {
  return Array.from({ length: count }, () => {
    const next = policy.recordFailure(error);
    if (next === undefined) throw new Error('permanent');
    return next.waitMs;
  });
}

describe('the delay before a reconnect', () => {
  it('doubles up to its maximum, and is a random part of that', () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(1);
    expect(delays(createReconnectPolicy(retry), 8)).toEqual([
      200, 400, 800, 1600, 3200, 6400, 10_000, 10_000,
    ]);
    random.mockReturnValue(0.5);
    expect(delays(createReconnectPolicy(retry), 3)).toEqual([100, 200, 400]);
  });

  it('grows although the server sends its first messages immediately', () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const policy = createReconnectPolicy(retry);
    const waits = [1, 2, 3, 4].flatMap(() => {
      policy.recordMessage();
      vi.advanceTimersByTime(4_999);
      policy.recordMessage();
      return delays(policy, 1);
    });
    expect(waits).toEqual([200, 400, 800, 1600]);
  });

  it('starts again after a connection whose messages span five seconds', () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const policy = createReconnectPolicy(retry);
    expect(delays(policy, 3)).toEqual([200, 400, 800]);
    // A connection that is open for long without a message proves nothing.
    vi.advanceTimersByTime(60_000);
    policy.recordMessage();
    expect(delays(policy, 1)).toEqual([1600]);
    policy.recordMessage();
    vi.advanceTimersByTime(5_000);
    policy.recordMessage();
    expect(delays(policy, 2)).toEqual([200, 400]);
  });

  it.each([
    ['a minute is kept', 60_000, 60_200],
    ['a negative time is none', -60_000, 200],
    ['a day is five minutes', 86_400_000, 300_200],
    ['a date beyond the longest timer is five minutes', 40_000_000_000, 300_200],
  ])('follows Retry-After: %s', (_what, retryAfterMs, waitMs) => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    expect(delays(createReconnectPolicy(retry), 1, lost(retryAfterMs))).toEqual([waitMs]);
  });

  it('grows whatever the options are', () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const waits = delays(createReconnectPolicy({ ...retry, maxDelayMs: Infinity }), 60);
    expect(Math.max(...waits)).toBe(200 * 2 ** 30);
    expect(delays(createReconnectPolicy({ ...retry, baseDelayMs: 0 }), 3)).toEqual([1, 2, 4]);
  });
});

describe('a rejected key', () => {
  it('ends a subscription that it never reached the server with', () => {
    expect(createReconnectPolicy(retry).recordFailure(unauthenticated)).toBeUndefined();
  });

  it('may have been rotated if the server had accepted it, so there is one more attempt', () => {
    const policy = createReconnectPolicy(retry);
    policy.recordMessage();
    expect(policy.recordFailure(unauthenticated)).toMatchObject({ failures: 1 });
    // The server sends its first messages before it checks the key again.
    policy.recordMessage();
    expect(policy.recordFailure(unauthenticated)).toBeUndefined();
  });

  it('may be rotated again after a healthy connection', () => {
    const policy = createReconnectPolicy(retry);
    for (let n = 0; n < 3; n++) {
      policy.recordMessage();
      vi.advanceTimersByTime(5_000);
      policy.recordMessage();
      expect(policy.recordFailure(unauthenticated)).toMatchObject({ failures: 1 });
    }
  });
});
