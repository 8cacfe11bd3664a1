import { defineCatalog, type EventsOf } from '@tocsin/client/catalog';
import * as z from 'zod';

/** The events of the billing team. */
export const acme = defineCatalog({
  'invoice.paid': {
    description: 'An invoice is paid in full.',
    schema: z.object({
      invoiceId: z.string().min(1),
      customerId: z.string().min(1),
      amount: z.int().min(0).describe('In cents.'),
      currency: z.enum(['EUR', 'USD']),
      paidAt: z.iso.datetime(),
    }),
    example: {
      invoiceId: 'inv_1042',
      customerId: 'cus_7',
      amount: 4200,
      currency: 'EUR',
      paidAt: '2026-04-10T15:30:00.000Z',
    },
    presentation: {
      title: 'Invoice paid',
      kind: 'creation',
      subject: 'invoiceId',
      fields: [
        { key: 'invoiceId', label: 'Invoice', style: 'id' },
        { key: 'customerId', label: 'Customer', style: 'id' },
        { key: 'paidAt', label: 'Paid', style: 'time' },
      ],
    },
  },
  'invoice.refunded': {
    description: 'A payment is returned, in whole or in part.',
    schema: z.object({
      invoiceId: z.string().min(1),
      amount: z.int().min(1).describe('In cents.'),
      reason: z.string().optional(),
    }),
    example: { invoiceId: 'inv_1042', amount: 1200, reason: 'damaged' },
  },
});

/** The map of these events, so that hovers and errors say `Acme`. */
export interface Acme extends EventsOf<typeof acme> {}
