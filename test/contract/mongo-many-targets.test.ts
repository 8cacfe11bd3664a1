import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { DeliveryFilter } from '@tocsin/shared';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { VisibleOnly } from '../../server/src/domain/ports/page-request.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDeliveryStore } from '../../server/src/store/mongo/deliveries/delivery-store.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { toWebhookDoc } from '../../server/src/store/mongo/documents/webhook.ts';
import { anEvent, aWebhook, delivered, firstDeliveryOf } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';

/* An event with more targets than two characters of a delivery id can number. */

const clock = new FakeClock();
const targets = Array.from({ length: 1_100 }, (_, n) => `wh_${n.toString(16).padStart(12, '0')}`);
const event = anEvent({ acceptedAt: clock.now(), targets });

let connection: Connection;
let deliveries: MongoDeliveryStore;

beforeAll(async () => {
  connection = await Connection.open({ uri: inject('mongoUri'), database: `wide_${randomUUID()}` });
  await connection.prepare();
  const { collections } = connection;
  deliveries = new MongoDeliveryStore(collections);
  const others = [clock.now() - 1, clock.now() + 1].map((acceptedAt) => anEvent({ acceptedAt }));
  await new MongoEventStore(collections).insertMany([event, ...others]);
  // Every second delivery has its document. The others are in flight.
  const stored = targets.flatMap((_, index) =>
    index % 2 === 0 ? delivered(firstDeliveryOf(event, index), clock.now()) : [],
  );
  await new MongoDeliveryQueue(collections).writeResults(stored);
});

afterAll(() => connection.close());

async function pagesOf(filter: VisibleOnly<DeliveryFilter>): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await deliveries.list(filter, { cursor, limit: 190 });
    found.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && found.length <= targets.length);
  return found;
}

it.each<[string, VisibleOnly<DeliveryFilter>]>([
  ['all of them', {}],
  ['the delivered ones', { status: 'delivered' }],
  ['those in flight', { status: 'pending' }],
])('lists %s by the event, each once over all pages', async (_, filter) => {
  const expected = new Set(
    targets.flatMap((_target, index) => {
      const status = index % 2 === 0 ? 'delivered' : 'pending';
      return filter.status === undefined || filter.status === status ? toDeliveryId(event.id, index) : [];
    }),
  );
  const found = await pagesOf({ ...filter, eventId: event.id });
  expect(found).toHaveLength(expected.size);
  expect(new Set(found)).toEqual(expected);
  expect(found).toEqual([...found].sort().reverse());
});

it('finds the deliveries of high targets by their ids, stored or in flight', async () => {
  const get = async (index: number) => await deliveries.get(toDeliveryId(event.id, index));
  expect(await get(1_098)).toMatchObject({ webhookId: targets[1_098], status: 'delivered' });
  expect(await get(1_099)).toMatchObject({ webhookId: targets[1_099], status: 'pending' });
  expect(await get(1_100)).toBeUndefined();
  // A second id of target 5 does not exist.
  expect(await deliveries.get(`dlv_${event.id.slice(4, 28)}0005`)).toBeUndefined();
});

it('finds the webhooks of an app up to a limit, and many by their ids', async () => {
  const { collections } = connection;
  const webhooks = new MongoWebhookStore(collections);
  await collections.webhooks.insertMany(
    targets.slice(0, 5).map((id) => toWebhookDoc(aWebhook({ id, appId: 'app_wide' }))),
  );
  await collections.webhooks.insertOne(toWebhookDoc(aWebhook({ appId: 'app_other' })));
  const limited = await webhooks.listSome('app_wide', 4);
  expect(limited).toHaveLength(4);
  expect(new Set((await webhooks.listSome('app_wide', 6)).map(({ id }) => id))).toEqual(
    new Set(targets.slice(0, 5)),
  );
  const unknown = Array.from({ length: 6_000 }, (_, n) => `wh_unknown${n}`);
  const found = await webhooks.getMany([targets[0] ?? '', ...unknown, targets[4] ?? '']);
  expect(found.map(({ id }) => id)).toEqual([targets[0], targets[4]]);
});
