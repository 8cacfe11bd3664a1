import { defineCatalog, type EventsOf } from '@tocsin/client/catalog';
import * as z from 'zod';

const order = {
  orderId: z.string().min(1),
  customerId: z.string().min(1),
  amount: z.int().min(1).describe('In cents.'),
  currency: z.enum(['EUR', 'USD']),
};

/** The events that the shop publishes. */
export const shop = defineCatalog({
  'order.paid': {
    description: 'An order is paid in full.',
    schema: z.object({ ...order, paidAt: z.iso.datetime() }),
    example: {
      orderId: 'ord_1',
      customerId: 'cus_7',
      amount: 4200,
      currency: 'EUR',
      paidAt: '2026-04-10T15:30:00.000Z',
    },
  },
  'order.refunded': {
    description: 'The payment of an order is returned in full.',
    schema: z.object({ ...order, reason: z.string().optional() }),
    example: { orderId: 'ord_1', customerId: 'cus_7', amount: 4200, currency: 'EUR', reason: 'damaged' },
  },
});

export interface Shop extends EventsOf<typeof shop> {}
