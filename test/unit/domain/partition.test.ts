import { expect, it } from 'vitest';
import { partitionCount, toPartition } from '../../../server/src/domain/partition.ts';
import { createIds } from '../../../server/src/services/common/ids.ts';

it('is the published hash of the id, so that all releases and processes agree', () => {
  // FNV-1a, 32 bit: '' 811c9dc5, 'a' e40c292c, 'foobar' bf9cf968.
  expect(['', 'a', 'foobar'].map(toPartition)).toEqual(
    [0x811c9dc5, 0xe40c292c, 0xbf9cf968].map((hash) => hash % 128),
  );
  expect(toPartition('wh_000000000001')).toBe(toPartition('wh_000000000001'));
});

it('spreads webhooks evenly over all partitions', () => {
  const ids = createIds();
  const counts = Array.from({ length: partitionCount }, () => 0);
  const perPartition = 200;
  for (let index = 0; index < partitionCount * perPartition; index++) {
    const partition = toPartition(ids.webhook());
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  expect(counts).toHaveLength(partitionCount);
  // Six standard deviations of a fair draw are 85.
  expect(Math.min(...counts)).toBeGreaterThan(perPartition - 85);
  expect(Math.max(...counts)).toBeLessThan(perPartition + 85);
});
