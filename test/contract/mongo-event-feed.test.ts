import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { getCollections } from '../../server/src/store/mongo/documents/collections.ts';
import { toEventDoc } from '../../server/src/store/mongo/documents/event.ts';
import { MongoEventFeed } from '../../server/src/store/mongo/events/event-feed.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import type { FeedItem } from '../../server/src/domain/ports/event-feed.ts';
import { anEvent } from '../support/builders.ts';
import { MongoRelay } from '../support/mongo-relay.ts';
import { eventFeedContract, type FeedHarness } from './event-feed-contract.ts';

async function open(): Promise<FeedHarness> {
  const connection = await Connection.open({ uri: inject('mongoUri'), database: `feed_${randomUUID()}` });
  return {
    feed: new MongoEventFeed(connection.feedCollections),
    events: new MongoEventStore(connection.collections),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

eventFeedContract('MongoDB', open);

/** Reads until there are `count` events. Without events, until the first item. */
async function read(feed: MongoEventFeed, after: string | undefined, count: number): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  const stop = new AbortController();
  for await (const item of feed.read({ filter: { types: undefined }, after, idleMs: 50 }, stop.signal)) {
    items.push(item);
    if (items.filter(({ event }) => event !== undefined).length >= count) break;
  }
  return items;
}

const idsOf = (items: readonly FeedItem[]) => items.flatMap(({ event }) => event?.id ?? []);

async function openFeed() {
  const connection = await Connection.open({ uri: inject('mongoUri'), database: `feed_${randomUUID()}` });
  const feed = new MongoEventFeed(connection.feedCollections);
  const { events } = connection.collections;
  return {
    read: async (after: string | undefined, count: number) => await read(feed, after, count),
    insert: async (count: number) => {
      const all = Array.from({ length: count }, () => anEvent());
      await new MongoEventStore(connection.collections).insertMany(all);
      return all.map(({ id }) => id);
    },
    /** As newer releases of MongoDB insert a batch: all events have the same cluster time. */
    insertAtOnce: async (count: number) => {
      const all = Array.from({ length: count }, () => anEvent());
      await connection.client.withSession((session) =>
        session.withTransaction(async () => {
          await events.insertMany(all.map(toEventDoc), { session });
        }),
      );
      return all.map(({ id }) => id);
    },
    events: connection.feedCollections.events,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

it('has an order of the events that were committed at once, and resumes after each of them', async () => {
  await using h = await openFeed();
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
  await using h = await openFeed();
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

it('rejects what only looks like the resume token of an older release', async () => {
  await using h = await openFeed();
  const [start] = await h.read(undefined, 0);
  const begin = `82${start?.cursor.slice(0, 16)}`;
  const tails = ['0', '28E9D', '28E9D2g', '2B042C01002'];
  for (const wrong of ['82', '00', ...tails.map((tail) => begin + tail)]) {
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
  const read = feed.read({ filter: { types: undefined }, after: undefined, idleMs: 50 }, stop.signal);
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
