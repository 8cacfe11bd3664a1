import { randomBytes } from 'node:crypto';
import type { Document } from 'mongodb';
import { afterEach, describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../../server/src/domain/event.ts';
import { toDeliveryId } from '../../../server/src/domain/ids.ts';
import { partitionCount, toPartition } from '../../../server/src/domain/partition.ts';
import { createIds } from '../../../server/src/services/common/ids.ts';
import { createOldFormSealer } from '../../../server/src/services/webhooks/secret-box.ts';
import { toEventDoc } from '../../../server/src/store/mongo/documents/event.ts';
import { MongoDeliveryQueue } from '../../../server/src/store/mongo/queue/delivery-queue.ts';
import { partitions } from '../../../server/src/store/mongo/schema/migrations/0005-partitions.ts';
import { startTestApp } from '../../support/app.ts';
import { anEvent } from '../../support/builders.ts';
import { clearDatabase } from '../../support/clear-database.ts';
import { useDatabase } from '../../support/fixtures.ts';
import { loginData, subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';

/*
 * Releases before the partitions claimed entries and waiting deliveries: `due` was when one could be claimed, or
 * when its lease ended, and `lease` named the process. `lane` and `gapSince` are of entries only.
 */

/** A document with fields that the types no longer have. */
interface OldDoc extends Document {
  _id: string;
}

const oldLease = '01jv0000000000000000000000.7';
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000);

/** An entry in its old form: the documents of its events. The first one carries it. */
function toOldEntry(events: readonly AcceptedEvent[], fields: Document = {}): OldDoc[] {
  const [first, ...rest] = events.map((event): OldDoc => ({ ...toEventDoc(event) }));
  if (first === undefined) throw new Error('an entry has an event');
  const batch = events.length === 1 ? {} : { batch: events.map(({ id }) => id) };
  return [{ ...first, ...batch, due: inSeconds(0), lane: 3, ...fields }, ...rest];
}

function toOldDelivery(event: AcceptedEvent, index: number, fields: Document): OldDoc {
  const at = new Date(event.acceptedAt);
  return {
    _id: toDeliveryId(event.id, index),
    eventId: event.id,
    appId: event.appId,
    accountId: event.accountId,
    webhookId: event.targets[index],
    type: event.type,
    attempts: [{ at, ms: 1, status: 500 }],
    attemptCount: 1,
    at,
    ...fields,
  };
}

const [first, second] = ['wh_000000000001', 'wh_000000000002'];
const all = Array.from({ length: partitionCount }, (_, partition) => partition);

describe('the conversion of the old form', () => {
  const connection = useDatabase('old_form');

  afterEach(async () => {
    await clearDatabase(connection);
  });

  const insert = async (name: 'events' | 'deliveries', docs: readonly OldDoc[]) => {
    await connection.db.collection<OldDoc>(name).insertMany([...docs]);
  };
  const read = async (name: 'events' | 'deliveries') =>
    await connection.db.collection<OldDoc>(name).find().sort({ _id: 1 }).toArray();
  /** Runs migration 5. */
  const migrate = async () => {
    const { db, collections } = connection;
    const signal = new AbortController().signal;
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const oldForms = createOldFormSealer(randomBytes(32));
    await partitions.run({ db, collections, log, oldForms, signal });
  };
  const queue = () => new MongoDeliveryQueue(connection.collections);

  it('names the partitions of all events of an entry, and the entry in each of its events', async () => {
    const batch = [0, 1, 2].map((n) =>
      anEvent({ acceptedAt: 1_000 + n, targets: n === 1 ? [] : [first, second] }),
    );
    const alone = anEvent({ acceptedAt: 2_000, targets: [second] });
    await insert('events', [
      ...toOldEntry(batch, { lease: oldLease, due: inSeconds(60), gapSince: inSeconds(-60) }),
      ...toOldEntry([alone], { lease: oldLease, due: inSeconds(-60) }),
    ]);
    await migrate();
    const entries = await queue().getOpenEntries([batch[0]?.id ?? '', alone.id]);
    expect(entries.map((entry) => ({ ...entry, open: new Set(entry.open) }))).toEqual([
      {
        id: batch[0]?.id,
        eventIds: batch.map(({ id }) => id),
        open: new Set([toPartition(first), toPartition(second)]),
      },
      { id: alone.id, eventIds: [alone.id], open: new Set([toPartition(second)]) },
    ]);
    const docs = await read('events');
    expect(docs.map(({ entry }) => entry as unknown)).toEqual([
      undefined,
      batch[0]?.id,
      batch[0]?.id,
      undefined,
    ]);
    for (const field of ['due', 'lease', 'lane', 'gapSince']) {
      expect(docs.filter((doc) => field in doc)).toEqual([]);
    }
  });

  it('leaves no entry where nothing is owed', async () => {
    const event = anEvent({ targets: [] });
    await insert(
      'events',
      toOldEntry([event], { owners: [{ accountId: 'acc_a', appId: 'app_a', count: 1 }] }),
    );
    await migrate();
    expect(await read('events')).toEqual([{ ...toEventDoc(event) }]);
  });

  it('opens an entry for all partitions while one of its events may still be inserted', async () => {
    const [carrier, missing] = [anEvent({ acceptedAt: 1 }), anEvent({ acceptedAt: 2 })];
    await insert('events', toOldEntry([carrier, missing]).slice(0, 1));
    await migrate();
    const [entry] = await queue().getOpenEntries([carrier.id]);
    expect(entry?.open.toSorted((a, b) => a - b)).toEqual(all);
    await insert('events', [{ ...toEventDoc(missing) }]);
    const [owed] = await queue().readEntries(entry === undefined ? [] : [entry], new Set(all));
    expect(owed).toMatchObject({
      isComplete: true,
      events: [
        { event: { id: carrier.id }, missing: [0] },
        { event: { id: missing.id }, missing: [0] },
      ],
    });
  });

  it('makes deliveries wait until the same time, whoever held them, and leaves final ones as they are', async () => {
    const event = anEvent({ targets: [first, first, second] });
    const [due, later] = [inSeconds(-60), inSeconds(60)];
    const pending = { status: 'pending', reason: 'awaiting_retry' };
    const final = toOldDelivery(event, 2, { status: 'failed', reason: 'gone', finishedAt: due });
    await insert('events', [{ ...toEventDoc(event) }]);
    await insert('deliveries', [
      toOldDelivery(event, 0, { ...pending, due }),
      toOldDelivery(event, 1, { ...pending, due: later, lease: oldLease }),
      final,
    ]);
    await migrate();
    const { deliveries, nextDueAt } = await queue().pullBacklog(first, 10, Date.now());
    expect(deliveries).toMatchObject([
      { deliveryId: toDeliveryId(event.id, 0), attemptCount: 1, revision: 1, event: { id: event.id } },
    ]);
    expect(nextDueAt).toBe(later.getTime());
    const docs = await read('deliveries');
    expect(docs[1]).toMatchObject({ partition: toPartition(first), nextAt: later, rev: 1 });
    for (const field of ['due', 'lease']) expect(docs.filter((doc) => field in doc)).toEqual([]);
    expect(docs[2]).toEqual(final);
  });

  it('converts at most as many as asked for, and a second run finds nothing', async () => {
    const events = [0, 1, 2].map((n) => anEvent({ acceptedAt: n }));
    await insert(
      'events',
      events.flatMap((event) => toOldEntry([event])),
    );
    const counts: number[] = [];
    for (let run = 0; run < 3; run++) counts.push(await queue().convertOldForm(2));
    expect(counts).toEqual([2, 1, 0]);
    const before = await read('events');
    await migrate();
    expect(await read('events')).toEqual(before);
  });
});

it('work of an older release is sent once, also what its API accepts after the upgrade', async () => {
  await using one = await Receiver.start();
  await using other = await Receiver.start();
  const env = { ENCRYPTION_KEY: randomBytes(32).toString('base64') };
  await using ingester = await startTestApp({ env: { ...env, ROLE: 'api' } });
  const { db, database } = ingester;
  const { appId, webhookId } = await subscribe(ingester, one.url);
  const { id: otherId } = await ingester.call('webhooks.create', {
    appId,
    url: other.url,
    events: ['user.login'],
  });
  await ingester.stop();
  const accountId = String((await db.collection('apps').findOne())?.['accountId']);
  const ids = createIds();
  /** An hour old, so that an insert of it cannot be under way. */
  const event = () => {
    const acceptedAt = Date.now() - 3_600_000;
    const targets = [webhookId, otherId];
    return anEvent({
      id: ids.event(acceptedAt),
      acceptedAt,
      appId,
      accountId,
      targets,
      dataText: JSON.stringify(loginData),
    });
  };
  const [plain, leased, begun, retried, late] = [event(), event(), event(), event(), event()];
  const batch = [event(), event(), event()];
  // Its second event was never stored: the insert had failed.
  const [incomplete, missing] = [event(), event()];
  const events = db.collection<OldDoc>('events');
  await events.insertMany([
    ...toOldEntry([plain]),
    ...toOldEntry([leased], { lease: oldLease, due: inSeconds(60) }),
    ...toOldEntry([begun], { lease: oldLease, due: inSeconds(-60) }),
    ...toOldEntry(batch),
    ...toOldEntry([incomplete, missing]).slice(0, 1),
    { ...toEventDoc(retried) },
  ]);
  const finishedAt = new Date();
  await db.collection<OldDoc>('deliveries').insertMany([
    // Of this event the first delivery was recorded before the process stopped.
    toOldDelivery(begun, 0, { status: 'delivered', finishedAt }),
    toOldDelivery(retried, 0, { status: 'pending', reason: 'awaiting_retry', due: inSeconds(-1) }),
    toOldDelivery(retried, 1, {
      status: 'pending',
      reason: 'awaiting_retry',
      due: inSeconds(-1),
      lease: oldLease,
    }),
  ]);
  const version = { version: partitions.version - 1 };
  await db.collection<OldDoc>('schema').updateOne({ _id: 'schema' }, { $set: version });

  {
    await using _ = await startTestApp({ database, env: { ...env, ROLE: 'api' } });
    expect(await events.countDocuments({ due: { $exists: true } })).toBe(0);
  }
  await events.insertMany(toOldEntry([late]));

  await using server = await startTestApp({ database, env });
  const stored = [plain, leased, begun, retried, late, incomplete, ...batch].map(({ id }) => id);
  const idsAt = (receiver: Receiver) =>
    receiver.requests.map(({ headers }) => String(headers['webhook-id'])).toSorted();
  await expect.poll(() => idsAt(other).length).toBe(stored.length);
  await server.whenIdle();
  expect(idsAt(one)).toEqual(stored.filter((id) => id !== begun.id).toSorted());
  expect(idsAt(other)).toEqual(stored.toSorted());
  expect(await events.countDocuments({ due: { $exists: true } })).toBe(0);
  expect(await server.call('system.audit')).toMatchObject({
    events: stored.length,
    expected: 2 * stored.length,
    delivered: 2 * stored.length,
    unexplained: 0,
    findings: [],
  });
});
