import { describe, expect, it } from 'vitest';
import { Holding } from '../../../../server/src/delivery/scheduling/holding.ts';

it('counts deliveries and bytes, and is unused without them', () => {
  const holding = new Holding();
  expect([holding.deliveries, holding.bytes, holding.isUnused]).toEqual([0, 0, true]);
  holding.add(1, 30);
  holding.add(2, 5);
  expect([holding.deliveries, holding.bytes, holding.isUnused]).toEqual([3, 35, false]);
  holding.add(-3, -35);
  expect([holding.deliveries, holding.bytes, holding.isUnused]).toEqual([0, 0, true]);
});

describe('a holding that was full', () => {
  const full = () => {
    const holding = new Holding();
    holding.add(4, 400);
    holding.markFull();
    return holding;
  };

  it('has drained once half of its deliveries and half of its bytes have left', () => {
    const holding = full();
    expect(holding.isFull).toBe(true);
    holding.add(-1, -200);
    expect([holding.takeDrained(), holding.isFull]).toEqual([false, true]);
    holding.add(-1, 0);
    expect([holding.takeDrained(), holding.isFull]).toEqual([true, false]);
    expect(holding.takeDrained()).toBe(false);
  });

  it('has not drained while the bytes are more than a half', () => {
    const holding = full();
    holding.add(-3, -199);
    expect(holding.takeDrained()).toBe(false);
    holding.add(0, -1);
    expect(holding.takeDrained()).toBe(true);
  });

  it('compares with what it held when it became full first', () => {
    const holding = full();
    holding.add(4, 400);
    holding.markFull();
    holding.add(-4, -400);
    expect(holding.takeDrained()).toBe(false);
    holding.add(-2, -200);
    expect(holding.takeDrained()).toBe(true);
  });

  it('that was not full has nothing to drain', () => {
    expect([new Holding().isFull, new Holding().takeDrained()]).toEqual([false, false]);
  });
});

describe('webhooks that await room', () => {
  it('are taken once, those first that waited longest', () => {
    const holding = new Holding();
    expect([holding.isAwaited, holding.takeWaiting(9)]).toEqual([false, []]);
    for (const id of ['wh_b', 'wh_a', 'wh_b', 'wh_c']) holding.awaitRoom(id);
    expect([holding.isAwaited, holding.isUnused]).toEqual([true, false]);
    expect(holding.takeWaiting(0)).toEqual([]);
    expect(holding.takeWaiting(2)).toEqual(['wh_b', 'wh_a']);
    expect(holding.takeWaiting(2)).toEqual(['wh_c']);
    expect([holding.isAwaited, holding.isUnused, holding.takeWaiting(2)]).toEqual([false, true, []]);
  });
});
