import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryBudget } from '../../../../server/src/delivery/scheduling/memory-budget.ts';
import { anEvent } from '../../../support/builders.ts';

const aBudget = (limits: { maxInMemory?: number; maxBytes?: number } = {}) => {
  const withRoom: string[] = [];
  const budget = new MemoryBudget(
    { maxInMemory: 12, maxBytes: 1_000_000, ...limits },
    { onRoom: (webhookId) => withRoom.push(webhookId) },
  );
  return { budget, withRoom };
};

/** A delivery of a webhook `wh_<account>_<number>`. */
const anItem = (webhookId: string, bytes = 10) => ({
  webhookId,
  event: anEvent({
    accountId: webhookId.split('_')[1] ?? '',
    targets: [webhookId],
    dataText: 'x'.repeat(bytes),
  }),
});

/** Enters deliveries of a webhook for as long as it has room. Returns them. */
const fill = (budget: MemoryBudget, webhookId: string, bytes?: number) => {
  const entered = [];
  for (let item = anItem(webhookId, bytes); budget.hasRoomFor(item.event); item = anItem(webhookId, bytes)) {
    budget.enter(item);
    entered.push(item);
  }
  return entered;
};

describe('the memory budget', () => {
  it('counts a delivery from when it enters until it leaves', () => {
    const { budget } = aBudget();
    const item = anItem('wh_a_1', 100);
    for (let entered = 0; entered < 3; entered++) budget.enter(item);
    expect([budget.room, budget.bytes, budget.holders]).toEqual([9, 300, 2]);
    for (let left = 0; left < 3; left++) budget.leave(item);
    expect([budget.room, budget.bytes, budget.holders]).toEqual([12, 0, 0]);
  });

  it('keeps the places and bytes of an event that is being stored', () => {
    const { budget } = aBudget({ maxInMemory: 5, maxBytes: 1_000 });
    const event = anEvent({ targets: ['wh_a_1', 'wh_a_2'], dataText: 'x'.repeat(200) });
    expect(budget.hasRoomFor(event)).toBe(true);
    budget.reserve(event);
    expect([budget.room, budget.bytes]).toEqual([3, 400]);
    expect(budget.hasRoomFor(event)).toBe(false);
    budget.unreserve(event);
    expect([budget.room, budget.bytes, budget.holders]).toEqual([5, 0, 0]);
    expect(budget.hasRoomFor(event)).toBe(true);
  });

  it('has room for each delivery of an event that it reserved', () => {
    for (let maxInMemory = 1; maxInMemory < 30; maxInMemory++) {
      const { budget } = aBudget({ maxInMemory });
      const targets = ['wh_a_1', 'wh_a_2', 'wh_a_3'];
      const event = anEvent({ accountId: 'a', targets });
      while (budget.hasRoomFor(event)) {
        for (const webhookId of targets) {
          budget.enter({ webhookId, event });
          expect(budget.isWithinShare({ webhookId, event })).toBe(true);
        }
      }
    }
  });

  it('has no room for an event while one of its webhooks is full', () => {
    const { budget } = aBudget({ maxInMemory: 30 });
    fill(budget, 'wh_a_1');
    const both = (targets: string[]) => budget.hasRoomFor(anEvent({ accountId: 'a', targets }));
    expect([both(['wh_a_1', 'wh_a_2']), both(['wh_a_2', 'wh_a_1']), both(['wh_a_2'])]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('counts the bytes that stay when some have left', () => {
    const { budget } = aBudget({ maxInMemory: 100, maxBytes: 600 });
    for (let entered = 0; entered < 2; entered++) budget.enter(anItem('wh_a_1', 100));
    budget.leave(anItem('wh_a_1', 100));
    expect(budget.bytes).toBe(100);
    expect(budget.hasRoomFor(anItem('wh_a_1', 300).event)).toBe(true);
    expect(budget.hasRoomFor(anItem('wh_a_1', 301).event)).toBe(false);
  });

  it('counts a delivery that has entered once, in both shares', () => {
    const { budget } = aBudget({ maxBytes: 100 });
    const item = anItem('wh_a_1', 100);
    budget.enter(item);
    expect(budget.isWithinShare(item)).toBe(true);
    const other = anItem('wh_a_1', 1);
    budget.enter(other);
    expect(budget.isWithinShare(other)).toBe(false);
  });

  it('gives one webhook a third, one account a half, and a new account half of the rest', () => {
    const { budget } = aBudget({ maxInMemory: 1_200 });
    expect(fill(budget, 'wh_a_1')).toHaveLength(400);
    for (let webhook = 2; webhook < 600; webhook++) fill(budget, `wh_a_${webhook}`);
    expect(budget.room).toBe(600);
    expect(fill(budget, 'wh_b_1')).toHaveLength(200);
  });

  it('shares bytes in the same way, whatever the number of deliveries', () => {
    const { budget } = aBudget({ maxInMemory: 100_000, maxBytes: 1_200 });
    expect(fill(budget, 'wh_a_1', 100)).toHaveLength(4);
    expect(fill(budget, 'wh_b_1', 1).length).toBeGreaterThan(200);
    expect(budget.hasRoomFor(anItem('wh_c_1', 900).event)).toBe(false);
  });

  it('has no room for a delivery larger than all of the bytes', () => {
    const { budget } = aBudget({ maxBytes: 100 });
    expect(budget.hasRoomFor(anItem('wh_a_1', 101).event)).toBe(false);
    expect(budget.hasRoomFor(anItem('wh_a_1', 100).event)).toBe(true);
  });

  it('says when a claim brought more deliveries than the share of their webhook', () => {
    const { budget } = aBudget({ maxInMemory: 9 });
    const within = Array.from({ length: 6 }, () => {
      const item = anItem('wh_a_1');
      budget.enter(item);
      return budget.isWithinShare(item);
    });
    expect(within).toEqual([true, true, true, false, false, false]);
  });
});

describe('a webhook that used up its share', () => {
  it('has no room until half of what it held has left, and is then announced once', () => {
    const { budget, withRoom } = aBudget({ maxInMemory: 30 });
    const entered = fill(budget, 'wh_a_1');
    expect(entered).toHaveLength(10);
    for (const item of entered.splice(0, 4)) budget.leave(item);
    expect(budget.hasRoomFor(anItem('wh_a_1').event)).toBe(false);
    expect(budget.roomFor('wh_a_1', 'a')).toBe(0);
    expect(budget.isFull('wh_a_1', 'a')).toBe(true);
    expect(withRoom).toEqual([]);
    for (const item of entered.splice(0, 2)) budget.leave(item);
    expect(withRoom).toEqual(['wh_a_1']);
    expect(budget.hasRoomFor(anItem('wh_a_1').event)).toBe(true);
    expect(budget.isFull('wh_a_1', 'a')).toBe(false);
  });

  it('is not full because of deliveries that left before', () => {
    const { budget } = aBudget({ maxInMemory: 30 });
    for (const item of fill(budget, 'wh_a_1')) budget.leave(item);
    expect(fill(budget, 'wh_a_1')).toHaveLength(10);
  });

  it('awaits half of the bytes too', () => {
    const { budget, withRoom } = aBudget({ maxInMemory: 1_000, maxBytes: 3_100 });
    const [large, ...small] = [anItem('wh_a_1', 900), anItem('wh_a_1', 10), anItem('wh_a_1', 10)];
    for (const item of [...small, large]) budget.enter(item);
    expect(budget.isFull('wh_a_1', 'a')).toBe(true);
    for (const item of small) budget.leave(item);
    expect(withRoom).toEqual([]);
    budget.leave(large);
    expect(withRoom).toEqual(['wh_a_1']);
  });

  it('leaves room for its siblings, however long its backlog stays', () => {
    const { budget } = aBudget({ maxInMemory: 1_200 });
    fill(budget, 'wh_a_1');
    for (let round = 0; round < 50; round++) {
      const sibling = fill(budget, 'wh_a_2');
      expect(sibling.length).toBeGreaterThan(100);
      for (const item of sibling) budget.leave(item);
    }
  });
});

describe('room for a webhook', () => {
  it('is what it may enter at once', () => {
    for (let maxInMemory = 0; maxInMemory < 40; maxInMemory++) {
      for (let held = 0; held < 6; held++) {
        const { budget } = aBudget({ maxInMemory });
        for (let entered = 0; entered < held; entered++) budget.enter(anItem('wh_a_2'));
        const room = budget.roomFor('wh_a_1', 'a');
        expect(fill(budget, 'wh_a_1')).toHaveLength(room);
      }
    }
  });

  it('is estimated from the size of its deliveries, or else of all', () => {
    const { budget } = aBudget({ maxInMemory: 10_000, maxBytes: 3_000 });
    expect(budget.roomFor('wh_a_1', 'a')).toBe(3_334);
    const item = anItem('wh_b_1', 100);
    budget.enter(item);
    expect(budget.roomFor('wh_a_1', 'a')).toBe(9);
    budget.enter(anItem('wh_a_1', 300));
    expect(budget.roomFor('wh_a_1', 'a')).toBe(2);
    budget.enter(anItem('wh_a_1', 100));
    // 200 bytes each, and a third of what account, webhook and all of them leave.
    expect(budget.roomFor('wh_a_1', 'a')).toBe(2);
    budget.enter(anItem('wh_c_1', 100));
    // As those of all, which have 150 bytes each.
    expect(budget.roomFor('wh_b_9', 'd')).toBe(5);
    expect(aBudget({ maxBytes: 0 }).budget.roomFor('wh_a_1', 'a')).toBe(0);
  });

  it('is announced to webhooks of a full account, one for each place that becomes free', () => {
    const { budget, withRoom } = aBudget({ maxInMemory: 10 });
    const items = [1, 2, 3, 4, 5].map((webhook) => anItem(`wh_a_${webhook}`));
    for (const item of items) budget.enter(item);
    for (const webhookId of ['wh_a_6', 'wh_a_7', 'wh_a_8', 'wh_a_9']) {
      expect(budget.roomFor(webhookId, 'a')).toBe(0);
      budget.awaitRoom(webhookId, 'a');
    }
    budget.leave(anItem('wh_a_1'));
    expect(withRoom).toEqual(['wh_a_6', 'wh_a_7']);
    for (const item of items.slice(1)) budget.leave(item);
    expect(withRoom).toEqual(['wh_a_6', 'wh_a_7', 'wh_a_8', 'wh_a_9']);
    expect(budget.holders).toBe(0);
  });

  it.each([
    ['places', { maxInMemory: 2 }],
    ['bytes', { maxBytes: 20 }],
  ])('is announced to webhooks of any account when all %s were taken', (_name, limits) => {
    const { budget, withRoom } = aBudget(limits);
    // A claim can bring more than fits.
    for (let entered = 0; entered < 3; entered++) budget.enter(anItem('wh_a_1'));
    budget.awaitRoom('wh_b_1', 'b');
    budget.leave(anItem('wh_a_1'));
    expect(withRoom).toEqual([]);
    budget.leave(anItem('wh_a_1'));
    expect(withRoom).toContain('wh_b_1');
    budget.leave(anItem('wh_a_1'));
    expect(withRoom.filter((id) => id === 'wh_b_1')).toHaveLength(1);
    expect([budget.holders, budget.bytes]).toEqual([0, 0]);
  });

  it.each([
    ['place', { maxInMemory: 2 }],
    ['byte', { maxBytes: 20 }],
  ])('is announced to a webhook of another account when the last %s was taken', (_name, limits) => {
    const { budget, withRoom } = aBudget(limits);
    for (let entered = 0; entered < 2; entered++) budget.enter(anItem('wh_a_1'));
    budget.awaitRoom('wh_b_1', 'b');
    budget.leave(anItem('wh_a_1'));
    expect(withRoom).toContain('wh_b_1');
    budget.leave(anItem('wh_a_1'));
    expect([budget.holders, budget.bytes]).toEqual([0, 0]);
  });

  it('is announced to a webhook that others crowd out when half of what it holds has left', () => {
    const { budget, withRoom } = aBudget({ maxInMemory: 30 });
    for (let entered = 0; entered < 5; entered++) budget.enter(anItem('wh_a_1'));
    for (let entered = 0; entered < 15; entered++) budget.enter(anItem('wh_b_1'));
    expect(budget.roomFor('wh_a_1', 'a')).toBe(0);
    budget.awaitRoom('wh_a_1', 'a');
    for (let left = 0; left < 2; left++) budget.leave(anItem('wh_a_1'));
    expect(withRoom).toEqual([]);
    budget.leave(anItem('wh_a_1'));
    expect(withRoom).toEqual(['wh_a_1']);
  });

  it('is announced to a webhook of an account that holds nothing any more', () => {
    const { budget, withRoom } = aBudget({ maxInMemory: 3 });
    for (const webhookId of ['wh_a_1', 'wh_b_1']) budget.enter(anItem(webhookId));
    budget.awaitRoom('wh_a_2', 'a');
    for (const webhookId of ['wh_b_2', 'wh_b_3']) budget.enter(anItem(webhookId));
    budget.leave(anItem('wh_a_1'));
    expect(withRoom).not.toContain('wh_a_2');
    budget.leave(anItem('wh_b_1'));
    expect(withRoom).toContain('wh_a_2');
  });

  it('is not announced to a webhook that had room', () => {
    const { budget, withRoom } = aBudget();
    const item = anItem('wh_a_1');
    budget.enter(item);
    budget.awaitRoom('wh_a_1', 'a');
    budget.leave(item);
    expect(withRoom).toEqual([]);
  });
});

describe('any order of entering and leaving', () => {
  const anStep = fc.record({
    webhookId: fc.constantFrom('wh_a_1', 'wh_a_2', 'wh_b_1', 'wh_c_1'),
    bytes: fc.integer({ min: 0, max: 60 }),
    action: fc.constantFrom('enter', 'enter', 'force', 'leave', 'await'),
  });

  it('exceeds no share, loses no webhook that awaits room, and returns to zero', () => {
    fc.assert(
      fc.property(fc.array(anStep, { maxLength: 120 }), (steps) => {
        const { budget, withRoom } = aBudget({ maxInMemory: 20, maxBytes: 600 });
        const held: ReturnType<typeof anItem>[] = [];
        const awaited = new Set<string>();
        for (const { webhookId, bytes, action } of steps) {
          const item = anItem(webhookId, bytes);
          const { accountId } = item.event;
          if (action === 'force' || (action === 'enter' && budget.hasRoomFor(item.event))) {
            budget.enter(item);
            held.push(item);
            if (action === 'enter') expect(budget.isWithinShare(item)).toBe(true);
          } else if (action === 'leave') {
            const left = held.shift();
            if (left !== undefined) budget.leave(left);
          } else if (action === 'await' && budget.roomFor(webhookId, accountId) === 0) {
            budget.awaitRoom(webhookId, accountId);
            awaited.add(webhookId);
          }
          expect(budget.room).toBe(20 - held.length);
          expect(budget.bytes).toBe(held.reduce((sum, { event }) => sum + event.dataText.length, 0));
        }
        for (const item of held) budget.leave(item);
        expect([budget.room, budget.bytes, budget.holders]).toEqual([20, 0, 0]);
        expect(withRoom).toEqual(expect.arrayContaining([...awaited]));
      }),
    );
  });
});
