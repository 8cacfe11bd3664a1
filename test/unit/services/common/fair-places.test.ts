import { expect, it } from 'vitest';
import { FairPlaces } from '../../../../server/src/services/common/fair-places.ts';

function places(max: number) {
  const evicted: string[] = [];
  const fair = new FairPlaces(max, (key) => evicted.push(key));
  const fill = (accountId: string, count: number) =>
    Array.from({ length: count }, (_, n) => fair.take(accountId, `${accountId}${n}`)).filter(Boolean).length;
  return { fair, evicted, fill };
}

it('gives all places to one account while no other needs one', () => {
  const { fill, evicted } = places(10);
  expect(fill('a', 12)).toBe(10);
  expect(evicted).toEqual([]);
});

it('takes the oldest places of the account with the most for one that has fewer, until they are equal', () => {
  const { fair, fill, evicted } = places(10);
  fill('a', 10);
  expect(fill('b', 10)).toBe(5);
  expect(evicted).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
  expect(fair.take('a', 'a-more')).toBe(false);
  expect(fill('c', 10)).toBe(3);
  expect(evicted).toHaveLength(8);
});

it('uses a released place again, whoever had it', () => {
  const { fair, fill, evicted } = places(4);
  fill('a', 3);
  fill('b', 1);
  fair.release('a', 'a0');
  fair.release('a', 'a0');
  fair.release('c', 'a1');
  expect(fair.take('b', 'b-more')).toBe(true);
  expect(fair.take('b', 'b-most')).toBe(false);
  expect(evicted).toEqual([]);
});

it('refuses a place to an account beyond the number of places', () => {
  const { fair, fill } = places(3);
  for (const account of ['a', 'b', 'c']) fill(account, 1);
  expect(fair.take('d', 'd0')).toBe(false);
  fair.release('b', 'b0');
  expect(fair.take('d', 'd0')).toBe(true);
});
