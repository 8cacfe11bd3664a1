import { defineCatalog } from '@tocsin/client/catalog';
import { fetchReceiver } from '@tocsin/client/receiver';
import { createSecret, createSigner, createTestTocsin } from '@tocsin/testing';
import * as z from 'zod';

const invoices = defineCatalog({
  'invoice.paid': {
    description: 'An invoice is paid.',
    schema: z.object({ invoiceId: z.string(), amount: z.int() }),
    example: { invoiceId: 'inv_1', amount: 4200 },
  },
});

const data = { invoiceId: 'inv_1', amount: 4200 };

/** Tests a receiver with the kit: failures and retries in virtual time, an outage, and signed requests alone. */
export async function testWithKit() {
  const tocsin = await createTestTocsin({ catalog: invoices, now: '2026-01-01T00:00:00.000Z' });
  const receiver = tocsin.receiver().respond(503).hang().reset().duplicate();
  await tocsin.webhook({ to: receiver, events: ['invoice.*'] });
  await tocsin.publish('invoice.paid', { data });
  await tocsin.advance('3h');
  const outage = tocsin.startOutage();
  const duringOutage = await tocsin
    .publish('invoice.paid', { data })
    .catch(({ code }: { code?: string }) => code);
  outage.end();
  const event = await receiver.requests.at(-1)?.verify();
  await tocsin.close();

  const { secret } = createSecret();
  const { secret: newSecret } = createSecret();
  const signer = createSigner<typeof invoices>({ secret, catalog: invoices });
  const handle = fetchReceiver({ secret, catalog: invoices }, () => undefined);
  const requests = [
    signer.request('invoice.paid', data),
    signer.request('invoice.paid', data, { secret: newSecret, previousSecrets: [secret] }),
    signer.request('invoice.paid', data, { stale: true }),
    signer.request('invoice.paid', data, { tampered: true }),
  ];
  return {
    answers: receiver.requests.map(({ answer }) => answer),
    at: receiver.requests.at(-1)?.at.toISOString(),
    data: event?.data,
    duringOutage,
    alone: await Promise.all(requests.map(async (request) => (await handle(request)).status)),
  };
}
