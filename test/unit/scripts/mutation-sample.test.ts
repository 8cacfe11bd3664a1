import { expect, it } from 'vitest';
import { drawSample, scoreInterval } from '../../../scripts/mutation-sample.mjs';

const ids = Array.from({ length: 1000 }, (_, index) => String(index));

it('draws the asked number of different ids', () => {
  const sample = drawSample(ids, 200, 1);
  expect(sample.size).toBe(200);
  expect([...sample].every((id) => ids.includes(id))).toBe(true);
});

it('draws all ids if there are fewer than asked for', () => {
  expect([...drawSample(['a', 'b'], 3, 1)].toSorted()).toEqual(['a', 'b']);
});

it('draws the same ids for a seed, in whatever order they come', () => {
  const sample = [...drawSample(ids, 100, 7)].toSorted();
  expect([...drawSample(ids.toReversed(), 100, 7)].toSorted()).toEqual(sample);
  expect([...drawSample(ids, 100, 8)].toSorted()).not.toEqual(sample);
});

it('extends a smaller sample of the seed', () => {
  const larger = drawSample(ids, 200, 1);
  expect([...drawSample(ids, 100, 1)].every((id) => larger.has(id))).toBe(true);
});

it('draws from both halves alike', () => {
  let inFirstHalf = 0;
  for (let seed = 0; seed < 100; seed++)
    for (const id of drawSample(ids, 100, seed)) if (Number(id) < 500) inFirstHalf++;
  // 5000 are expected, with a standard deviation below 50.
  expect(Math.abs(inFirstHalf - 5000)).toBeLessThan(200);
});

it.each([
  [170, 200, 79.4, 89.3],
  [200, 200, 98.1, 100],
  [0, 10, 0, 27.8],
])('gives %i of %i an interval of %f to %f', (detected, tested, low, high) => {
  const interval = scoreInterval(detected, tested);
  expect(interval[0]).toBeCloseTo(low, 1);
  expect(interval[1]).toBeCloseTo(high, 1);
});
