import { describe, expect, it } from 'vitest';
import { MemoryBudget } from '../../../../server/src/delivery/scheduling/memory-budget.ts';
import { anEvent } from '../../../support/builders.ts';

const aBudget = (limits = { maxInMemory: 10, maxBytes: 1_000 }) => {
  let signals = 0;
  const budget = new MemoryBudget(limits, { raise: () => signals++ });
  return { budget, signals: () => signals };
};

describe('the memory budget', () => {
  it('counts a delivery from when it enters until it leaves', () => {
    const { budget } = aBudget();
    const event = anEvent();
    for (let entered = 0; entered < 3; entered++) budget.enter(event);
    expect([budget.free, budget.room]).toEqual([7, 7]);
    budget.leave(event);
    expect([budget.free, budget.room]).toEqual([8, 8]);
  });

  it('keeps the places of an event that is being stored', () => {
    const { budget } = aBudget({ maxInMemory: 3, maxBytes: 1_000 });
    const event = anEvent({ targets: ['wh_a', 'wh_b'] });
    expect(budget.hasRoomFor(event)).toBe(true);
    budget.reserve(event);
    expect([budget.free, budget.room]).toEqual([3, 1]);
    expect(budget.hasRoomFor(event)).toBe(false);
    budget.unreserve(event);
    expect(budget.hasRoomFor(event)).toBe(true);
  });

  it('has no room for an event whose data would exceed the bytes', () => {
    const { budget } = aBudget({ maxInMemory: 10, maxBytes: 100 });
    const event = anEvent({ dataText: 'x'.repeat(60) });
    budget.enter(event);
    expect(budget.hasRoomFor(event)).toBe(false);
    budget.leave(event);
    expect(budget.hasRoomFor(event)).toBe(true);
  });

  it('raises the work signal once, when more than half is free, and only if asked to', () => {
    const { budget, signals } = aBudget();
    const event = anEvent();
    for (let entered = 0; entered < 10; entered++) budget.enter(event);
    budget.signalWhenHalfFree();
    for (let left = 0; left < 5; left++) budget.leave(event);
    expect(signals()).toBe(0);
    budget.leave(event);
    expect(signals()).toBe(1);
    budget.leave(event);
    budget.enter(event);
    budget.leave(event);
    expect(signals()).toBe(1);
  });
});
