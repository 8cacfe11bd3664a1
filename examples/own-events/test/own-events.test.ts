/*
 * Publishes to a running server and receives: TOCSIN_URL, TOCSIN_TOKEN and TOCSIN_APP name it. The server has to know
 * the catalog, and to allow webhooks to 127.0.0.1.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { WebhookEvent } from '@tocsin/client/receiver';
import type { Acme } from '../src/catalog.ts';
import { appId, createPublisher, publishInvoicePaid } from '../src/publisher.ts';
import { createReceiver, describe } from '../src/receiver.ts';

const tocsin = createPublisher();
let secret = '';
let onEvent: (event: WebhookEvent<Acme>) => void = () => {};
const receiver = createReceiver(
  () => secret,
  (event) => onEvent(event),
);
let url = '';
let webhookId = '';

before(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const webhook = await tocsin.webhooks.create.mutate({ appId, url, events: ['invoice.*'] });
  secret = webhook.secret ?? '';
  webhookId = webhook.id;
});

after(async () => {
  await tocsin.webhooks.delete.mutate({ id: webhookId });
  await tocsin.close();
  receiver.closeAllConnections();
  receiver.close();
});

await test('an event arrives with the types of the catalog', async () => {
  const received = new Promise<WebhookEvent<Acme>>((resolve) => (onEvent = resolve));
  const invoiceId = `inv_${randomUUID()}`;
  const { deliveries } = await publishInvoicePaid(tocsin, { invoiceId, customerId: 'cus_7', amount: 4200 });
  assert.equal(deliveries, 1);
  assert.equal(describe(await received), `${invoiceId} is paid: 42 EUR`);
});

await test('an invalid event does not leave', async () => {
  await assert.rejects(
    // A number that the compiler cannot check.
    publishInvoicePaid(tocsin, { invoiceId: 'inv_1', customerId: 'cus_7', amount: 0.5 }),
    /amount/,
  );
});

await test('a request without a valid signature is rejected', async () => {
  const body = JSON.stringify({ type: 'invoice.paid', timestamp: new Date().toISOString(), data: {} });
  const response = await fetch(url, { method: 'POST', body });
  assert.equal(response.status, 401);
});
