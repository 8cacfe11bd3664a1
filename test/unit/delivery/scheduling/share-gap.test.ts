import { expect, it } from 'vitest';
import {
  getNotificationGapMs,
  getResultGapMs,
  getShareGapMs,
} from '../../../../server/src/delivery/scheduling/share-gap.ts';

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

it.each([
  [128, 25],
  [64, 25],
  [32, 40],
  [16, 80],
  [0, 80],
])('a process that owns %i partitions gathers results for %i ms', (owned, gapMs) => {
  expect(getResultGapMs(owned)).toBe(gapMs);
});

it.each([
  [0, 20],
  [1, 20],
  [2, 20],
  [4, 40],
  [8, 80],
  [100, 80],
])('the work of %i owners is notified every %i ms', (owners, gapMs) => {
  expect(getNotificationGapMs(owners)).toBe(gapMs);
});
