import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MinHeap } from '../../../server/src/batching/min-heap.ts';

it('returns what was added, the lowest first, however adding and removing alternate', () => {
  const step = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('pop' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      // Fails for a place without an item.
      const heap = new MinHeap<{ readonly rank: number }>(({ rank }) => rank);
      const model: number[] = [];
      for (const next of steps) {
        if (next === 'pop') {
          expect(heap.peek()?.rank).toBe(model[0]);
          expect(heap.pop()?.rank).toBe(model.shift());
        } else {
          heap.push({ rank: next });
          model.push(next);
          model.sort((a, b) => a - b);
        }
        expect(heap.size).toBe(model.length);
      }
      for (const expected of model) expect(heap.pop()?.rank).toBe(expected);
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
