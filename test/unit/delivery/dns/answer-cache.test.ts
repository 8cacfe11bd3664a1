import { describe, expect, test } from 'vitest';
import { AnswerCache } from '../../../../server/src/delivery/dns/answer-cache.ts';

const answer = { answer: { code: 'ENOTFOUND' }, askedAt: 0, expiresAt: 1 };

function fill(cache: AnswerCache, accountId: string, count: number): void {
  for (let i = 0; i < count; i++) cache.set(`${accountId}${i}`, accountId, answer);
}

function keptOf(cache: AnswerCache, accountId: string, count: number): number[] {
  return Array.from({ length: count }, (_, i) => i).filter(
    (i) => cache.get(`${accountId}${i}`) !== undefined,
  );
}

describe('the cache of answers', () => {
  test('may be used by one account alone, and drops its oldest answers', () => {
    const cache = new AnswerCache(3);
    fill(cache, 'a', 3);
    cache.set('a1', 'a', { ...answer, expiresAt: 2 });
    expect(keptOf(cache, 'a', 3)).toEqual([0, 1, 2]);
    expect(cache.get('a1')?.expiresAt).toBe(2);
    cache.set('a3', 'a', answer);
    cache.set('a4', 'a', answer);

    expect(keptOf(cache, 'a', 5)).toEqual([1, 3, 4]);
    expect(cache.size).toBe(3);
  });

  test('keeps the answers of an account beside one with very many', () => {
    const cache = new AnswerCache(10);
    fill(cache, 'small', 3);
    fill(cache, 'large', 100);

    expect(keptOf(cache, 'small', 3)).toEqual([0, 1, 2]);
    expect(keptOf(cache, 'large', 100)).toEqual([93, 94, 95, 96, 97, 98, 99]);
  });

  test('is shared equally by accounts that want all of it', () => {
    const cache = new AnswerCache(9);
    for (const accountId of ['a', 'b', 'c']) fill(cache, accountId, 50);
    for (const accountId of ['a', 'b', 'c']) fill(cache, accountId, 50);

    expect(['a', 'b', 'c'].map((accountId) => keptOf(cache, accountId, 50).length)).toEqual([3, 3, 3]);
  });

  test('counts an answer for the account that asked last', () => {
    const cache = new AnswerCache(4);
    fill(cache, 'a', 4);
    for (let i = 0; i < 3; i++) cache.set(`a${i}`, 'b', answer);
    // Now b owns three answers, so that it makes room.
    cache.set('c0', 'c', answer);

    expect(keptOf(cache, 'a', 4)).toEqual([1, 2, 3]);
    expect(cache.size).toBe(4);
  });
});
