import * as z from 'zod';
import { authonCatalog, defineCatalog, mergeCatalogs } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { untilDelivery } from '../../support/waits.ts';

let renders = 0;

const billing = defineCatalog({
  'invoice.paid': {
    description: 'An invoice is paid.',
    schema: z.object({ invoiceId: z.string(), amount: z.object({ value: z.int(), currency: z.string() }) }),
    example: { invoiceId: 'inv_1', amount: { value: 4200, currency: 'EUR' } },
    version: 3,
    downcast: {
      1: ({ invoiceId, amount }) => ({ id: invoiceId, cents: amount.value, n: ++renders }),
      2: ({ invoiceId, amount }) => ({ invoiceId, cents: amount.value }),
    },
  },
  'invoice.broken': {
    description: 'An invoice whose old form cannot be made of all data.',
    schema: z.object({ lines: z.array(z.string()) }),
    example: { lines: ['a'] },
    version: 2,
    downcast: { 1: ({ lines }) => ({ first: lines[0]?.toUpperCase() ?? fail() }) },
  },
});

function fail(): never {
  throw new Error('no line');
}

const catalog = mergeCatalogs(authonCatalog, billing);
const app = useTestApp({ catalog, env: { RETRY_SCHEDULE: '1h,1h' } });
const receiver = useReceiver();

const data = { amount: { value: 7, currency: 'EUR' }, note: 'x', invoiceId: 'inv_7' };

async function errorOf(path: string, input: object): Promise<[string, string]> {
  const { error } = await app.trpc(path as 'webhooks.create', input);
  return [error?.data.tocsin.code ?? '', error?.message ?? ''];
}

describe('a typed catalog', () => {
  it('is published, validated by its own schema, and listed as a file', async () => {
    const appId = await app.createApp();
    await app.call('webhooks.create', { appId, url: receiver.url, events: ['invoice.*'], format: 'json' });
    const { id } = await app.call('events.publish', { appId, event: 'invoice.paid', data });
    await untilDelivery(app, id, { status: 'delivered' });
    expect(bodyOf(id)).toContain(
      '"data":{"invoiceId":"inv_7","amount":{"value":7,"currency":"EUR"},"note":"x"}',
    );
    const wrong = { appId, event: 'invoice.paid', data: { amount: { value: 'x' } } };
    expect((await errorOf('events.publish', wrong))[1]).toMatch(
      /^data\.invoiceId: .+; data\.amount\.value: .+; data\.amount\.currency: .+ \(event invoice\.paid\)$/,
    );
    expect(await app.call('eventTypes.get', { type: 'invoice.paid' })).toMatchObject({
      origin: 'file',
      version: 3,
      family: null,
      schema: { type: 'object', required: ['invoiceId', 'amount'] },
    });
    expect((await app.call('events.types', undefined)).map(({ type }) => type)).toContain('invoice.paid');
    const taken = { eventTypes: [{ type: 'invoice.paid', description: 'd', schema: {}, example: {} }] };
    expect((await errorOf('eventTypes.register', taken))[1]).toContain("is part of the server's catalog");
  });

  it.each([
    [
      { 'user.ban': { description: 'Mine.', schema: z.object({}), example: {} } },
      /'user\.ban' is a built-in event type/,
    ],
    [
      { 'a.b': { description: 'Mine.', schema: z.object({ at: z.date().optional() }), example: {} } },
      /a\.b: .*at/,
    ],
  ])('that cannot be used keeps the server from starting: %#', async (definitions, message) => {
    const started = startTestApp({ catalog: defineCatalog(definitions as never) });
    await expect(started).rejects.toThrow(message);
  });
});

describe('a pinned version', () => {
  it('has the same bytes on every attempt, also after the pin was changed', async () => {
    receiver.answerWith(500);
    const appId = await app.createApp();
    const input = { appId, url: receiver.url, events: ['*'], format: 'json' as const };
    const old = await app.call('webhooks.create', { ...input, eventVersions: { 'invoice.paid': 1 } });
    const newest = await app.call('webhooks.create', input);
    expect([old.eventVersions, newest.eventVersions]).toEqual([{ 'invoice.paid': 1 }, {}]);
    const before = renders;
    const { id } = await app.call('events.publish', { appId, event: 'invoice.paid', data });
    expect(renders).toBe(before + 1);
    await expect.poll(() => requestsOf(id).length).toBe(2);
    const bodies = requestsOf(id).map(({ body }) => body.toString());
    const pinned = bodies.find((body) => body.includes('"cents"'));
    expect(pinned).toContain(`"data":{"id":"inv_7","cents":7,"n":${before + 1}}`);
    expect(bodies.find((body) => !body.includes('"cents"'))).toContain('"currency":"EUR"');
    await app.call('webhooks.update', { id: old.id, eventVersions: { 'invoice.paid': 2 } });
    receiver.answerWith(200);
    const { items } = await app.call('deliveries.list', { eventId: id });
    for (const delivery of items) await app.call('deliveries.retry', { id: delivery.id });
    await expect.poll(() => requestsOf(id).length).toBe(4);
    const again = requestsOf(id)
      .slice(2)
      .map(({ body }) => body.toString());
    expect(again.sort()).toEqual(bodies.sort());
    expect(renders).toBe(before + 1);
    // The event itself is the newest version.
    expect((await app.call('events.get', { id })).data).toEqual(data);
  });

  it('that no downcast reaches is refused, and named', async () => {
    const appId = await app.createApp();
    const input = { appId, url: receiver.url, events: ['*'] };
    expect(await errorOf('webhooks.create', { ...input, eventVersions: { 'invoice.paid': 4 } })).toEqual([
      'INVALID_INPUT',
      'eventVersions.invoice.paid: version 4 cannot be sent, because no downcast of the catalog renders it; possible: 1, 2, 3',
    ]);
    expect((await errorOf('webhooks.create', { ...input, eventVersions: { 'invoice.payd': 1 } }))[1]).toMatch(
      /unknown event "invoice\.payd"; did you mean invoice\.paid\?/,
    );
    const created = await app.call('webhooks.create', { ...input, eventVersions: { 'user.ban': 1 } });
    expect(created.eventVersions).toEqual({ 'user.ban': 1 });
  });

  it('whose function fails refuses the event by name, and stores nothing', async () => {
    const appId = await app.createApp();
    const input = { appId, url: receiver.url, events: ['*'], eventVersions: { 'invoice.broken': 1 } };
    await app.call('webhooks.create', input);
    const publication = { appId, event: 'invoice.broken', data: { lines: [] } };
    expect(await errorOf('events.publish', publication)).toEqual([
      'INTERNAL',
      'the downcast of invoice.broken to version 1 failed: no line',
    ]);
    expect((await app.call('events.list', { appId })).items).toEqual([]);
  });

  it('is shown by the preview', async () => {
    const preview = async (version?: number) =>
      JSON.parse(
        (await app.call('webhooks.preview', { format: 'json', event: 'invoice.paid', version })).body,
      ) as object;
    expect(await preview(2)).toMatchObject({ data: { invoiceId: 'inv_1', cents: 4200 } });
    expect(await preview()).toMatchObject({ data: { amount: { value: 4200 } } });
    expect(
      (await errorOf('webhooks.preview', { format: 'json', event: 'invoice.paid', version: 9 }))[0],
    ).toBe('INVALID_INPUT');
  });
});

function requestsOf(id: string) {
  return receiver.requests.filter(({ headers }) => headers['webhook-id'] === id);
}

function bodyOf(id: string): string {
  return requestsOf(id).at(-1)?.body.toString() ?? '';
}
