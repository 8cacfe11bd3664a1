import { randomUUID } from 'node:crypto';
import { createTocsinClient } from '@tocsin/client';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shop, type Shop } from '../src/catalog.ts';
import { startShop, type RunningShop } from '../src/service.ts';
import { startFakeTocsin, type FakeTocsin } from './fake-tocsin.ts';

/*
 * Needs a MongoDB with a replica set: MONGODB_URI. Uses a database of its own.
 */
const mongodbUri = process.env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27017/?replicaSet=rs0';
const database = `shop_${randomUUID()}`;

let fake: FakeTocsin;
let service: RunningShop;

async function start(): Promise<RunningShop> {
  const retry = { baseDelayMs: 5, maxDelayMs: 20 };
  const tocsin = createTocsinClient<Shop>({ url: fake.url, token: 'tsk_1', catalog: shop, retry });
  return await startShop({ mongo: new MongoClient(mongodbUri), database, tocsin, appId: 'app_shop' });
}

beforeAll(async () => {
  fake = await startFakeTocsin();
  service = await start();
});

afterAll(async () => {
  await service.close();
  const mongo = new MongoClient(mongodbUri);
  await mongo.db(database).dropDatabase();
  await mongo.close();
  await fake.close();
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

const publishedFor = (orderId: string) => fake.published.filter(({ data }) => data['orderId'] === orderId);

it('publishes that an order is paid', async () => {
  const orderId = await placeOrder();
  expect(await call('POST', `/orders/${orderId}/pay`)).toMatchObject({
    status: 200,
    json: { status: 'paid' },
  });
  await expect.poll(() => publishedFor(orderId)).toHaveLength(1);
  const [event] = publishedFor(orderId);
  expect(event).toMatchObject({
    appId: 'app_shop',
    event: 'order.paid',
    data: { customerId: 'cus_7', amount: 4200 },
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
  await expect.poll(() => publishedFor(orderId).map(({ event }) => event)).toContain('order.refunded');
  expect(publishedFor(orderId).map(({ event }) => event)).toEqual(['order.paid', 'order.refunded']);
});

it('rejects what it cannot do, and publishes nothing', async () => {
  const orderId = await placeOrder();
  expect(await call('POST', '/orders/ord_unknown/pay')).toMatchObject({ status: 404 });
  expect(await call('POST', `/orders/${orderId}/refund`)).toMatchObject({ status: 409 });
  expect(await call('POST', '/orders', { customerId: 'cus_7', amount: 0.5, currency: 'EUR' })).toMatchObject({
    status: 400,
  });
  expect(publishedFor(orderId)).toEqual([]);
});

it('takes orders while Tocsin is away, and publishes after a restart of the service', async () => {
  fake.isAway = true;
  const orderId = await placeOrder();
  expect(await call('POST', `/orders/${orderId}/pay`)).toMatchObject({ status: 200 });
  expect(await call('GET', '/health')).toMatchObject({ status: 200, json: { outbox: { pending: 1 } } });
  await service.close();
  fake.isAway = false;
  service = await start();
  await expect.poll(() => publishedFor(orderId)).toHaveLength(1);
});
