import type { ChangeStreamInsertDocument, Document } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { apiError } from '../../server/src/domain/errors.ts';
import {
  clusterTimeFromPosition,
  originPosition,
  positionAfterTime,
} from '../../server/src/domain/feed-position.ts';
import type { FeedFilter } from '../../server/src/domain/ports/event-feed.ts';
import type { FeedEntry, FeedSource } from '../../server/src/domain/ports/feed-log.ts';
import { FeedHistory } from '../../server/src/services/feed/feed-history.ts';
import { FeedLogWriter } from '../../server/src/services/feed/feed-log-writer.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoFeedLog } from '../../server/src/store/mongo/feed/feed-log.ts';
import { MongoFeedSource } from '../../server/src/store/mongo/feed/feed-source.ts';
import { anEvent } from '../support/builders.ts';
import { clearDatabase } from '../support/clear-database.ts';
import { useDatabase } from '../support/fixtures.ts';

const connection = useDatabase('feed_writer');
const clock = { now: () => Date.now() };
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const minute = 60_000;
const wait = { timeout: 10_000, interval: 20 };
const ours: FeedFilter = { accountId: 'acc_a', appId: 'app_test', types: undefined };
const everything: FeedFilter = { types: undefined };

let feedLog: MongoFeedLog;
let source: FeedSource;
let events: MongoEventStore;

beforeEach(async () => {
  await clearDatabase(connection);
  feedLog = new MongoFeedLog(connection.collections);
  source = new MongoFeedSource(connection.feedCollections);
  events = new MongoEventStore(connection.collections);
});

/** Inserts an event whose id was made some time ago. */
async function insert(agoMs = 0, change: Parameters<typeof anEvent>[0] = {}): Promise<string> {
  const event = anEvent({ acceptedAt: Date.now() - agoMs, targets: [], ...change });
  await events.insertMany([event]);
  return event.id;
}

async function startWriter(from: FeedSource = source, keepMs = 30 * 24 * 60 * minute) {
  const writer = new FeedLogWriter(
    { feedLog, source: from, clock, log: silent },
    { keepMs, lookEveryMs: 20, leaseMs: 3_000, flushMs: 0 },
  );
  await feedLog.use(Date.now());
  writer.start();
  return { stop: () => writer.stop(), [Symbol.asyncDispose]: () => writer.stop() };
}

const readIds = async (filter: FeedFilter, after = originPosition, limit = 7) =>
  (await readAll(filter, after, limit)).map(({ event }) => event.id);

/** Reads the log from a position, page by page. */
async function readAll(filter: FeedFilter, after: string, limit: number) {
  const history = new FeedHistory({ feedLog });
  const state = await history.refresh();
  if (state === undefined) throw new Error('the log has not begun');
  const items = [];
  for (let position = history.toCovered(state, after); ;) {
    const page = await history.readPage(state, filter, position, { events: limit, bytes: 1_000 });
    items.push(...page.items);
    ({ position } = page);
    if (page.isAtEnd) return items;
  }
}

/** Waits until the log has an event. */
const untilRecorded = async (id: string) =>
  await expect.poll(() => readIds(everything).catch(() => []), wait).toContain(id);

describe('the writer of the feed log', () => {
  it('starts while events are inserted out of the order of their ids, and loses and repeats none', async () => {
    await using commits = connection.collections.events.watch<Document, ChangeStreamInsertDocument>();
    await commits.tryNext();
    const ids: string[] = [];
    // Ids of up to 8 minutes ago: below and above the first id that is written as a slice.
    const insertMany = async (count: number) => {
      for (let n = 0; n < count; n++) ids.push(await insert(Math.floor(Math.random() * 4 * minute)));
    };
    for (let n = 0; n < 20; n++) ids.push(await insert(5 * minute + n * 10_000));
    const inserted = Promise.all([insertMany(60), insertMany(60), insertMany(60)]);
    await using _writer = await startWriter();
    await inserted;
    const last = await insert();
    ids.push(last);
    await untilRecorded(last);
    const read = await readAll(ours, originPosition, 7);
    const positions = read.map(({ cursor }) => cursor);
    expect(positions).toEqual([...positions].toSorted());
    const readIdsInOrder = read.map(({ event }) => event.id);
    expect([...readIdsInOrder].toSorted()).toEqual([...ids].toSorted());
    // What was committed after the start has the order of the commits.
    const after = new Set(
      read.filter(({ cursor }) => !cursor.startsWith('0000')).map(({ event }) => event.id),
    );
    const order: string[] = [];
    while (order.length < ids.length) order.push(String((await commits.next()).documentKey._id));
    expect(after.size).toBeGreaterThan(0);
    expect(readIdsInOrder.filter((id) => after.has(id))).toEqual(order.filter((id) => after.has(id)));
  });

  it('merges the apps of an account, and of all accounts, before and after the start', async () => {
    const apps = [
      { appId: 'app_test', accountId: 'acc_a' },
      { appId: 'app_other', accountId: 'acc_a' },
      { appId: 'app_foreign', accountId: 'acc_b' },
    ];
    const made: { id: string; accountId: string }[] = [];
    const insertOfEach = async (agoMs: number) => {
      for (const app of apps) made.push({ id: await insert(agoMs, app), accountId: app.accountId });
    };
    await insertOfEach(20 * minute);
    await insertOfEach(10 * minute);
    await insertOfEach(minute);
    await using _writer = await startWriter();
    await untilRecorded(made[0]?.id ?? '');
    for (let n = 0; n < 5; n++) await insertOfEach(0);
    await untilRecorded(made.at(-1)?.id ?? '');
    const ids = made.map(({ id }) => id);
    expect(await readIds(everything, originPosition, 2)).toEqual(ids);
    const ofAccount = made.filter(({ accountId }) => accountId === 'acc_a').map(({ id }) => id);
    expect(await readIds({ accountId: 'acc_a', types: undefined }, originPosition, 2)).toEqual(ofAccount);
  });

  it('places what the oplog no longer has, once each, between what it has', async () => {
    const before = [await insert(10 * minute), await insert(), await insert()];
    const first = await startWriter();
    await untilRecorded(before[2] ?? '');
    const recorded = await insert();
    await untilRecorded(recorded);
    await first.stop();
    const { completeTo = '' } = (await feedLog.find()) ?? {};
    // Committed while nothing writes, with ids before and after those in the log.
    const missed = [await insert(minute), await insert(2 * minute), await insert(), await insert()];
    let tries = 0;
    const shortOplog: FeedSource = {
      tail(after, signal) {
        if (tries++ === 0) throw apiError('INVALID_INPUT', 'too old');
        return source.tail(after, signal);
      },
    };
    await using _second = await startWriter(shortOplog);
    await expect.poll(() => readIds(ours), wait).toContain(missed[3]);
    const late = await insert();
    await untilRecorded(late);
    expect(await readIds(ours)).toEqual([...before, recorded, ...[...missed].toSorted(), late]);
    expect(await readIds(ours, completeTo)).toEqual([...[...missed].toSorted(), late]);
    // A cursor of the live stream, from when nothing wrote the log: repeats some, and misses none.
    const from = (await feedLog.find())?.eras.at(-1)?.from ?? '';
    const live = `${from.slice(0, 16)}0001`;
    expect(await readIds(ours, live)).toEqual(expect.arrayContaining([...missed, late]));
  });

  it('ignores what a process wrote that lost the log', async () => {
    const one = await insert();
    const first = await startWriter();
    await untilRecorded(one);
    await first.stop();
    const state = await feedLog.find();
    const era = state?.eras.at(-1)?.era ?? 0;
    // Behind the end of the log, where the next process continues.
    const { seconds, increment } = clusterTimeFromPosition(state?.completeTo ?? '');
    const end = positionAfterTime({ seconds, increment: increment + 1 });
    const toEntry = (id: string): FeedEntry => {
      return { id, appId: 'app_test', accountId: 'acc_a', type: 'user.login', position: end };
    };
    const two = await insert();
    // A process died between writing slices and completing them, and a suspended one wakes up later.
    await feedLog.append([toEntry(two)], { era, end });
    await using _second = await startWriter();
    await untilRecorded(two);
    await feedLog.append([{ ...toEntry(one), appId: 'app_late' }], { era, end });
    await feedLog.append([toEntry(one)], { era, end });
    const three = await insert();
    await untilRecorded(three);
    expect(await readIds(ours)).toEqual([one, two, three]);
    expect(await readIds(everything)).toEqual([one, two, three]);
  });

  it('ends the log when nothing used it for as long as events are kept, and starts it again', async () => {
    const one = await insert();
    const writer = await startWriter(source, 60_000);
    await untilRecorded(one);
    await writer.stop();
    await connection.collections.feedLog.updateOne({ _id: 'log' }, { $set: { usedAt: new Date(0) } });
    const unused = new FeedLogWriter(
      { feedLog, source, clock, log: silent },
      { keepMs: 60_000, lookEveryMs: 20 },
    );
    unused.start();
    await expect.poll(() => feedLog.isWanted(), wait).toBe(false);
    await unused.stop();
    expect(await feedLog.find()).toBeUndefined();
    const two = await insert();
    await using _again = await startWriter();
    await expect.poll(() => feedLog.find(), wait).toBeDefined();
    expect(await readIds(ours)).toEqual([one, two]);
  });
});
