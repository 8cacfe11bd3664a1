import { createTocsinClient, type TocsinClient } from '@tocsin/client';
import { acme, type Acme } from './catalog.ts';

/** A client that knows the events of the catalog, and checks them before they leave. */
export function createPublisher(): TocsinClient<Acme> {
  return createTocsinClient<Acme>({
    url: process.env['TOCSIN_URL'] ?? 'http://127.0.0.1:4400',
    token: process.env['TOCSIN_TOKEN'] ?? '',
    catalog: acme,
  });
}

export const appId = process.env['TOCSIN_APP'] ?? 'app_demo';

/** Reports that an invoice is paid. The key makes repeated calls publish the event only once. */
export async function publishInvoicePaid(
  tocsin: TocsinClient<Acme>,
  { invoiceId, customerId, amount }: { invoiceId: string; customerId: string; amount: number },
): Promise<{ id: string; deliveries: number }> {
  return await tocsin.publish('invoice.paid', {
    appId,
    data: { invoiceId, customerId, amount, currency: 'EUR', paidAt: new Date().toISOString() },
    idempotencyKey: `paid-${invoiceId}`,
  });
}
