import { describe, expect, it, vi } from 'vitest';
import { InvalidRequests } from '../../../../server/src/delivery/limits/invalid-requests.ts';
import type { RateBudgetStore } from '../../../../server/src/domain/ports/limit-stores.ts';
import { FakeClock } from '../../../support/clock.ts';
import { MemoryBudgets } from '../../../support/memory-budgets.ts';

const limits = { perAddress: 100, perAccount: 10 };
const minuteMs = 60_000;

function aProcess(budgets: Pick<RateBudgetStore, 'lease'> = new MemoryBudgets(), clock = new FakeClock()) {
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const requests = new InvalidRequests({ budgets, clock, log }, limits);
  const count = (accountId: string, times = 1, service = 'discord.com'): number => {
    let pauseMs = 0;
    for (let i = 0; i < times; i++) pauseMs = requests.count(service, accountId, clock.now());
    return pauseMs;
  };
  return { requests, budgets, clock, log, count };
}

describe('invalid requests', () => {
  it('stop an account once its share is used up, and no other account and service', () => {
    const { count } = aProcess();
    expect(count('acc_1', 9)).toBe(0);
    expect(count('acc_1')).toBe(minuteMs);
    expect(count('acc_2')).toBe(0);
    expect(count('acc_1', 1, 'slack')).toBe(0);
  });

  it('stop an account again only after it has regained a tenth and used that up', () => {
    const { count, clock } = aProcess();
    count('acc_1', 10);
    clock.advance(minuteMs);
    expect(count('acc_1')).toBe(minuteMs);
    clock.advance(2 * minuteMs);
    expect(count('acc_1')).toBe(0);
    expect(count('acc_1')).toBe(minuteMs);
  });

  it('stop every account that draws one for ten minutes once the address has no budget left', () => {
    const { count } = aProcess();
    for (let account = 0; account < 12; account++) count(`acc_${account}`, 8);
    expect(count('acc_x', 3)).toBe(0);
    expect(count('acc_x')).toBe(10 * minuteMs);
    expect(count('acc_y')).toBe(10 * minuteMs);
  });

  it('are counted over all processes', async () => {
    const clock = new FakeClock();
    const one = aProcess(new MemoryBudgets(), clock);
    const two = aProcess(one.budgets, clock);
    one.count('acc_1', 6);
    two.count('acc_1', 3);
    await one.requests.flush();
    await two.requests.flush();
    expect(two.count('acc_1')).toBe(minuteMs);
    expect(one.count('acc_1')).toBe(0);
  });

  it('are exchanged once, under a name of their own', async () => {
    const lease = vi.fn((request: { spent: number }) =>
      Promise.resolve({ granted: 0, left: 90 - request.spent }),
    );
    const { requests, count, clock } = aProcess({ lease });
    count('acc_1', 2);
    await requests.flush();
    await requests.flush();
    const rest = { want: 0, spent: 2, now: clock.now() };
    expect(lease.mock.calls).toEqual([
      [{ id: 'invalid:address:discord.com', limit: { burst: 100, perSecond: 100 / 600 }, ...rest }],
      [{ id: 'invalid:account:acc_1:discord.com', limit: { burst: 10, perSecond: 10 / 600 }, ...rest }],
    ]);
  });

  it('that are counted during an exchange stay counted', async () => {
    let answer: (grant: { granted: number; left: number }) => void = () => undefined;
    const lease = vi.fn(
      () => new Promise<{ granted: number; left: number }>((resolve) => (answer = resolve)),
    );
    const { requests, count } = aProcess({ lease });
    count('acc_1', 2);
    const flushed = requests.flush();
    answer({ granted: 0, left: 98 });
    await vi.waitFor(() => expect(lease).toHaveBeenCalledTimes(2));
    count('acc_1');
    answer({ granted: 0, left: 2 });
    await flushed;
    expect(count('acc_1')).toBe(minuteMs);
  });

  it('are kept if they cannot be exchanged, and decided on without other processes', async () => {
    const memory = new MemoryBudgets();
    const lease = vi.fn<RateBudgetStore['lease']>(() => Promise.reject(new Error('no database')));
    const { requests, count, log } = aProcess({ lease });
    count('acc_1', 4);
    await requests.flush();
    expect(log.debug).toHaveBeenCalledTimes(2);
    expect(count('acc_1', 5)).toBe(0);
    expect(count('acc_1')).toBe(minuteMs);
    lease.mockImplementation((request) => memory.lease(request));
    await requests.flush();
    expect(lease.mock.calls.slice(2).map(([{ spent }]) => spent)).toEqual([10, 10]);
  });

  it('are exchanged within a second, and when the process stops', async () => {
    vi.useFakeTimers();
    try {
      const lease = vi.fn(() => Promise.resolve({ granted: 0, left: 5 }));
      const { requests, count } = aProcess({ lease });
      count('acc_1');
      await vi.advanceTimersByTimeAsync(999);
      expect(lease).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(lease).toHaveBeenCalledTimes(2);
      count('acc_1');
      await requests.stop();
      expect(lease).toHaveBeenCalledTimes(4);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
