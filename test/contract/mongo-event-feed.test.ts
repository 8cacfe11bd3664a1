import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { describe, expect, inject, it } from 'vitest';
import type { FeedFilter, FeedItem } from '../../server/src/domain/ports/event-feed.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { getCollections } from '../../server/src/store/mongo/documents/collections.ts';
import { toEventDoc } from '../../server/src/store/mongo/documents/event.ts';
import { MongoEventFeed } from '../../server/src/store/mongo/events/event-feed.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { anEvent } from '../support/builders.ts';
import { MongoRelay } from '../support/mongo-relay.ts';

const everything: FeedFilter = { types: undefined };

async function open() {
  const connection = await Connection.open({ uri: inject('mongoUri'), database: `feed_${randomUUID()}` });
  const feed = new MongoEventFeed(connection.feedCollections);
  const events = new MongoEventStore(connection.collections);
  /** Reads until there are `count` events. Without events, until the first item. */
  const read = async (after: string | undefined, count: number, filter = everything): Promise<FeedItem[]> => {
    const items: FeedItem[] = [];
    const stop = new AbortController();
    for await (const item of feed.read({ filter, after, idleMs: 50 }, stop.signal)) {
      items.push(item);
      if (items.filter(({ event }) => event !== undefined).length >= count) break;
    }
    return items;
  };
  const insert = async (count: number, change: Parameters<typeof anEvent>[0] = {}) => {
    const all = Array.from({ length: count }, () => anEvent(change));
    if (count > 0) await events.insertMany(all);
    return all.map(({ id }) => id);
  };
  /** As newer releases of MongoDB insert a batch: all events have the same cluster time. */
  const insertAtOnce = async (count: number) => {
    const all = Array.from({ length: count }, () => anEvent());
    await connection.client.withSession((session) =>
      session.withTransaction(async () => {
        await connection.collections.events.insertMany(all.map(toEventDoc), { session });
      }),
    );
    return all.map(({ id }) => id);
  };
  const raw = connection.feedCollections.events;
  return { feed, read, insert, insertAtOnce, events: raw, [Symbol.asyncDispose]: () => connection.close() };
}

const idsOf = (items: readonly FeedItem[]) => items.flatMap(({ event }) => event?.id ?? []);

describe('the event feed', () => {
  it.each([1, 2, 99, 100, 101, 250])('yields all of %i missed events, in order', async (count) => {
    await using h = await open();
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
    await using h = await open();
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

  it('has an order of the events that were committed at once, and resumes after each of them', async () => {
    await using h = await open();
    await h.insert(1);
    const [start] = await h.read(undefined, 0);
    const ids = await h.insertAtOnce(300);
    const items = (await h.read(start?.cursor, 300)).filter(({ event }) => event !== undefined);
    expect(idsOf(items)).toEqual(ids);
    const cursors = items.map(({ cursor }) => cursor);
    expect(new Set(cursors.map((cursor) => cursor.slice(0, 16))).size).toBe(1);
    expect(cursors).toEqual([...new Set(cursors)].toSorted());
    for (const index of [0, 1, 126, 127, 128, 255, 298]) {
      expect(idsOf(await h.read(cursors[index], 299 - index))).toEqual(ids.slice(index + 1));
    }
  });

  it('resumes after cursors of older releases, which are resume tokens', async () => {
    await using h = await open();
    await h.insert(1);
    const stream = h.events.watch();
    await stream.tryNext();
    const ids = [...(await h.insert(3)), ...(await h.insertAtOnce(3))];
    const tokens: string[] = [];
    while (tokens.length < ids.length) {
      tokens.push(String(((await stream.next())._id as { readonly _data: unknown })._data));
    }
    await stream.close();
    for (const [index, token] of tokens.entries()) {
      expect(idsOf(await h.read(token, ids.length - index - 1))).toEqual(ids.slice(index + 1));
    }
  });

  it('yields only the events of an account, an app and types, with what subscribers see', async () => {
    await using h = await open();
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
    await using h = await open();
    const [start] = await h.read(undefined, 0);
    const time = h.feed.findTime(start?.cursor ?? '') ?? 0;
    expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
    for (const wrong of ['', 'nonsense', start?.cursor.toLowerCase(), `${start?.cursor}g`, '82']) {
      expect(h.feed.findTime(wrong ?? '')).toBeUndefined();
    }
    // The begin of a resume token, which is a cursor as well.
    const begin = `82${start?.cursor.slice(0, 16)}`;
    const tails = ['0', '28E9D', '28E9D2g', '2B042C01002'];
    for (const wrong of ['nonsense', '82', '00', ...tails.map((tail) => begin + tail)]) {
      await expect(h.read(wrong, 0)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
  });

  it('leaves no cursor in the database when it ends while it waits for events', async () => {
    await using relay = await MongoRelay.start(inject('mongoUri'));
    await using client = new MongoClient(relay.uri, { monitorCommands: true });
    await using direct = await MongoClient.connect(inject('mongoUri'));
    const succeeded: string[] = [];
    client.on('commandSucceeded', ({ commandName }) => succeeded.push(commandName));
    const db = client.db(`feed_${randomUUID()}`);
    const feed = new MongoEventFeed(getCollections(db));
    const stop = new AbortController();
    const read = feed.read({ filter: everything, after: undefined, idleMs: 50 }, stop.signal);
    await read.next();
    const next = read.next();
    // The cursor is closed over a second connection, which is ready after the read has returned.
    relay.holdNew();
    stop.abort();
    await expect.poll(() => succeeded).toContain('getMore');
    relay.release();
    await next;
    await read.return(undefined);
    const operations = direct
      .db('admin')
      .aggregate([
        { $currentOp: { idleCursors: true, localOps: true } },
        { $match: { ns: `${db.databaseName}.events`, 'cursor.cursorId': { $exists: true } } },
      ]);
    expect(await operations.toArray()).toEqual([]);
  });
});
