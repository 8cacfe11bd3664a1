import { createPublisher, publishInvoicePaid } from './publisher.ts';

const tocsin = createPublisher();
const published = await publishInvoicePaid(tocsin, {
  invoiceId: process.argv[2] ?? 'inv_1042',
  customerId: 'cus_7',
  amount: 4200,
});
console.log('published', published);
await tocsin.close();
