import { createTocsinClient, type TocsinClient } from '@tocsin/client';
import { defineCatalog } from '@tocsin/client/catalog';
import { createTestTocsin } from '@tocsin/testing';
import { tocsinMatchers } from '@tocsin/testing/vitest';
import { expect, test } from 'vitest';
import * as z from 'zod';

const shopEvents = defineCatalog({
  'order.paid': {
    description: 'An order is paid.',
    schema: z.object({ orderId: z.string(), amount: z.int() }),
    example: { orderId: 'ord_1', amount: 4200 },
  },
});

// The service under test: it gets a client, as in production.
class Orders {
  readonly #tocsin: TocsinClient<typeof shopEvents>;

  constructor(tocsin: TocsinClient<typeof shopEvents>) {
    this.#tocsin = tocsin;
  }

  async pay(orderId: string, amount: number): Promise<void> {
    await this.#tocsin.publish('order.paid', {
      appId: 'app_shop',
      data: { orderId, amount },
      idempotencyKey: `paid-${orderId}`,
    });
  }
}

expect.extend(tocsinMatchers);

test('a paid order is announced once', async () => {
  await using tocsin = await createTestTocsin({ catalog: shopEvents, appId: 'app_shop' });
  const receiver = tocsin.receiver();
  await tocsin.webhook({ to: receiver, events: ['order.*'] });

  const client = createTocsinClient<typeof shopEvents>(tocsin.connection);
  const orders = new Orders(client);
  await orders.pay('ord_1', 4200);
  await orders.pay('ord_1', 4200);
  await tocsin.settle();

  expect(receiver).toHaveDelivered('order.paid', { orderId: 'ord_1', amount: 4200 });
  expect(receiver.requests).toHaveLength(1);
});
