import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import type { EventFeed, FeedFilter, FeedItem } from '../../server/src/domain/ports/event-feed.ts';
import type { EventStore } from '../../server/src/domain/ports/event-store.ts';
import { anEvent } from '../support/builders.ts';

export interface FeedHarness extends AsyncDisposable {
  readonly feed: EventFeed;
  readonly events: EventStore;
}

const everything: FeedFilter = { types: undefined };
const rejected = { code: 'INVALID_INPUT' };

function createReader({ feed, events, [Symbol.asyncDispose]: dispose }: FeedHarness) {
  return {
    feed,
    /** Reads until there are `count` events. Without events, until the first item. */
    read: async (after: string | undefined, count: number, filter = everything): Promise<FeedItem[]> => {
      const items: FeedItem[] = [];
      const stop = new AbortController();
      for await (const item of feed.read({ filter, after, idleMs: 50 }, stop.signal)) {
        items.push(item);
        if (items.filter(({ event }) => event !== undefined).length >= count) break;
      }
      return items;
    },
    insert: async (count: number, change: Partial<AcceptedEvent> = {}) => {
      const all = Array.from({ length: count }, () => anEvent(change));
      if (count > 0) await events.insertMany(all);
      return all.map(({ id }) => id);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

const idsOf = (items: readonly FeedItem[]) => items.flatMap(({ event }) => event?.id ?? []);

/** The promises of the feed to its readers. */
export function eventFeedContract(name: string, open: () => FeedHarness | Promise<FeedHarness>): void {
  describe(`${name}: the event feed`, () => {
    it.each([1, 2, 99, 100, 101, 250])('yields all of %i missed events, in order', async (count) => {
      await using h = createReader(await open());
      const [start] = await h.read(undefined, 0);
      const ids = await h.insert(count);
      const items = await h.read(start?.cursor, count);
      expect(idsOf(items)).toEqual(ids);
      const cursors = items.map(({ cursor }) => cursor);
      // Text order is the order of the stream, so no item is taken for an old one.
      expect(cursors).toEqual([...new Set(cursors)].toSorted());
      expect(cursors.every((cursor) => cursor > (start?.cursor ?? ''))).toBe(true);
    });

    it('resumes after any item, whether or not it had an event', async () => {
      await using h = createReader(await open());
      const [start] = await h.read(undefined, 0);
      const ids = await h.insert(3);
      const others = await h.insert(2, { accountId: 'acc_other' });
      const all = await h.read(start?.cursor, 5);
      for (const [index, id] of ids.entries()) {
        const { cursor } = all.find(({ event }) => event?.id === id) ?? { cursor: '' };
        expect(idsOf(await h.read(cursor, 4 - index))).toEqual([...ids, ...others].slice(index + 1));
      }
      const idle = await h.read(all.at(-1)?.cursor, 0);
      const [late] = await h.insert(1);
      expect(idsOf(await h.read(idle[0]?.cursor, 1))).toEqual([late]);
    });

    it('yields only the events of an account, an app and types, with what subscribers see', async () => {
      await using h = createReader(await open());
      const [start] = await h.read(undefined, 0);
      await h.insert(1);
      const wanted = { accountId: 'acc_1', appId: 'app_1', type: 'user.ban' } as const;
      await h.insert(1, { ...wanted, type: 'user.login' });
      await h.insert(1, { ...wanted, appId: 'app_2' });
      const [id] = await h.insert(1, wanted);
      const filter = { accountId: 'acc_1', appId: 'app_1', types: ['user.ban'] };
      const patterns = { ...filter, types: ['user.logi', 'user.b.*', 'user.ban', 'invoice.*'] };
      for (const of of [filter, patterns]) {
        const items = await h.read(start?.cursor, 1, of);
        expect(items.at(-1)?.event).toMatchObject({ id, ...wanted, dataText: anEvent().dataText });
      }
      const both = await h.read(start?.cursor, 2, { ...filter, types: ['user.*'] });
      expect(both.flatMap(({ event }) => event?.type ?? [])).toEqual(['user.login', 'user.ban']);
    });

    it('tells the time of a cursor, and rejects one that is none', async () => {
      await using h = createReader(await open());
      const [start] = await h.read(undefined, 0);
      const time = h.feed.findTime(start?.cursor ?? '') ?? 0;
      expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
      for (const wrong of ['', 'nonsense', start?.cursor.toLowerCase(), `${start?.cursor}g`, '82']) {
        expect(h.feed.findTime(wrong ?? '')).toBeUndefined();
      }
      const unreadable = ['nonsense', '', start?.cursor.slice(1), `${start?.cursor}g`];
      for (const wrong of unreadable) await expect(h.read(wrong ?? '', 0)).rejects.toMatchObject(rejected);
    });

    it('yields an event to a reader that waits for it, and ends when the reader does', async () => {
      await using h = createReader(await open());
      const stop = new AbortController();
      const query = { filter: everything, after: undefined, idleMs: 50 };
      const seen: string[] = [];
      let inserted: string[] = [];
      for await (const { event } of h.feed.read(query, stop.signal)) {
        if (event === undefined) inserted = inserted.length > 0 ? inserted : await h.insert(1);
        else {
          seen.push(event.id);
          stop.abort();
        }
      }
      expect(seen).toEqual(inserted);
      for await (const item of h.feed.read(query, stop.signal)) expect(item).toBeUndefined();
    });
  });
}
