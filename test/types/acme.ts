import { defineCatalog, type EventsOf } from '@tocsin/client/catalog';
import * as z from 'zod';

/** A catalog as a team writes it in its own package. */
export const acme = defineCatalog({
  'invoice.paid': {
    description: 'An invoice is paid in full.',
    schema: z.looseObject({
      invoiceId: z.string(),
      amount: z.int(),
      currency: z.string().default('EUR'),
      paidAt: z.iso.datetime().transform((text) => new Date(text)),
      lines: z.array(z.strictObject({ sku: z.string(), count: z.int() })),
    }),
    example: { invoiceId: 'inv_1', amount: 4200, paidAt: '2026-01-01T00:00:00.000Z', lines: [] },
    version: 2,
    searchable: ['invoiceId'],
    presentation: {
      title: 'Invoice paid',
      kind: 'creation',
      subject: 'invoiceId',
      fields: [{ key: 'amount', label: 'Amount', style: 'name' }],
    },
    downcast: { 1: ({ invoiceId, amount }) => ({ id: invoiceId, amount }) },
  },
  'invoice.line.added': {
    description: 'A line is added to an invoice.',
    schema: z.strictObject({ invoiceId: z.string(), sku: z.string() }),
    example: { invoiceId: 'inv_1', sku: 'a' },
  },
  'coupon.used': {
    description: 'A coupon is used.',
    schema: z.object({ code: z.string(), appId: z.string().optional() }),
    example: { code: 'SPRING' },
  },
});

/** The map of its events, so that hovers and errors say `Acme`. */
export interface Acme extends EventsOf<typeof acme> {}

/** A map of events as a team writes it by hand, or generates it, without schemas. */
export interface Flat {
  readonly 'invoice.paid': {
    readonly input: { readonly invoiceId: string; readonly amount: number };
    readonly output: { readonly invoiceId: string; readonly amount: number };
  };
  readonly 'coupon.used': {
    readonly input: { readonly code: string };
    readonly output: { readonly code: string };
  };
}

export const paid = { invoiceId: 'inv_1', amount: 4200, paidAt: '2026-01-01T00:00:00.000Z', lines: [] };
