import type { BuiltInEvents, EventsOf } from '@tocsin/client';
import { KitServer } from './kit-server.ts';
import type { TestTocsin, TestTocsinOptions } from './test-tocsin.ts';

/**
 * Starts a Tocsin server in this process: the real acceptance, delivery engine, signing and retries, over stores in
 * memory and on virtual time. Opens no port and needs no database.
 *
 * @typeParam C the type of a catalog, `typeof acme`; by default the built-in events
 * @example
 * await using tocsin = await createTestTocsin({ catalog: acme });
 * const receiver = tocsin.receiver().respond(503, 200);
 * await tocsin.webhook({ to: receiver, events: ['invoice.*'] });
 * await tocsin.publish('invoice.paid', { data: { invoiceId: 'in_1', amount: 4200 } });
 * await tocsin.advance('5s');
 * expect(receiver).toHaveDelivered('invoice.paid', { amount: 4200 });
 */
export async function createTestTocsin<C = BuiltInEvents>(
  options: TestTocsinOptions<C> = {},
): Promise<TestTocsin<C>> {
  // `as`: a catalog and its map of events have the same value.
  return await KitServer.start<EventsOf<C>>(options as TestTocsinOptions<EventsOf<C>>);
}
