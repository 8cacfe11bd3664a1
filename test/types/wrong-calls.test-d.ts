import { createTocsinClient, type EventToPublish, type TocsinClient } from '@tocsin/client';
import { defineCatalog, mergeCatalogs, type Catalog } from '@tocsin/client/catalog';
import { expressReceiver, verify } from '@tocsin/client/receiver';
import { authonCatalog } from '@tocsin/client/schemas';
import { describe, it } from 'vitest';
import * as z from 'zod';
import { acme, paid, type Acme, type Flat } from './acme.ts';

/*
 * Calls that must not compile. test/package/type-errors.test.ts compares what the compiler prints for some of
 * them.
 */

declare const tocsin: TocsinClient<Acme>;
declare const request: Request;
const options = { url: 'http://127.0.0.1', token: 'tsk_1' };
const appId = 'app_1';
const url = 'https://a.example';
const secret = 'whsec_AAAA';
const since = '2026-01-01T00:00:00Z';
const description = 'd';
const schema = z.object({ id: z.string(), n: z.int() });
const example = { id: 'a', n: 1 };

describe('publishing does not compile', () => {
  it('without the right data', () => {
    // @ts-expect-error paidAt is missing
    void tocsin.publish('invoice.paid', { appId, data: { invoiceId: 'i', amount: 1, lines: [] } });
    // @ts-expect-error amount is a number
    void tocsin.publish('invoice.paid', { appId, data: { ...paid, amount: '1' } });
    // @ts-expect-error curency is misspelled
    void tocsin.publish('invoice.paid', { appId, data: { ...paid, curency: 'EUR' } });
    // @ts-expect-error a field of an object in a list is missing
    void tocsin.publish('invoice.paid', { appId, data: { ...paid, lines: [{ sku: 'a' }] } });
    const line = { sku: 'a', count: 1 };
    // @ts-expect-error a field of a strict object in a list is misspelled
    void tocsin.publish('invoice.paid', { appId, data: { ...paid, lines: [{ ...line, conut: 1 }] } });
    // @ts-expect-error the data of another event
    void tocsin.publish('coupon.used', { appId, data: paid });
    // @ts-expect-error data is missing
    void tocsin.publish('coupon.used', { appId });
    // @ts-expect-error what a receiver gets, a date, is not what a publisher gives
    void tocsin.publish('invoice.paid', { appId, data: { ...paid, paidAt: new Date() } });
    // @ts-expect-error null is not an optional field
    void tocsin.publish('invoice.paid', { appId, data: { ...paid, currency: null } });
  });

  it('without the right event', () => {
    // @ts-expect-error invoice.payd is misspelled
    void tocsin.publish('invoice.payd', { appId, data: paid });
    // @ts-expect-error also with data of any type
    void tocsin.publish('invoice.payd', { appId, data: paid as never });
    // @ts-expect-error a built-in event is not in the catalog
    void tocsin.publish('user.ban', {
      appId,
      data: { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' },
    });
    // @ts-expect-error a pattern is not an event
    void tocsin.publish('invoice.*', { appId, data: paid });
    // @ts-expect-error unknown is what receivers get
    void tocsin.publish('unknown', { appId, data: {} });
    const either = 'coupon.used' as 'coupon.used' | 'invoice.paid';
    // @ts-expect-error the type is a union, the data that of one event
    void tocsin.publish(either, { appId, data: paid });
    // @ts-expect-error safePublish is as strict
    void tocsin.safePublish('invoice.payd', { appId, data: paid });
  });

  it('without the right fields of the call', () => {
    // @ts-expect-error appId is missing
    void tocsin.publish('coupon.used', { data: { code: 'c' } });
    // @ts-expect-error idempotencyKey is a text
    void tocsin.publish('coupon.used', { appId, data: { code: 'c' }, idempotencyKey: 1 });
    // @ts-expect-error idempotencykey is misspelled
    void tocsin.publish('coupon.used', { appId, data: { code: 'c' }, idempotencykey: 'k' });
  });

  it('many events if one is wrong', () => {
    // @ts-expect-error invoice.payd is misspelled
    void tocsin.publishMany([{ type: 'invoice.payd', appId, data: paid }]);
    // @ts-expect-error the data of another event
    void tocsin.publishMany([{ type: 'coupon.used', appId, data: { invoiceId: 'i' } }]);
    // @ts-expect-error the type is missing
    void tocsin.publishMany([{ appId, data: paid }]);
    // @ts-expect-error an event that is written down alone is as strict
    const event: EventToPublish<'coupon.used', Acme> = { type: 'coupon.used', appId, data: { cod: 'c' } };
    void event;
  });
});

describe('webhooks and filters do not compile', () => {
  it('with events that the catalog does not have', () => {
    // @ts-expect-error invoices.* is misspelled
    void tocsin.webhooks.create.mutate({ appId, url, events: ['invoices.*'] });
    // @ts-expect-error invoice.payd is misspelled
    void tocsin.webhooks.update.mutate({ id: 'wh_1', events: ['invoice.payd'] });
    // @ts-expect-error a pattern ends at a dot
    void tocsin.webhooks.create.mutate({ appId, url, events: ['inv*'] });
    // @ts-expect-error a pattern of the built-in events
    void tocsin.deliveries.replay.mutate({ webhookId: 'wh_1', since, events: ['license.*'] });
    // @ts-expect-error coupon.usd is misspelled
    void tocsin.deliveries.cancel.mutate({ webhookId: 'wh_1', events: ['coupon.usd'] });
    // @ts-expect-error a list is filtered by names, not patterns
    void tocsin.events.list.query({ event: 'invoice.*' });
    // @ts-expect-error there is no such event to preview
    void tocsin.webhooks.preview.query({ format: 'json', event: 'invoice.payd' });
    // @ts-expect-error events are a list
    void tocsin.webhooks.create.mutate({ appId, url, events: 'invoice.*' });
  });

  it('with subscriptions to them', () => {
    // @ts-expect-error invoices.* is misspelled
    tocsin.events.subscribe({ types: ['invoices.*'] });
    // @ts-expect-error without types, the code cannot know the names of the catalog
    tocsin.events.subscribe({ appId });
  });
});

describe('a client does not compile', () => {
  it('with a value that is not its catalog', () => {
    // @ts-expect-error the catalog of other events
    createTocsinClient<Acme>({ ...options, catalog: authonCatalog });
    // @ts-expect-error not a catalog
    createTocsinClient({ ...options, catalog: { 'invoice.paid': schema } });
    const builtIn = createTocsinClient(options);
    // @ts-expect-error a client of built-in events for own ones
    const wrong: TocsinClient<Acme> = builtIn;
    void wrong;
  });
});

describe('a catalog does not compile', () => {
  it('with a wrong name', () => {
    // @ts-expect-error upper case and a space
    defineCatalog({ 'Invoice paid': { description, schema, example } });
    // @ts-expect-error a part is empty
    defineCatalog({ 'invoice..paid': { description, schema, example } });
    // @ts-expect-error a reserved prefix
    defineCatalog({ 'tocsin.made': { description, schema, example } });
    // @ts-expect-error the name of a test ping
    defineCatalog({ test: { description, schema, example } });
    // @ts-expect-error what receivers call an event that they do not know
    defineCatalog({ unknown: { description, schema, example } });
    const name: string = 'invoice.paid';
    // @ts-expect-error a name that the compiler does not know
    defineCatalog({ [name]: { description, schema, example } });
  });

  it('with a wrong definition', () => {
    // @ts-expect-error the example lacks n
    defineCatalog({ 'a.b': { description, schema, example: { id: 'a' } } });
    // @ts-expect-error n of the example is a number
    defineCatalog({ 'a.b': { description, schema, example: { id: 'a', n: 'b' } } });
    // @ts-expect-error the description is missing
    defineCatalog({ 'a.b': { schema, example } });
    // @ts-expect-error not a schema
    defineCatalog({ 'a.b': { description, schema: { type: 'object' }, example } });
    // @ts-expect-error versions are numbers
    defineCatalog({ 'a.b': { description, schema, example, version: '2' } });
    // @ts-expect-error no such field
    defineCatalog({ 'a.b': { description, schema, example, searchable: ['m'] } });
    defineCatalog({
      'a.b': {
        description,
        schema,
        example,
        version: 2,
        // @ts-expect-error the message shows a field that the event does not have
        presentation: { title: 't', kind: 'neutral', fields: [{ key: 'm', label: 'M', style: 'id' }] },
        // @ts-expect-error an older version is rendered from the data, which has no m
        downcast: { 1: (data) => ({ id: String(data.m) }) },
      },
    });
    // @ts-expect-error an unknown option
    defineCatalog({ 'a.b': { description, schema, example, sample: example } });
  });

  it('with two definitions of one event', () => {
    const other = defineCatalog({ 'coupon.used': { description, schema, example } });
    // @ts-expect-error both define coupon.used
    mergeCatalogs(acme, other);
    // @ts-expect-error not a catalog
    mergeCatalogs(acme, { 'x.y': { description, schema, example } });
  });

  it('that drifts from the map it is declared by', () => {
    // @ts-expect-error coupon.used is missing, and so are fields of invoice.paid
    const drifted: Catalog<Flat> = defineCatalog({ 'invoice.paid': { description, schema, example } });
    void drifted;
  });
});

describe('a receiver does not compile', () => {
  it('that reads what the event does not have', async () => {
    const event = await verify(request, { secret, catalog: acme });
    // @ts-expect-error the event is not narrowed
    void event.data.code;
    // @ts-expect-error no event of the catalog
    void (event.type === 'user.ban');
    // @ts-expect-error code is a field of another event
    if (event.type === 'invoice.paid') void event.data.code;
    // @ts-expect-error the data of an unknown event is untyped
    if (event.type === 'unknown') void event.data['code'].length;
    // @ts-expect-error the parsed date has no length
    if (event.type === 'invoice.paid') void event.data.paidAt.length;
  });

  it('without the options that it needs', () => {
    // @ts-expect-error a type argument is gone when the code runs: it needs a catalog or types
    void verify<Acme>(request, { secret });
    // @ts-expect-error no such event
    void verify<Acme>(request, { secret, types: ['invoice.payd'] });
    // @ts-expect-error not a catalog
    void verify(request, { secret, catalog: {} });
    // @ts-expect-error the catalog of other events
    void verify<Acme>(request, { secret, catalog: authonCatalog });
    // @ts-expect-error a handler of the built-in events
    expressReceiver({ secret, catalog: acme }, (event) => void (event.type === 'user.ban'));
  });
});
