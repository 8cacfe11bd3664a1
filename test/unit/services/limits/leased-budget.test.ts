import { expect, it } from 'vitest';
import { LeasedBudget } from '../../../../server/src/services/limits/leased-budget.ts';
import { FakeClock } from '../../../support/clock.ts';
import { MemoryBudgets } from '../../../support/memory-budgets.ts';

function aBudget(perSecond: number, burst: number) {
  const [clock, budgets] = [new FakeClock(), new MemoryBudgets()];
  return {
    clock,
    budgets,
    budget: new LeasedBudget({ budgets, clock }, 'calls key_1', { counts: 'calls', perSecond, burst }),
  };
}

it.each([
  [1, 10, 5, 5],
  [10, 10, 10, 1],
  [10, 20, 20, 2],
  [1, 10_000, 3_600, 3_600],
  [1, 10_000, 3_601, 3_600],
  [0, 10, 1, 3_600],
])('at %i per second and %i at once, %i more calls wait for %i s, an hour at most', async (...given) => {
  const [perSecond, burst, count, seconds] = given;
  const { budget } = aBudget(perSecond, burst);
  expect(await budget.take(burst)).toBeUndefined();
  // The first call waits for the answer of the database, the second one is rejected without asking it.
  expect(await budget.take(count)).toBe(seconds);
  expect(budget.take(count)).toBe(seconds);
});

it('counts what is refilled meanwhile, to the millisecond', async () => {
  const { clock, budget } = aBudget(1_000, 2_000);
  expect(await budget.take(2_000)).toBeUndefined();
  expect(await budget.take(1_010)).toBe(2);
  clock.advance(9);
  expect(budget.take(1_010)).toBe(2);
  clock.advance(1);
  expect(budget.take(1_010)).toBe(1);
});
