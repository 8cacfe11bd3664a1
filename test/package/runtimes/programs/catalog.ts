import { createTocsinClient, isTocsinClientError } from '@tocsin/client';
import { defineCatalog, mergeCatalogs } from '@tocsin/client/catalog';
import { parseEvent } from '@tocsin/client/receiver';
import { authonCatalog, eventCatalog, payloadJsonSchema } from '@tocsin/client/schemas';
import * as z from 'zod';
import type { RuntimeSettings } from '../settings.ts';

const invoice = z.object({ invoiceId: z.string(), amount: z.int(), currency: z.string().default('EUR') });

/** Defines a catalog, and checks events with it before they leave and as they arrive. */
export async function checkCatalog({ url, token, appId }: RuntimeSettings) {
  const acme = defineCatalog({
    'invoice.paid': {
      description: 'An invoice is paid.',
      schema: invoice,
      example: { invoiceId: 'inv_1', amount: 4200 },
    },
  });
  const catalog = mergeCatalogs(authonCatalog, acme);
  const tocsin = createTocsinClient({ url, token, catalog });
  const call = tocsin.publish('invoice.paid', { appId, data: { invoiceId: 'inv_1', amount: 0.5 } });
  const problem = await call.then(
    () => 'no error',
    (error: unknown) => (isTocsinClientError(error) ? `${error.code}: ${error.message}` : 'another'),
  );
  const data = { userId: 'usr_1', username: 'ada', ip: '192.0.2.1', hwid: 'HWID-1' };
  const { event: type } = await tocsin
    .publish('user.register', { appId, data: { ...data, licenseKey: 'key' } })
    .then(({ id }) => tocsin.events.get.query({ id }));
  await tocsin.close();
  const timestamp = new Date(0).toISOString();
  const event = parseEvent(
    { id: 'evt_1', type: 'invoice.paid', timestamp, data: { invoiceId: 'inv_1', amount: 4200 } },
    acme,
  );
  return {
    problem,
    type,
    withDefault: event.type === 'invoice.paid' ? event.data.currency : event.type,
    builtIn: eventCatalog['user.ban'].schema.safeParse({}).success,
    jsonSchema: typeof payloadJsonSchema('user.ban'),
    // `as`: the compiler rejects it.
    twice: failureOf(() => mergeCatalogs(acme, acme as never)),
  };
}

function failureOf(run: () => unknown): string {
  try {
    run();
    return 'no error';
  } catch (error) {
    return error instanceof TypeError ? 'TypeError' : 'another error';
  }
}
