import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LevelNode, LevelRing } from '../../../server/src/batching/level-ring.ts';

it('returns items of the lowest level first, and those of one level in turn', () => {
  const ring = new LevelRing<string>();
  const [a, b, c] = [new LevelNode('a'), new LevelNode('b'), new LevelNode('c')];
  expect([ring.first, ring.lowestLevel, ring.size]).toEqual([undefined, Number.POSITIVE_INFINITY, 0]);
  ring.set(a, 2);
  ring.set(b, 1);
  ring.set(c, 1);
  expect([ring.first, ring.lowestLevel, ring.size]).toEqual(['b', 1, 3]);
  ring.set(b, 2);
  expect([ring.first, ring.lowestLevel]).toEqual(['c', 1]);
  ring.delete(c);
  ring.delete(c);
  expect([ring.first, ring.lowestLevel, c.ring === ring]).toEqual(['a', 2, false]);
  ring.delete(a);
  expect([ring.first, ring.size]).toEqual(['b', 1]);
});

it('keeps the turn of an item that is set to its own level', () => {
  const ring = new LevelRing<string>();
  const a = new LevelNode('a');
  ring.set(a, 1);
  ring.set(new LevelNode('b'), 1);
  ring.set(a, 1);
  expect(ring.first).toBe('a');
});

it('moves an item out of the ring that it was in', () => {
  const [from, to] = [new LevelRing<string>(), new LevelRing<string>()];
  const a = new LevelNode('a');
  from.set(a, 1);
  to.set(a, 1);
  expect([from.size, from.first, a.ring === from]).toEqual([0, undefined, false]);
  from.delete(a);
  expect([to.size, to.first, a.ring === to]).toEqual([1, 'a', true]);
});

it('equals a sorted list, for any order of changes', () => {
  const aChange = fc.record({
    item: fc.integer({ min: 0, max: 8 }),
    level: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(aChange, { maxLength: 200 }), (changes) => {
      const ring = new LevelRing<number>();
      const nodes = Array.from({ length: 9 }, (_none, item) => new LevelNode(item));
      let model: { item: number; level: number }[] = [];
      for (const { item, level } of changes) {
        const before = model.find((entry) => entry.item === item);
        const node = nodes[item] ?? new LevelNode(item);
        if (level === undefined) ring.delete(node);
        else ring.set(node, level);
        if (before?.level !== level) model = model.filter((entry) => entry !== before);
        if (level !== undefined && before?.level !== level) model.push({ item, level });
        const [first] = model.toSorted((a, b) => a.level - b.level);
        expect(ring.first).toBe(first?.item);
        expect(ring.lowestLevel).toBe(first?.level ?? Number.POSITIVE_INFINITY);
        expect(ring.size).toBe(model.length);
        expect(node.ring === ring).toBe(level !== undefined);
      }
    }),
  );
});
