import {
  createTocsinClient,
  type EventData,
  type EventName,
  type EventToPublish,
  type NameArg,
  type Published,
  type PublishEvent,
  type TocsinClient,
  type TypedClient,
} from '@tocsin/client';
import { defineCatalog, mergeCatalogs, type Catalog, type EventsOf } from '@tocsin/client/catalog';
import {
  expressReceiver,
  fastifyReceiver,
  fetchReceiver,
  honoReceiver,
  nodeReceiver,
  parseEvent,
  safeVerify,
  verify,
  verifyRaw,
  type UnknownEvent,
  type UnparsedWebhookEvent,
  type WebhookEvent,
} from '@tocsin/client/receiver';
import { authforgeCatalog, authonCatalog } from '@tocsin/client/schemas';
import { describe, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import { acme, paid, type Acme, type Flat } from './acme.ts';

declare const tocsin: TocsinClient<Acme>;
declare const request: Request;
const options = { url: 'http://127.0.0.1', token: 'tsk_1' };
const secret = 'whsec_AAAA';
const appId = 'app_1';

describe('a catalog', () => {
  it('is typed by a flat map of the fields that a publisher gives and a receiver gets', () => {
    expectTypeOf<EventsOf<typeof acme>['invoice.paid']['input']>().toEqualTypeOf<{
      invoiceId: string;
      amount: number;
      currency?: string | undefined;
      paidAt: string;
      lines: { sku: string; count: number }[];
    }>();
    expectTypeOf<EventsOf<typeof acme>['invoice.paid']['output']>().toEqualTypeOf<{
      invoiceId: string;
      amount: number;
      currency: string;
      paidAt: Date;
      lines: { sku: string; count: number }[];
    }>();
    expectTypeOf(acme.names).toEqualTypeOf<readonly (keyof Acme)[]>();
  });

  it('can be merged with others, also with the built-in ones', () => {
    const all = mergeCatalogs(authonCatalog, authforgeCatalog, acme);
    const client = createTocsinClient({ ...options, catalog: all });
    void client.publish('invoice.paid', { appId, data: paid });
    void client.publish('license.revoked', { appId, data: { licenseKey: 'k', status: 'revoked' } });
  });

  it('can be declared by a map that is written by hand', () => {
    const flat: Catalog<Flat> = defineCatalog({
      'invoice.paid': {
        description: 'An invoice is paid.',
        schema: z.object({ invoiceId: z.string(), amount: z.number() }),
        example: { invoiceId: 'inv_1', amount: 1 },
      },
      'coupon.used': {
        description: 'A coupon is used.',
        schema: z.object({ code: z.string() }),
        example: { code: 'SPRING' },
      },
    });
    expectTypeOf(createTocsinClient<Flat>({ ...options, catalog: flat })).toEqualTypeOf<TypedClient<Flat>>();
  });
});

describe('a client', () => {
  it('is typed by a catalog, a map of events, a value, or both', () => {
    expectTypeOf(createTocsinClient<Acme>(options)).toEqualTypeOf<TypedClient<Acme>>();
    expectTypeOf(createTocsinClient<Flat>(options)).toEqualTypeOf<TypedClient<Flat>>();
    expectTypeOf(createTocsinClient<Acme>({ ...options, catalog: acme })).toEqualTypeOf<TypedClient<Acme>>();
    for (const client of [
      createTocsinClient<typeof acme>(options),
      createTocsinClient({ ...options, catalog: acme }),
      createTocsinClient<typeof acme>({ ...options, catalog: acme }),
      createTocsinClient<Acme>(options),
    ]) {
      expectTypeOf(client.publish('invoice.paid', { appId, data: paid })).resolves.toEqualTypeOf<Published>();
    }
    expectTypeOf<TocsinClient<typeof acme>>().toEqualTypeOf<TypedClient<EventsOf<typeof acme>>>();
    expectTypeOf(createTocsinClient(options)).toEqualTypeOf<TocsinClient>();
  });

  it('publishes events of the catalog', () => {
    void tocsin.publish('coupon.used', { appId, data: { code: 'SPRING' } });
    void tocsin.safePublish('invoice.line.added', {
      appId,
      data: { invoiceId: 'i', sku: 's' },
      idempotencyKey: 'k',
    });
    void tocsin.publishMany([
      { type: 'invoice.paid', appId, data: { ...paid, currency: 'USD' } },
      { type: 'coupon.used', appId, data: { code: 'SPRING' }, timestamp: new Date() },
    ] as const);
  });

  it('can be wrapped by a generic function', () => {
    function publish<K extends EventName<Acme>>(type: NameArg<K, EventName<Acme>>, data: EventData<K, Acme>) {
      return tocsin.publish<K>(type, { appId, data });
    }
    function publishAll<K extends keyof Acme>(events: readonly EventToPublish<K, Acme>[]) {
      return tocsin.publishMany(events as readonly EventToPublish<keyof Acme, Acme>[]);
    }
    function publishEvent(event: PublishEvent<'coupon.used', Acme>) {
      return tocsin.publish('coupon.used', event);
    }
    void publish('coupon.used', { code: 'SPRING' });
    void publishAll<'coupon.used'>([{ type: 'coupon.used', appId, data: { code: 'SPRING' } }]);
    void publishEvent({ appId, data: { code: 'SPRING' } });
  });

  it('subscribes webhooks to names and patterns, in lists that cannot be changed', () => {
    const events = ['invoice.*', 'invoice.line.*', 'coupon.used', '*'] as const;
    void tocsin.webhooks.create.mutate({ appId, url: 'https://a.example', events });
    void tocsin.webhooks.update.mutate({ id: 'wh_1', events });
    void tocsin.deliveries.replay.mutate({ webhookId: 'wh_1', since: '2026-01-01T00:00:00Z', events });
    void tocsin.deliveries.cancel.mutate({ webhookId: 'wh_1', events });
    void tocsin.events.list.query({ event: 'coupon.used' });
    void tocsin.webhooks.preview.query({ format: 'json', event: 'coupon.used' });
  });

  it('returns names as texts, because a newer server has more of them', async () => {
    const webhook = await tocsin.webhooks.get.query({ id: 'wh_1' });
    expectTypeOf<string>().toExtend<(typeof webhook.events)[number]>();
    const event = await tocsin.events.get.query({ id: 'evt_1' });
    expectTypeOf<string>().toExtend<typeof event.event>();
    expectTypeOf(event.event).toExtend<string>();
    const { items } = await tocsin.deliveries.list.query();
    expectTypeOf<string>().toExtend<(typeof items)[number]['event']>();
  });

  it('streams the events that patterns select, as they are on the wire', async () => {
    for await (const event of tocsin.events.subscribe({ types: ['invoice.*'] })) {
      expectTypeOf(event.type).toEqualTypeOf<'invoice.paid' | 'invoice.line.added' | 'unknown'>();
      if (event.type === 'invoice.paid') expectTypeOf(event.data.paidAt).toEqualTypeOf<string>();
    }
    for await (const event of tocsin.events.subscribe({ types: ['*'] })) {
      expectTypeOf(event.type).toEqualTypeOf<keyof Acme | 'unknown'>();
    }
    for await (const event of tocsin.events.subscribe({ types: ['coupon.used', 'invoice.line.*'] })) {
      expectTypeOf(event.type).toEqualTypeOf<'coupon.used' | 'invoice.line.added' | 'unknown'>();
    }
  });

  it('of the built-in events streams all of them by default', async () => {
    for await (const event of createTocsinClient(options).events.subscribe()) {
      if (event.type === 'user.ban') expectTypeOf(event.data.appId).toEqualTypeOf<string>();
    }
  });
});

describe('a receiver', () => {
  it('with the value of a catalog gets what its schemas return', async () => {
    for (const event of [
      await verify(request, { secret, catalog: acme }),
      await verify<Acme>(request, { secret, catalog: acme }),
      await verify<typeof acme>(request, { secret, catalog: acme }),
      parseEvent(await verifyRaw(request, { secret }), acme),
    ]) {
      expectTypeOf(event.type).toEqualTypeOf<keyof Acme | 'unknown'>();
      if (event.type === 'invoice.paid') {
        expectTypeOf(event.data.paidAt).toEqualTypeOf<Date>();
        expectTypeOf(event.data.currency).toEqualTypeOf<string>();
      }
      if (event.type === 'unknown') expectTypeOf(event).toEqualTypeOf<UnknownEvent>();
    }
  });

  it('with the types alone gets what is on the wire', async () => {
    for (const event of [
      await verify<Acme>(request, { secret, types: ['*'] }),
      await verify<typeof acme>(request, { secret, types: ['invoice.*', 'coupon.used'] }),
    ]) {
      expectTypeOf(event.type).toEqualTypeOf<keyof Acme | 'unknown'>();
      if (event.type === 'invoice.paid') {
        expectTypeOf(event.data.paidAt).toEqualTypeOf<string>();
        expectTypeOf(event.data.currency).toEqualTypeOf<string | undefined>();
      }
    }
  });

  it('returns the result of safeVerify for the same events', async () => {
    const result = await safeVerify(request, { secret, catalog: acme });
    if (result.ok && result.event.type === 'invoice.paid') {
      expectTypeOf(result.event.data.paidAt).toEqualTypeOf<Date>();
    }
  });

  it('can be built by every adapter', () => {
    const parsed = (event: WebhookEvent<Acme>) => {
      if (event.type === 'invoice.paid') expectTypeOf(event.data.paidAt).toEqualTypeOf<Date>();
    };
    const unparsed = (event: UnparsedWebhookEvent<Acme>) => {
      if (event.type === 'invoice.paid') expectTypeOf(event.data.paidAt).toEqualTypeOf<string>();
    };
    expressReceiver({ secret, catalog: acme }, parsed);
    expressReceiver<Acme>({ secret, types: ['*'] }, unparsed);
    fastifyReceiver({ secret, catalog: acme, path: '/hooks' }, parsed);
    fastifyReceiver<Acme>({ secret, types: ['*'], path: '/hooks' }, unparsed);
    fetchReceiver({ secret, catalog: acme }, parsed);
    fetchReceiver<Acme>({ secret, types: ['*'] }, unparsed);
    honoReceiver({ secret, catalog: acme }, parsed);
    honoReceiver<Acme>({ secret, types: ['*'] }, unparsed);
    nodeReceiver({ secret, catalog: acme }, parsed);
    nodeReceiver<Acme>({ secret, types: ['*'] }, unparsed);
  });

  it('gives its handler the events of its options', () => {
    expressReceiver({ secret, catalog: acme }, (event) => {
      expectTypeOf(event).toEqualTypeOf<WebhookEvent<typeof acme>>();
    });
    nodeReceiver<Acme>({ secret, types: ['*'] }, (event) => {
      expectTypeOf(event).toEqualTypeOf<UnparsedWebhookEvent<Acme>>();
    });
    honoReceiver({ secret }, (event) => {
      if (event.type === 'user.ban') expectTypeOf(event.data.reason).toEqualTypeOf<string>();
    });
  });
});
