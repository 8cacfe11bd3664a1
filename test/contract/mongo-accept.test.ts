import { setTimeout as wait } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import { EventIngester } from '../../server/src/services/events/ingest.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import type { DeliveryDoc } from '../../server/src/store/mongo/documents/delivery.ts';
import { withUnavailableErrors } from '../../server/src/store/mongo/driver/unavailable.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { anEvent } from '../support/builders.ts';
import { useTestMongod } from '../support/fixtures.ts';

/** A separate mongod, because fail points and a stop affect all of its clients. */
const mongod = useTestMongod();

let connection: Connection;
let store: MongoEventStore;
let ingester: EventIngester;

beforeAll(async () => {
  connection = await Connection.open({ uri: mongod.uri, database: 'accept' });
  await connection.prepare();
  store = withUnavailableErrors(new MongoEventStore(connection.collections));
  ingester = createIngester(store);
});

afterAll(async () => {
  await connection[Symbol.asyncDispose]();
});

/** An ingester whose events wait in the outbox. */
function createIngester(events: MongoEventStore): EventIngester {
  const ignore = () => {};
  return new EventIngester({
    events,
    owners: { ownerCount: 1, findOwner: () => undefined },
    eagerDispatch: {
      reserve: () => false,
      commit: ignore,
      cancel: ignore,
    },
    meter: { countAccepted: ignore, countRefused: ignore, observeBatch: ignore },
    activity: { recordAccepted: ignore },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
}

const soon = (ms: number) => performance.now() + ms;
const mayBeStored = { code: 'UNAVAILABLE', message: expect.stringContaining('may be stored') as unknown };

/** Ids of an app of its own, for each test. */
const anAppId = () => `app_${randomUUID()}`;
const countOf = (appId: string) => connection.collections.events.countDocuments({ appId });

/** Runs a call and returns the commands on events that mongod ran in the meantime. */
async function profile(call: () => Promise<unknown>) {
  const { db } = connection;
  await db.dropCollection('system.profile').catch(() => undefined);
  await db.setProfilingLevel('all');
  await call();
  await db.setProfilingLevel('off');
  return await db
    .collection('system.profile')
    .find({ ns: `${db.databaseName}.events`, op: { $in: ['insert', 'query'] } })
    .sort({ ts: 1 })
    .toArray();
}

describe('events of an allowed size', () => {
  it('are all accepted, however many arrive at once', async () => {
    const dataText = JSON.stringify({ note: 'x'.repeat(190_000) });
    const appId = anAppId();
    const events = Array.from({ length: 100 }, () => anEvent({ appId, dataText }));
    const stored = await Promise.all(events.map((event) => ingester.accept(event)));
    expect(stored).toEqual(events);
    expect(await countOf(appId)).toBe(100);
  });

  it('are accepted beside one that no document can hold, which gets its own error', async () => {
    const targets = Array.from({ length: 600_000 }, (_, index) => `wh_${index.toString().padStart(20, '0')}`);
    const appId = anAppId();
    const [wide, other] = [anEvent({ appId, targets }), anEvent({ appId })];
    const results = await Promise.allSettled([wide, other].map((event) => ingester.accept(event)));
    expect(results).toMatchObject([
      {
        reason: {
          code: 'PAYLOAD_TOO_LARGE',
          message: 'the event is too large for one document of the database: it has 600000 targets',
        },
      },
      { value: other },
    ]);
    expect(await connection.collections.events.distinct('_id', { appId })).toEqual([other.id]);
  });

  it('are accepted beside one that mongod rejects', async () => {
    await connection.db.command({ collMod: 'events', validator: { type: { $ne: 'user.ban' } } });
    const appId = anAppId();
    const bad = anEvent({ appId, type: 'user.ban' });
    const events = [anEvent({ appId }), bad, anEvent({ appId }), anEvent({ appId })];
    const results = await Promise.allSettled(events.map((event) => ingester.accept(event)));
    expect(results).toMatchObject([
      { value: events[0] },
      { reason: { code: 'INTERNAL' } },
      { value: events[2] },
      { value: events[3] },
    ]);
    expect(await countOf(appId)).toBe(3);
  });
});

describe('an insert that meets duplicates', () => {
  it('finds all of them at once, and inserts the rest in one more command', async () => {
    const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
    const appId = anAppId();
    const toEvents = () => keys.map((key) => anEvent({ appId, idempotencyKey: key }));
    const first = toEvents().filter((_, index) => index % 2 === 0);
    await store.insertMany(first);
    const commands = await profile(async () => {
      const { batches, duplicates } = await store.insertMany(toEvents());
      expect(batches.flatMap((batch) => batch.events)).toHaveLength(30);
      expect(duplicates.size).toBe(30);
    });
    expect(commands.map(({ op }) => op as unknown)).toEqual(['insert', 'query', 'query', 'insert']);
    const [, read] = commands;
    expect(read).toMatchObject({ command: { readConcern: { level: 'majority' } } });
    // Each of the stored events, by its key.
    expect(read).toMatchObject({ nreturned: 30 });
    expect(read?.['docsExamined']).toBeLessThanOrEqual(60);
  });
});

describe('events of several senders', () => {
  const toSender = ({ targets: [webhookId] }: AcceptedEvent) => webhookId;
  const to = (webhookId: string, fields: Partial<AcceptedEvent> = {}) =>
    anEvent({ appId: anAppId(), targets: [webhookId], ...fields });

  it('get an entry for each sender in one insert', async () => {
    const [a, b, c, d] = [to('wh_1'), to('wh_2'), to('wh_1'), to('wh_2')];
    const commands = await profile(async () => {
      const { batches } = await store.insertMany([a, b, c, d], { findSender: toSender });
      expect(batches).toEqual([
        { id: a.id, events: [a, c] },
        { id: b.id, events: [b, d] },
      ]);
    });
    expect(commands).toHaveLength(1);
    const docs = await connection.collections.events
      .find({ _id: { $in: [a, b, c, d].map(({ id }) => id) } })
      .project({ batch: 1, open: 1, entry: 1 })
      .toArray();
    expect(new Map(docs.map(({ _id, ...fields }) => [_id as string, fields]))).toEqual(
      new Map<string, unknown>([
        [a.id, { batch: [a.id, c.id], open: [toPartition('wh_1')] }],
        [b.id, { batch: [b.id, d.id], open: [toPartition('wh_2')] }],
        [c.id, { entry: a.id }],
        [d.id, { entry: b.id }],
      ]),
    );
  });
});

describe('a repeat of a stored event', () => {
  const acceptedAt = Date.parse('2026-01-01T12:00:00.000Z');
  const targets = ['wh_000000000001', 'wh_000000000002', 'wh_000000000003'];
  const [first = 0, second = 0, third = 0] = targets.map(toPartition);
  const events = () => connection.collections.events;

  /** Stores an entry of two events, and returns the second, which the first one carries. */
  async function storeMember() {
    const appId = anAppId();
    const make = () => anEvent({ appId, acceptedAt, targets, idempotencyKey: 'k' });
    const [carrier, member] = [anEvent({ appId, acceptedAt, targets }), make()];
    await store.insertMany([carrier, member]);
    const repeat = async (change: Partial<AcceptedEvent> = {}) => {
      const { duplicates } = await store.insertMany([{ ...make(), ...change }]);
      expect([...duplicates.values()]).toEqual([member]);
    };
    const document = async (index: number) => {
      // `as`: the check reads only ids.
      const doc = { _id: toDeliveryId(member.id, index), appId } as DeliveryDoc;
      await connection.collections.deliveries.insertOne(doc, { writeConcern: { w: 'majority' } });
    };
    return { carrier, member, repeat, document };
  }

  it('changes nothing while its entry owes its deliveries, or they have documents', async () => {
    const { carrier, member, repeat, document } = await storeMember();
    await repeat();
    await events().updateOne({ _id: carrier.id }, { $set: { open: [second, third] } });
    await document(0);
    await repeat();
    expect(await events().findOne({ _id: member.id })).not.toHaveProperty('open');
    expect(await events().findOne({ _id: carrier.id })).toMatchObject({ open: [second, third] });
  });

  it('gets an entry of its own for what nothing owes', async () => {
    const { carrier, member, repeat, document } = await storeMember();
    await events().updateOne({ _id: carrier.id }, { $set: { open: [third] } });
    await document(0);
    await Promise.all([repeat(), repeat()]);
    const own = { accountId: member.accountId, appId: member.appId, count: 1 };
    const doc = await events().findOne({ _id: member.id });
    expect(doc).toMatchObject({ open: [second], owners: [own] });
    expect(doc).not.toHaveProperty('entry');
    // It keeps what it owes in the meantime.
    await events().updateOne({ _id: member.id }, { $set: { open: [first] } });
    await repeat();
    expect(new Set((await events().findOne({ _id: member.id }))?.open)).toEqual(
      new Set([first, second, third]),
    );
  });

  it('changes nothing an hour later, when retention may have removed its deliveries', async () => {
    const { carrier, member, repeat } = await storeMember();
    await events().updateOne({ _id: carrier.id }, { $unset: { open: '' } });
    const later = acceptedAt + 60 * 60_000;
    await repeat({ acceptedAt: later, timestamp: new Date(later).toISOString() });
    expect(await events().findOne({ _id: member.id })).not.toHaveProperty('open');
    await repeat({ acceptedAt: later - 1, timestamp: new Date(later - 1).toISOString() });
    expect(await events().findOne({ _id: member.id })).toHaveProperty('open');
  });
});

describe('before a majority has an event', () => {
  const setSnapshots = async (mode: 'alwaysOn' | 'off') => {
    await connection.db.admin().command({ configureFailPoint: 'disableSnapshotting', mode });
  };

  it('neither the event nor a repeat with its key is accepted', async () => {
    const appId = anAppId();
    const make = () => anEvent({ appId, idempotencyKey: 'k' });
    const first = make();
    await setSnapshots('alwaysOn');
    try {
      await expect(store.insertMany([first], { deadline: soon(1_000) })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
      });
      expect(await countOf(appId)).toBe(1);
      await expect(ingester.accept(make(), soon(1_200))).rejects.toMatchObject(mayBeStored);
    } finally {
      await setSnapshots('off');
    }
    expect(await ingester.accept(make())).toEqual(first);
  });
});

describe('the time of a publisher', () => {
  afterEach(() => void process.kill(mongod.mongod.pid, 'SIGCONT'));

  /** A signal takes effect a moment after it was sent. */
  const untilSilent = async () => {
    const ping = async () => void (await connection.db.command({ ping: 1 }));
    await expect.poll(async () => await Promise.race([ping(), wait(200, 'silent')])).toBe('silent');
  };

  it('is the time limit of its insert', async () => {
    const [command] = await profile(() => ingester.accept(anEvent(), soon(3_000)));
    const limit: unknown = command?.['command'];
    expect(limit).toMatchObject({ maxTimeMS: expect.any(Number) as unknown });
    const { maxTimeMS } = limit as { maxTimeMS: number };
    expect(maxTimeMS).toBeGreaterThan(0);
    expect(maxTimeMS).toBeLessThanOrEqual(3_000);
  });

  it('ends while mongod hangs', async () => {
    const events: AcceptedEvent[] = [anEvent(), anEvent({ targets: [] })];
    process.kill(mongod.mongod.pid, 'SIGSTOP');
    await untilSilent();
    const deadline = soon(1_100);
    for (const result of await Promise.allSettled(events.map((event) => ingester.accept(event, deadline)))) {
      expect(result).toMatchObject({ reason: mayBeStored });
    }
    process.kill(mongod.mongod.pid, 'SIGCONT');
    expect((await ingester.accept(anEvent())).id).toMatch(/^evt_/);
  });
});
