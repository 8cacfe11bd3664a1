import { expect, it } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import type { ConfigChange } from '../../../../server/src/domain/ports/notifications.ts';
import { LiveFeed } from '../../../../server/src/services/events/live/live-feed.ts';
import { FeedTail, type TailQuery } from '../../../../server/src/services/feed/feed-tail.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';
import { FakeFeed, toTestCursor } from '../../../support/fake-feed.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const never = new AbortController().signal;

function createTail() {
  const feed = new FakeFeed();
  const live = new LiveFeed({ feed, clock: new FakeClock(), log: silent, onSlowReader: () => {} });
  let taken = 0;
  const places = {
    get taken() {
      return taken;
    },
    take() {
      taken++;
      return () => void taken--;
    },
  };
  const tail = new FeedTail({ live, places });
  const read = async (query: Partial<TailQuery>, actor: Actor = rootActor) => {
    const limits = { events: 2, bytes: 10_000 };
    const defaults = { filter: { types: undefined }, after: undefined, waitMs: 0, limits, items: [] };
    return await tail.read(actor, { ...defaults, ...query }, never);
  };
  return { feed, tail, places, read, [Symbol.asyncDispose]: () => live[Symbol.asyncDispose]() };
}

it('says that more follows as long as the end is not reached, page after page', async () => {
  await using h = createTail();
  // A reader that catches up buffers 256 events, so the first page takes all of its buffer.
  const ids = Array.from({ length: 600 }, () => h.feed.publish());
  const limits = { events: 256, bytes: 100_000 };
  const read: string[] = [];
  let pages = 0;
  for (let after = toTestCursor(0), hasMore = true; hasMore; pages++) {
    const page = await h.read({ after, limits });
    expect(page.items.length).toBeLessThanOrEqual(256);
    read.push(...page.items.map(({ event }) => event.id));
    ({ position: after, hasMore } = page);
  }
  expect(read).toEqual(ids);
  expect(pages).toBeLessThan(6);
});

it('waits for an event, holds a place while it does, and returns at once if the page has some', async () => {
  await using h = createTail();
  const start = await h.read({});
  expect(start).toMatchObject({ items: [], hasMore: false });
  const waiting = h.read({ after: start.position, waitMs: 10_000 });
  await expect.poll(() => h.places.taken).toBe(1);
  const id = h.feed.publish();
  expect((await waiting).items.map(({ event }) => event.id)).toEqual([id]);
  expect(h.places.taken).toBe(0);
  const { items } = await waiting;
  expect(await h.read({ after: toTestCursor(1), waitMs: 10_000, items })).toMatchObject({ items });
});

it('ends a wait when the access of its caller may have changed', async () => {
  await using h = createTail();
  const waiting = h.read({ filter: { appId: 'app_a', types: undefined }, waitMs: 10_000 });
  await expect.poll(() => h.places.taken).toBe(1);
  h.tail.onConfigChange({ collection: 'apps', id: 'app_b', appId: 'app_b' });
  expect(h.places.taken).toBe(1);
  h.tail.onConfigChange({ collection: 'apps', id: 'app_a', appId: 'app_a' });
  expect((await waiting).items).toEqual([]);
});

it.each<[string, ConfigChange | undefined, number]>([
  ['its key', { collection: 'keys', id: 'key_0000000000000001', appId: undefined }, 0],
  ['another key', { collection: 'keys', id: 'key_another', appId: undefined }, 1],
  ['a webhook', { collection: 'webhooks', id: 'key_0000000000000001', appId: 'app_a' }, 1],
  ['anything', undefined, 0],
])('a change of %s ends or leaves the wait of a key: %o', async (_, change, left) => {
  await using h = createTail();
  const waiting = h.read({ filter: { appId: 'app_a', types: undefined }, waitMs: 10_000 }, keyActor());
  await expect.poll(() => h.places.taken).toBe(1);
  h.tail.onConfigChange(change);
  await new Promise((resolve) => setImmediate(resolve));
  expect(h.places.taken).toBe(left);
  h.tail.onConfigChange(undefined);
  expect((await waiting).items).toEqual([]);
});
