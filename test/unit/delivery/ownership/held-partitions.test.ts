import { beforeEach, expect, it } from 'vitest';
import { HeldPartitions } from '../../../../server/src/delivery/ownership/held-partitions.ts';

let held: HeldPartitions;
beforeEach(() => {
  held = new HeldPartitions();
  held.add(20, 5);
  held.add(3, 7);
});

it('lists partitions in ascending order, with their epochs', () => {
  expect(held.all).toEqual([3, 20]);
  held.add(4, 1);
  expect(held.all).toEqual([3, 4, 20]);
  expect([3, 4, 20, 5].map((partition) => held.getEpoch(partition))).toEqual([7, 1, 5, 0]);
});

it('does not own a partition while it is being released', () => {
  held.startRelease([3, 20]);
  expect([held.owns(3), held.owns(20)]).toEqual([false, false]);
  expect([held.has(3), held.getEpoch(3)]).toEqual([true, 7]);
  held.cancelRelease([3]);
  expect([held.owns(3), held.owns(20)]).toEqual([true, false]);
  held.remove([20]);
  expect(held.all).toEqual([3]);
  held.add(20, 9);
  expect(held.owns(20)).toBe(true);
});

it('forgets everything at once', () => {
  held.startRelease([3]);
  expect(held.all).toEqual([3, 20]);
  held.clear();
  expect(held.all).toEqual([]);
  expect([held.has(3), held.owns(20), held.getEpoch(20)]).toEqual([false, false, 0]);
  held.add(3, 8);
  expect(held.owns(3)).toBe(true);
});
