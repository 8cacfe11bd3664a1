import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  SocketBudget,
  type AccountSockets,
  type SocketPool,
} from '../../../../server/src/delivery/http/socket-budget.ts';
import { hasFairRoom } from '../../../../server/src/delivery/scheduling/fair-share.ts';

/** A pool that begins a request for each turn and writes down whose turn it was. */
class FakePool implements SocketPool {
  readonly account: AccountSockets;
  readonly #budget: SocketBudget;
  readonly #begun: string[];
  readonly idle: object[] = [];
  waiting = 0;

  constructor(budget: SocketBudget, accountId: string, begun: string[] = []) {
    this.#budget = budget;
    this.#begun = begun;
    this.account = budget.addPool(accountId);
  }

  wait(requests = 1): void {
    this.waiting += requests;
    this.#budget.awaitRoom(this);
  }

  beginNext(): void {
    this.waiting--;
    this.#begun.push(this.account.id);
    this.#budget.open(this.account);
    if (this.waiting > 0) this.#budget.awaitRoom(this);
  }

  end(): void {
    this.#budget.leave(this.account);
    this.#budget.beginWaiting();
  }

  endIdle(): void {
    const connection = {};
    this.idle.push(connection);
    this.#budget.leave(this.account);
    this.#budget.addIdle(this, connection);
  }

  closeOldestIdle(): void {
    const connection = this.idle.shift();
    if (connection !== undefined) this.#budget.removeIdle(connection);
  }
}

describe('connections of the process', () => {
  it('are half for one account alone, and a third for each of two', () => {
    const budget = new SocketBudget(12);
    const a = new FakePool(budget, 'a');
    const b = new FakePool(budget, 'b');
    const fill = (pool: FakePool) => {
      while (budget.hasRoom(pool.account)) budget.open(pool.account);
    };
    fill(a);
    expect(a.account.busy).toBe(6);
    fill(b);
    expect(b.account.busy).toBe(3);
    expect(budget.stats).toEqual({ busy: 9, idle: 0 });
  });

  it('go to the account with the fewest first, and to the pools of an account in turn', () => {
    const begun: string[] = [];
    const budget = new SocketBudget(7);
    const a = new FakePool(budget, 'a', begun);
    const sibling = new FakePool(budget, 'a', begun);
    const b = new FakePool(budget, 'b', begun);
    for (let request = 0; request < 4; request++) budget.open(a.account);
    a.wait(2);
    sibling.wait(1);
    budget.beginWaiting();
    expect(begun).toEqual([]);
    b.wait(1);
    a.end();
    expect(begun).toEqual(['b']);
    a.end();
    a.end();
    expect([begun, a.waiting, sibling.waiting]).toEqual([['b', 'a', 'a'], 1, 0]);
    expect(a.account.busy).toBe(3);
  });

  it('are closed when they are idle longest and another needs a place', () => {
    const budget = new SocketBudget(2);
    const a = new FakePool(budget, 'a');
    const b = new FakePool(budget, 'b');
    const c = new FakePool(budget, 'c');
    for (const pool of [a, b]) {
      budget.open(pool.account);
      pool.endIdle();
    }
    budget.open(c.account);
    expect([a.idle.length, b.idle.length]).toEqual([0, 1]);
    expect(budget.stats).toEqual({ busy: 1, idle: 1 });
  });

  it('are not given to a pool that no longer waits', () => {
    const begun: string[] = [];
    const budget = new SocketBudget(1);
    const a = new FakePool(budget, 'a', begun);
    const b = new FakePool(budget, 'b', begun);
    budget.open(a.account);
    b.wait();
    budget.cancelWait(b);
    a.end();
    expect(begun).toEqual([]);
  });

  it('stay counted for their account when one of its pools is gone', () => {
    const budget = new SocketBudget(4);
    const a = new FakePool(budget, 'a');
    const sibling = new FakePool(budget, 'a');
    for (let request = 0; request < 2; request++) budget.open(a.account);
    budget.removePool(sibling.account);
    expect(budget.hasRoom(new FakePool(budget, 'a').account)).toBe(false);
  });

  it('are never waited for by a request that the dispatcher lets through', () => {
    const step = fc.record({ webhook: fc.nat(11), ends: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 200 }), (total, steps) => {
        const budget = new SocketBudget(total);
        const pools = Array.from({ length: 4 }, (_, account) => new FakePool(budget, `acc_${account}`));
        const perWebhook = Array<number>(12).fill(0);
        for (const { webhook, ends } of steps) {
          const account = pools[webhook % 4]?.account;
          if (account === undefined) return;
          const inFlight = perWebhook[webhook] ?? 0;
          if (ends && inFlight > 0) {
            budget.leave(account);
            perWebhook[webhook] = inFlight - 1;
          } else if (hasFairRoom({ account: account.busy, webhook: inFlight }, total - budget.stats.busy)) {
            expect(budget.hasRoom(account)).toBe(true);
            budget.open(account);
            perWebhook[webhook] = inFlight + 1;
          }
          expect(account.busy).toBeLessThanOrEqual(Math.ceil(total / 2));
        }
      }),
    );
  });
});
