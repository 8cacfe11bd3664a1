import { randomUUID } from 'node:crypto';
import { createSecret, createSigner } from '@tocsin/testing';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startBilling, type RunningBilling } from '../src/service.ts';
import type { OrderPaid, Shop } from '../src/shop-events.gen.ts';

/*
 * Needs a MongoDB: MONGODB_URI. Uses a database of its own.
 */
const mongodbUri = process.env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27017/';
const database = `billing_${randomUUID()}`;
const { secret } = createSecret();
const { secret: oldSecret } = createSecret();
const signer = createSigner<Shop>({ secret });

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
  expect(await deliver(signer.message('order.paid', order))).toBe(200);
  expect(await deliver(signer.message('order.paid', paid('cus_1', 800)))).toBe(200);
  expect(await getBalances('cus_1')).toEqual([{ currency: 'EUR', amount: 5000 }]);
  expect(await deliver(signer.message('order.refunded', order))).toBe(200);
  expect(await getBalances('cus_1')).toEqual([{ currency: 'EUR', amount: 800 }]);
});

it('books an event once, although it is delivered several times and at the same time', async () => {
  const request = signer.message('order.paid', paid('cus_2', 4200));
  expect(await Promise.all([1, 2, 3].map(() => deliver(request)))).toEqual([200, 200, 200]);
  expect(await deliver(request)).toBe(200);
  expect(await getBalances('cus_2')).toEqual([{ currency: 'EUR', amount: 4200 }]);
});

it.each([
  ['the former secret before the rotation reaches Tocsin', { secret: oldSecret }],
  ['both secrets while they are rotated', { secret: createSecret().secret, previousSecrets: [secret] }],
])('accepts a request with %s', async (_name, options) => {
  const customerId = `cus_${randomUUID()}`;
  expect(await deliver(signer.message('order.paid', paid(customerId, 100), options))).toBe(200);
  expect(await getBalances(customerId)).toEqual([{ currency: 'EUR', amount: 100 }]);
});

it.each([
  ['stale', { stale: true }],
  ['changed', { tampered: true }],
  ['given another id', { tampered: 'id' }],
  ['given another time', { tampered: 'timestamp' }],
  ['signed with another secret', { wrongSecret: true }],
] as const)('rejects a request that is %s', async (_name, options) => {
  expect(await deliver(signer.message('order.paid', paid('cus_4', 4200), options))).toBe(401);
  expect(await getBalances('cus_4')).toEqual([]);
  expect(warnings).toHaveLength(1);
});

it('acknowledges an event that is newer than the service', async () => {
  interface Newer {
    'order.shipped': { readonly input: { readonly orderId: string }; readonly output: unknown };
  }
  const newer = createSigner<Newer>({ secret });
  expect(await deliver(newer.message('order.shipped', { orderId: 'ord_1' }))).toBe(200);
  expect(warnings).toEqual(['not handled: order.shipped']);
});
