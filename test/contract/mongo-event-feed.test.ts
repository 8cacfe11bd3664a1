import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { getCollections } from '../../server/src/store/mongo/documents/collections.ts';
import { MongoEventFeed } from '../../server/src/store/mongo/events/event-feed.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
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

it('rejects a cursor whose form is right and whose end mongod cannot parse', async () => {
  await using h = await open();
  const readFirst = async (after: string | undefined) => {
    const stop = new AbortController();
    for await (const { cursor } of h.feed.read(
      { filter: { types: undefined }, after, idleMs: 50 },
      stop.signal,
    )) {
      return cursor;
    }
    throw new Error('the feed ended');
  };
  const begin = (await readFirst(undefined)).slice(0, 18);
  const tails = ['00', '0A', '28E9D2', '2B', '2B43FB19EF26AA52AB', '3CE720BF233E2B54C5', 'FF'];
  for (const wrong of ['82', '00', ...tails.map((tail) => begin + tail)]) {
    await expect(readFirst(wrong)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
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
