import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedMap, type KeyRange } from '../../../../server/testing/src/store/sorted-map.ts';

const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
const key = fc.constantFrom(...keys);
const bound = fc.option(fc.constantFrom(...keys, 'aa', 'ca', 'z'), { nil: undefined });
const range: fc.Arbitrary<KeyRange> = fc.record({ from: bound, after: bound, below: bound, to: bound });

const isIn =
  ({ from, after, below, to }: KeyRange) =>
  (value: string) =>
    (from === undefined || value >= from) &&
    (after === undefined || value > after) &&
    (below === undefined || value < below) &&
    (to === undefined || value <= to);

describe('a sorted map', () => {
  it('reads any range in both directions after any changes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.boolean())), range, (changes, wanted) => {
        const map = new SortedMap<string>();
        const expected = new Set<string>();
        for (const [name, isAdded] of changes) {
          if (isAdded) map.set(name, name);
          else expect(map.delete(name)).toBe(expected.has(name));
          if (isAdded) expected.add(name);
          else expected.delete(name);
        }
        const found = [...expected].sort().filter(isIn(wanted));
        expect([...map.ascending(wanted)]).toEqual(found);
        expect([...map.descending(wanted)]).toEqual(found.toReversed());
        expect([...map.ascending()]).toEqual([...expected].sort());
        expect([...map.keys()].sort()).toEqual([...expected].sort());
      }),
    );
  });

  it('iterates in the order in which the keys were added, and is empty after it was cleared', () => {
    const map = new SortedMap<number>();
    map.set('b', 1).set('a', 2).set('b', 3);
    expect([...map]).toEqual([
      ['b', 3],
      ['a', 2],
    ]);
    map.clear();
    expect([map.size, ...map.ascending()]).toEqual([0]);
    map.set('c', 4);
    expect([...map.descending()]).toEqual([4]);
  });
});
