import { describe, expect, it, vi } from 'vitest';
import { noLimits } from '../../../../server/src/domain/account-limits.ts';
import type { CountedChange } from '../../../../server/src/domain/ports/limit-stores.ts';
import { createChangeLimiter } from '../../../../server/src/services/limits/change-limiter.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';

/** An account that may make 10 changes an hour and 50 a day, at ten to twelve. */
function aScene(counted: CountedChange) {
  const clock = new FakeClock(Date.parse('2026-01-01T11:50:00.500Z'));
  const add = vi.fn(() => Promise.resolve(counted));
  const remove = vi.fn(() => Promise.resolve());
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const limiter = createChangeLimiter({
    changes: { add, remove, read: () => Promise.resolve(counted) },
    getLimits: () => ({ ...noLimits, changesPerHour: 10, changesPerDay: 50 }),
    clock,
    log,
  });
  return { limiter, add, remove, log, clock };
}

describe('a change of an account', () => {
  it('counts against the hour and the day, and is taken back if the call fails', async () => {
    const { limiter, add, remove, clock } = aScene({ isCounted: true, hour: 1, day: 1 });
    const at = clock.now();
    const takeBack = await limiter.take(keyActor());
    expect(add).toHaveBeenCalledWith('acc_a', { hour: 10, day: 50 }, at);
    clock.advance(1_000);
    expect(remove).not.toHaveBeenCalled();
    await takeBack();
    expect(remove).toHaveBeenCalledWith('acc_a', at);
  });

  it('of the operator counts for no account', async () => {
    const { limiter, add, remove } = aScene({ isCounted: false, hour: 10, day: 50 });
    const takeBack = await limiter.take(rootActor);
    await takeBack();
    expect(add).not.toHaveBeenCalled();
    expect(remove).not.toHaveBeenCalled();
  });

  it.each([
    [{ hour: 10, day: 20 }, '10 changes that it may make in one hour; retry in 600 s', 600],
    [{ hour: 3, day: 50 }, '50 changes that it may make in one day; retry in 43800 s', 43_800],
    [{ hour: 10, day: 51 }, '50 changes that it may make in one day; retry in 43800 s', 43_800],
  ])('is rejected until the hour or the day ends: %j', async (counts, words, retryAfterSeconds) => {
    const { limiter } = aScene({ isCounted: false, ...counts });
    await expect(limiter.take(keyActor())).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining(words) as string,
      retryAfterSeconds,
    });
  });

  it('that cannot be taken back fails no call, and is in the log', async () => {
    const { limiter, remove, log } = aScene({ isCounted: true, hour: 1, day: 1 });
    remove.mockRejectedValue(new Error('away'));
    const takeBack = await limiter.take(keyActor());
    await takeBack();
    expect(log.warn).toHaveBeenCalledWith({ err: new Error('away'), accountId: 'acc_a' }, expect.any(String));
  });
});
