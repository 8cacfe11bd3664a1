import { describe, expect, it, vi } from 'vitest';
import { FairSlots } from '../../../../../server/src/services/events/live/fair-slots.ts';

const options = { total: 2, perAccount: 1, maxWaiting: 3, waitMs: 1_000 };
const never = new AbortController().signal;

/** Acquires a slot and records its account when it starts. */
function acquireInto(started: string[], slots: FairSlots) {
  return async (account: string, signal = never) => {
    const release = await slots.acquire(account, signal);
    started.push(account);
    return release;
  };
}

describe('fair slots', () => {
  it('give accounts turns, whatever the number of their callers', async () => {
    const slots = new FairSlots({ ...options, total: 1 });
    const started: string[] = [];
    const acquire = acquireInto(started, slots);
    const first = await acquire('a');
    const waiting = ['a', 'a', 'a', 'b', 'c', 'c'].map((account) => acquire(account));
    first();
    for (const release of waiting) void release.then((end) => end());
    await Promise.all(waiting);
    expect(started).toEqual(['a', 'a', 'b', 'c', 'a', 'c', 'a']);
    expect([slots.running, slots.waiting]).toEqual([0, 0]);
  });

  it('limit an account to its share of them', async () => {
    const slots = new FairSlots(options);
    const started: string[] = [];
    const acquire = acquireInto(started, slots);
    const first = await acquire('a');
    const second = acquire('a');
    await acquire('b');
    expect(started).toEqual(['a', 'b']);
    first();
    first();
    (await second)();
    expect(started).toEqual(['a', 'b', 'a']);
    expect(slots.running).toBe(1);
  });

  it('reject a caller if too many of its account wait, or if it waits too long, or is gone', async () => {
    vi.useFakeTimers();
    try {
      const slots = new FairSlots(options);
      const first = await slots.acquire('a', never);
      const gone = new AbortController();
      const waiting = [slots.acquire('a', gone.signal), slots.acquire('a', never), slots.acquire('a', never)];
      const results = Promise.allSettled(waiting);
      await expect(slots.acquire('a', never)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryAfterSeconds: 5,
      });
      gone.abort();
      await vi.advanceTimersByTimeAsync(999);
      expect(slots.waiting).toBe(2);
      await vi.advanceTimersByTimeAsync(1);
      expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      expect(slots.waiting).toBe(0);
      first();
      (await slots.acquire('a', never))();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
