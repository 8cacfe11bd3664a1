import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { mapFew } from '../../../../server/src/services/common/map-few.ts';

it('returns the results in order, and runs four calls at a time', async () => {
  let running = 0;
  let most = 0;
  const double = async (n: number) => {
    most = Math.max(most, ++running);
    await turn();
    running--;
    return 2 * n;
  };
  expect(await mapFew([1, 2, 3, 4, 5, 6, 7, 8, 9], double)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18]);
  expect(most).toBe(4);
  expect(await mapFew([], double)).toEqual([]);
});
