import { describe, expect, it } from 'vitest';
import { isConcerned } from '../../../admin/src/lib/change-notices.ts';
import { TaggedFetch } from '../../../admin/src/lib/tagged-fetch.ts';

describe('a notice of a change', () => {
  it.each([
    ['deliveries.list', 'activity', true],
    ['deliveries.list', 'keys', false],
    ['webhooks.get', 'activity', true],
    ['webhooks.preview', 'activity', false],
    ['events.types', 'activity', false],
    ['auditLog.list', 'audit', true],
    ['other.list', 'keys', true],
  ])('for %s of the kind %s: %s', (path, kind, expected) => {
    expect(isConcerned({ queryKey: [path.split('.'), { type: 'query' }] }, new Set([kind]))).toBe(expected);
  });

  it('loads a list of any length again when it changes, and not for each delivery', () => {
    const long = { queryKey: [['webhooks', 'summaries'], { type: 'infinite' }] };
    expect(isConcerned(long, new Set(['webhooks', 'activity']))).toBe(true);
    expect(isConcerned(long, new Set(['activity']))).toBe(false);
  });

  it('does not concern the session', () => {
    expect(isConcerned({ queryKey: ['session'] }, new Set(['activity']))).toBe(false);
  });
});

describe('a fetch with entity tags', () => {
  it('reuses the body of an unchanged response until another caller signs in', async () => {
    const asked: (string | null)[] = [];
    const tagged = new TaggedFetch(async (_url, init) => {
      const tag = new Headers(init?.headers).get('if-none-match');
      asked.push(tag);
      const isCurrent = tag === 'W/"1"';
      return await Promise.resolve(
        new Response(isCurrent ? null : '[1]', { status: isCurrent ? 304 : 200, headers: { etag: 'W/"1"' } }),
      );
    });
    for (let call = 0; call < 2; call++) {
      const response = await tagged.fetch('/trpc/a');
      expect([response.status, await response.json()]).toEqual([200, [1]]);
    }
    await tagged.fetch('/trpc/b');
    await tagged.fetch('/trpc/a', { method: 'POST' });
    tagged.clear();
    await tagged.fetch('/trpc/a');
    expect(asked).toEqual([null, 'W/"1"', null, null, null]);
  });
});
