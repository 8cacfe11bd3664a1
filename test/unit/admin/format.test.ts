import { describe, expect, it } from 'vitest';
import { formatDuration } from '../../../admin/src/lib/format.ts';

describe('a duration', () => {
  it.each([
    [0.4, '<1 ms'],
    [250, '250 ms'],
    [1_500, '1.5 s'],
    [90_000, '1 min'],
    [3_600_000, '1 h'],
    [3_900_000, '1 h 5 min'],
    [86_400_000, '1 d'],
    [93_600_000, '1 d 2 h'],
  ])('of %d ms is shown as %s, without a smaller unit of which there is none', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
