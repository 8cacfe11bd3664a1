import { expect, it } from 'vitest';
import { getShareGapMs } from '../../../../server/src/delivery/scheduling/share-gap.ts';

it.each([
  [128, 10],
  [64, 20],
  [32, 40],
  [16, 80],
  [8, 80],
  [0, 80],
])('a process that owns %i partitions gathers for %i ms', (owned, gapMs) => {
  expect(getShareGapMs(owned)).toBe(gapMs);
});
