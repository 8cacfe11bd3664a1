import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fifo } from '../../../server/src/batching/fifo.ts';

it('returns items in the order they were pushed, for any mix of pushes and shifts', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (pushes) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      for (const [index, isPush] of pushes.entries()) {
        if (isPush) {
          fifo.push(index);
          model.push(index);
        } else expect(fifo.shift()).toBe(model.shift());
        expect(fifo.size).toBe(model.length);
      }
      expect(fifo.drain()).toEqual(model);
      expect(fifo.size).toBe(0);
    }),
  );
});
