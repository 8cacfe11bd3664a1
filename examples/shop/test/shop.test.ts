import { randomUUID } from 'node:crypto';
import { createTocsinClient } from '@tocsin/client';
import { createTestTocsin, type TestReceiver, type TestTocsin } from '@tocsin/testing';
import { tocsinMatchers } from '@tocsin/testing/vitest';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shop, type Shop } from '../src/catalog.ts';
import { startShop, type RunningShop } from '../src/service.ts';

/*
 * Needs a MongoDB with a replica set: MONGODB_URI. Uses a database of its own. Tocsin runs in this process.
 */
const mongodbUri = process.env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27017/?replicaSet=rs0';
const database = `shop_${randomUUID()}`;

expect.extend(tocsinMatchers);

let tocsin: TestTocsin<typeof shop>;
/** A service that subscribes to the events of the shop. */
let billing: TestReceiver<Shop>;
let service: RunningShop;

async function start(): Promise<RunningShop> {
  const client = createTocsinClient<Shop>({
    ...tocsin.connection,
    catalog: shop,
    retry: { baseDelayMs: 5, maxDelayMs: 20 },
  });
  return await startShop({
    mongo: new MongoClient(mongodbUri),
    database,
    tocsin: client,
    appId: tocsin.appId,
  });
}

beforeAll(async () => {
  tocsin = await createTestTocsin({ catalog: shop, appId: 'app_shop' });
  billing = tocsin.receiver({ name: 'billing' });
  await tocsin.webhook({ to: billing, events: ['order.*'] });
  service = await start();
});

afterAll(async () => {
  await service.close();
  const mongo = new MongoClient(mongodbUri);
  await mongo.db(database).dropDatabase();
  await mongo.close();
  await tocsin.close();
});

async function call(
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${service.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

async function placeOrder(): Promise<string> {
  const { status, json } = await call('POST', '/orders', {
    customerId: 'cus_7',
    amount: 4200,
    currency: 'EUR',
  });
  expect(status).toBe(201);
  // `as`: the form of an order.
  return (json as { _id: string })._id;
}

/** The relay of the outbox publishes after the response, so this waits for it. */
async function untilDelivered(type: keyof Shop, orderId: string): Promise<void> {
  await tocsin.waitFor(() => expect(billing).toHaveDelivered(type, { orderId }), { timeout: '20s' });
}

const eventsOf = (orderId: string): string[] =>
  billing.requests.filter(({ event }) => event.data.orderId === orderId).map(({ event }) => event.type);

it('publishes that an order is paid', async () => {
  const orderId = await placeOrder();
  expect(await call('POST', `/orders/${orderId}/pay`)).toMatchObject({
    status: 200,
    json: { status: 'paid' },
  });
  await untilDelivered('order.paid', orderId);
  expect(billing).toHaveDelivered('order.paid', {
    orderId,
    customerId: 'cus_7',
    amount: 4200,
    currency: 'EUR',
  });
});

it('publishes one event if an order is paid twice at the same time', async () => {
  const orderId = await placeOrder();
  const answers = await Promise.all([1, 2, 3].map(() => call('POST', `/orders/${orderId}/pay`)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  expect(await call('POST', `/orders/${orderId}/refund`, { reason: 'damaged' })).toMatchObject({
    status: 200,
  });
  // The events of one app keep their order, so that with the second one all earlier ones have arrived.
  await untilDelivered('order.refunded', orderId);
  expect(eventsOf(orderId)).toEqual(['order.paid', 'order.refunded']);
});

it('rejects what it cannot do, and publishes nothing', async () => {
  const orderId = await placeOrder();
  expect(await call('POST', '/orders/ord_unknown/pay')).toMatchObject({ status: 404 });
  expect(await call('POST', `/orders/${orderId}/refund`)).toMatchObject({ status: 409 });
  expect(await call('POST', '/orders', { customerId: 'cus_7', amount: 0.5, currency: 'EUR' })).toMatchObject({
    status: 400,
  });
  expect(await call('GET', '/health')).toMatchObject({ json: { outbox: { pending: 0 } } });
  await tocsin.settle();
  expect(billing).not.toHaveReceived('order.paid', { orderId });
});

it('takes orders while Tocsin is away, and publishes after a restart of the service', async () => {
  const outage = tocsin.startOutage();
  const orderId = await placeOrder();
  expect(await call('POST', `/orders/${orderId}/pay`)).toMatchObject({ status: 200 });
  expect(await call('GET', '/health')).toMatchObject({ status: 200, json: { outbox: { pending: 1 } } });
  await service.close();
  outage.end();
  service = await start();
  await untilDelivered('order.paid', orderId);
  expect(eventsOf(orderId)).toEqual(['order.paid']);
});

it('reaches a receiver that is away for a day', async () => {
  const before = billing.requests.length;
  billing.otherwise(503);
  const orderId = await placeOrder();
  await call('POST', `/orders/${orderId}/pay`);
  await tocsin.waitFor(() => billing.requests.length > before, { timeout: '20s' });
  await tocsin.advance('1d');
  expect(billing).not.toHaveDelivered('order.paid', { orderId });
  billing.otherwise(200);
  await tocsin.advance('1d');
  expect(billing).toHaveDelivered('order.paid', { orderId });
});
