import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startBilling, type RunningBilling } from '../src/service.ts';
import type { OrderPaid } from '../src/shop-events.gen.ts';
import { sign } from './sign.ts';

/*
 * Needs a MongoDB: MONGODB_URI. Uses a database of its own.
 */
const mongodbUri = process.env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27017/';
const database = `billing_${randomUUID()}`;
const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const oldSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const warnings: string[] = [];
const log = { warn: (...words: unknown[]) => void warnings.push(words.join(' ')) };
let service: RunningBilling;

beforeAll(async () => {
  const mongo = new MongoClient(mongodbUri);
  service = await startBilling({ mongo, database, secrets: [secret, oldSecret], log });
});

afterAll(async () => {
  await service.close();
  const mongo = new MongoClient(mongodbUri);
  await mongo.db(database).dropDatabase();
  await mongo.close();
});

beforeEach(() => void warnings.splice(0));

function paid(customerId: string, amount: number): OrderPaid {
  const paidAt = new Date().toISOString();
  return { orderId: `ord_${randomUUID()}`, customerId, amount, currency: 'EUR', paidAt };
}

async function deliver(request: RequestInit): Promise<number> {
  return (await fetch(`${service.url}/webhooks`, request)).status;
}

async function getBalances(customerId: string): Promise<unknown> {
  return await (await fetch(`${service.url}/balances/${customerId}`)).json();
}

it('books what is paid and what is refunded', async () => {
  const order = paid('cus_1', 4200);
  expect(await deliver(sign('order.paid', order, { secret }))).toBe(200);
  expect(await deliver(sign('order.paid', paid('cus_1', 800), { secret }))).toBe(200);
  expect(await getBalances('cus_1')).toEqual([{ currency: 'EUR', amount: 5000 }]);
  expect(await deliver(sign('order.refunded', order, { secret }))).toBe(200);
  expect(await getBalances('cus_1')).toEqual([{ currency: 'EUR', amount: 800 }]);
});

it('books an event once, although it is delivered several times and at the same time', async () => {
  const request = sign('order.paid', paid('cus_2', 4200), { secret });
  expect(await Promise.all([1, 2, 3].map(() => deliver(request)))).toEqual([200, 200, 200]);
  expect(await deliver(request)).toBe(200);
  expect(await getBalances('cus_2')).toEqual([{ currency: 'EUR', amount: 4200 }]);
});

it('accepts the former secret while it is rotated', async () => {
  expect(await deliver(sign('order.paid', paid('cus_3', 100), { secret: oldSecret }))).toBe(200);
  expect(await getBalances('cus_3')).toEqual([{ currency: 'EUR', amount: 100 }]);
});

it('rejects a request that is forged, changed or old', async () => {
  const data = paid('cus_4', 4200);
  const request = sign('order.paid', data, { secret });
  const changed = { ...request, body: request.body.replace('4200', '1') };
  const old = sign('order.paid', data, { secret, sentAt: new Date(Date.now() - 600_000) });
  const forged = sign('order.paid', data, { secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' });
  for (const each of [changed, old, forged]) expect(await deliver(each)).toBe(401);
  expect(await getBalances('cus_4')).toEqual([]);
  expect(warnings).toHaveLength(3);
});

it('acknowledges an event that is newer than the service', async () => {
  expect(await deliver(sign('order.shipped', { orderId: 'ord_1' }, { secret }))).toBe(200);
  expect(warnings).toEqual(['not handled: order.shipped']);
});
