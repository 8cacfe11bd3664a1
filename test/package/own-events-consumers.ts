/*
 * Source texts of a team that has its own events: a package with the catalog, and a service that uses it.
 * Compiled against the packed client.
 */

/** The catalog, as a package of its own. */
export const acmePackage = `
import * as z from 'zod';
import { defineCatalog, mergeCatalogs, type EventsOf } from '@tocsin/client/catalog';
import { authonCatalog } from '@tocsin/client/schemas';
export const acme = defineCatalog({
  'invoice.paid': {
    description: 'An invoice is paid.',
    schema: z.object({ invoiceId: z.string(), amount: z.int(), currency: z.string().default('EUR') }),
    example: { invoiceId: 'inv_1', amount: 4200 },
    version: 2,
    downcast: { 1: (data) => ({ id: data.invoiceId }) },
  },
  'coupon.used': { description: 'A coupon is used.', schema: z.object({ code: z.string() }), example: { code: 'SPRING' } },
});
export interface Acme extends EventsOf<typeof acme> {}
export const all = mergeCatalogs(authonCatalog, acme);
`;

/** A service. All of its exports are inferred, so their declarations have to be nameable. */
export const acmeService = `
import { createTocsinClient, type EventData, type EventName, type NameArg } from '@tocsin/client';
import { expressReceiver, fetchReceiver, parseEvent, safeVerify, verify, verifyRaw } from '@tocsin/client/receiver';
import { acme, all, type Acme } from './acme.js';

const options = { url: 'http://127.0.0.1:1', token: 'tsk_1' };
export const byType = createTocsinClient<Acme>(options);
export const byCatalogType = createTocsinClient<typeof acme>(options);
export const byValue = createTocsinClient({ ...options, catalog: all });
export const builtIn = createTocsinClient(options);

export function publish<K extends EventName<Acme>>(type: NameArg<K, EventName<Acme>>, data: EventData<K, Acme>) {
  return byType.publish<K>(type, { appId: 'app_1', data });
}
export const publishPaid = (amount: number) => publish('invoice.paid', { invoiceId: 'inv_1', amount });
export const createWebhook = (url: string) =>
  byType.webhooks.create.mutate({ appId: 'app_1', url, events: ['invoice.*', 'coupon.used'] as const });
export const getWebhook = byType.webhooks.get;
export const listDeliveries = () => byType.deliveries.list.iterate({ appId: 'app_1' });
export const follow = () => byType.events.subscribe({ types: ['invoice.*'] });
export const receive = (request: Request) => verify(request, { secret: 's', catalog: acme });
export const receiveSafely = (request: Request) => safeVerify(request, { secret: 's', catalog: all });
export const receiveByType = (request: Request) => verify<Acme>(request, { secret: 's', types: ['*'] });
export const receiveRaw = async (request: Request) => parseEvent(await verifyRaw(request, { secret: 's' }), acme);
export const handler = expressReceiver({ secret: 's', catalog: acme }, (event) => {
  if (event.type === 'invoice.paid') console.log(event.data.currency.length);
});
export const route = fetchReceiver<Acme>({ secret: 's', types: ['*'] }, (event) => {
  if (event.type === 'invoice.paid') console.log(event.data.amount);
});
`;

/** Uses the declarations of the service only, as another project does. */
export const acmeUser = `
import { publish, receive, type byType } from './service.js';
export const client: typeof byType | undefined = undefined;
export async function use(request: Request): Promise<string> {
  await publish('coupon.used', { code: 'SPRING' });
  // @ts-expect-error code is missing
  await publish('coupon.used', {});
  const event = await receive(request);
  return event.type === 'invoice.paid' ? event.data.currency : event.type === 'unknown' ? event.eventType : event.data.code;
}
`;
