import { LRUCache } from 'lru-cache';
import { describe, expect, test } from 'vitest';
import { atMost } from '../../../server/src/domain/cache-bounds.ts';

describe('a bounded cache', () => {
  test('keeps the entries that were used last', () => {
    const cache = new LRUCache<string, number>(atMost(3));
    for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index);
    cache.get('a');
    cache.set('c', 7);
    cache.set('d', 8);
    expect([...cache.keys()].sort()).toEqual(['a', 'c', 'd']);
  });

  test('never has more entries, also when they expire or are replaced and deleted', () => {
    let now = 0;
    const cache = new LRUCache<string, number>({ ...atMost(50), ttl: 10, perf: { now: () => (now += 1) } });
    for (let index = 0; index < 1_000; index++) {
      cache.set(`key-${index % 80}`, index);
      if (index % 7 === 0) cache.delete(`key-${index % 60}`);
      expect(cache.size).toBeLessThanOrEqual(50);
    }
    cache.clear();
    for (let index = 0; index < 60; index++) cache.set(`key-${index}`, index);
    expect(cache.size).toBe(50);
  });
});
