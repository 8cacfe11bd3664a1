import fc from 'fast-check';
import { expect, it } from 'vitest';
import { getFairRoom, hasFairRoom } from '../../../../server/src/delivery/scheduling/fair-share.ts';

it.each([
  ['one account', 1, 1_000],
  ['two accounts', 2, 667],
  ['nine accounts', 9, 200],
])('leaves %s with many webhooks as much each as stays free', (_name, accounts, each) => {
  const total = 2_000;
  const used = Array.from({ length: accounts }, () => 0);
  let free = total;
  for (let turn = 0; turn < total * 2; turn++) {
    const account = turn % accounts;
    const use = { account: used[account] ?? 0, webhook: 0 };
    if (!hasFairRoom(use, free)) continue;
    used[account] = use.account + 1;
    free--;
  }
  expect(Math.min(...used)).toBeGreaterThanOrEqual(each - 1);
  expect(Math.max(...used)).toBeLessThanOrEqual(each + 1);
  expect(free).toBeGreaterThanOrEqual(each - accounts);
});

it('has room for an item only if as much stays free as account and webhook use then', () => {
  expect(hasFairRoom({ account: 3, webhook: 2 }, 6)).toBe(true);
  expect(hasFairRoom({ account: 3, webhook: 2 }, 5)).toBe(false);
  expect(hasFairRoom({ account: 0, webhook: 0 }, 0)).toBe(false);
  expect(hasFairRoom({ account: 3, webhook: 2 }, 8, 3)).toBe(true);
  expect(hasFairRoom({ account: 3, webhook: 2 }, 8, 4)).toBe(false);
});

it('counts how many units a webhook may take one after the other', () => {
  const use = fc.nat({ max: 200 });
  fc.assert(
    fc.property(use, use, fc.integer({ min: -20, max: 600 }), (account, webhook, free) => {
      let taken = 0;
      while (hasFairRoom({ account: account + taken, webhook: webhook + taken }, free - taken)) taken++;
      expect(getFairRoom({ account, webhook }, free)).toBe(taken);
    }),
  );
});
