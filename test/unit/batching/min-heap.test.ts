import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MinHeap } from '../../../server/src/batching/min-heap.ts';

it('returns what was added, the lowest first, however adding and removing alternate', () => {
  const step = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('pop' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = new MinHeap<number>((item) => item);
      const model: number[] = [];
      for (const next of steps) {
        if (next === 'pop') {
          expect(heap.peek()).toBe(model[0]);
          expect(heap.pop()).toBe(model.shift());
        } else {
          heap.push(next);
          model.push(next);
          model.sort((a, b) => a - b);
        }
        expect(heap.size).toBe(model.length);
      }
      for (const expected of model) expect(heap.pop()).toBe(expected);
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
