import { defineCatalog } from '@tocsin/client/catalog';
import {
  explainFailure,
  fetchReceiver,
  parseEvent,
  safeVerify,
  verify,
  verifyRaw,
} from '@tocsin/client/receiver';
import { signStandard } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const acme = defineCatalog({
  'invoice.paid': {
    description: 'An invoice is paid.',
    schema: z.looseObject({
      amount: z.int(),
      currency: z.string().default('EUR'),
      paidAt: z.iso.datetime().transform((text) => new Date(text)),
    }),
    example: { amount: 1, paidAt: '2026-01-01T00:00:00.000Z' },
  },
});
interface Acme {
  readonly 'invoice.paid': { readonly input: { readonly amount: number }; readonly output: object };
}

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const at = 1_775_835_000;
const now = () => at * 1000;
const timestamp = '2026-04-10T15:30:00.000Z';
const paid = { amount: 4200, paidAt: '2026-01-01T00:00:00.000Z', note: 'kept' };

async function signed(type: string, data: unknown) {
  const body = JSON.stringify({ type, timestamp, data });
  const signature = await signStandard(secret, { id: 'evt_1', timestamp: at, body });
  return {
    body,
    headers: { 'webhook-id': 'evt_1', 'webhook-timestamp': String(at), 'webhook-signature': signature },
  };
}

describe('a receiver with a catalog', () => {
  it('returns what its schema returns: defaults, transforms and unknown fields', async () => {
    const event = await verify(await signed('invoice.paid', paid), { secret, now, catalog: acme });
    expect(event).toEqual({
      type: 'invoice.paid',
      id: 'evt_1',
      timestamp,
      data: { ...paid, currency: 'EUR', paidAt: new Date(paid.paidAt) },
    });
  });

  it('returns all other events as unknown, also the built-in ones', async () => {
    for (const type of ['invoice.void', 'user.ban', 'constructor']) {
      const event = await verify(await signed(type, { a: 1 }), { secret, now, catalog: acme });
      expect(event).toEqual({ type: 'unknown', eventType: type, id: 'evt_1', timestamp, data: { a: 1 } });
    }
  });

  it('rejects data that does not match its schema by its field, if asked to', async () => {
    const result = await safeVerify(await signed('invoice.paid', { ...paid, amount: 'x' }), {
      secret,
      now,
      catalog: acme,
      onUnknownShape: 'reject',
    });
    expect(result.ok ? undefined : { code: result.error.code, message: result.error.message }).toEqual({
      code: 'PAYLOAD_INVALID',
      message: expect.stringMatching(
        /^the data of invoice\.paid does not match its schema: data\.amount: /,
      ) as string,
    });
  });

  it('parses what verifyRaw has verified', async () => {
    const raw = await verifyRaw(await signed('invoice.paid', paid), { secret, now });
    expect(parseEvent(raw, acme)).toMatchObject({ type: 'invoice.paid', data: { currency: 'EUR' } });
    expect(parseEvent(raw)).toMatchObject({ type: 'unknown', eventType: 'invoice.paid' });
  });

  it('explains data that does not match the catalog', async () => {
    const request = await signed('invoice.paid', { ...paid, amount: 'x' });
    expect(await explainFailure(request, { secret, now, catalog: acme })).toMatchObject({ code: 'PAYLOAD' });
    expect(await explainFailure(request, { secret, now })).toMatchObject({ code: 'VERIFIED' });
  });

  it('can be an adapter', async () => {
    const events: unknown[] = [];
    const receiver = fetchReceiver({ secret, now, catalog: acme }, (event) => {
      if (event.type === 'invoice.paid') events.push(event.data.paidAt.getTime());
    });
    const { body, headers } = await signed('invoice.paid', paid);
    const response = await receiver(new Request('http://r.invalid', { method: 'POST', body, headers }));
    expect({ status: response.status, events }).toEqual({
      status: 200,
      events: [Date.parse(paid.paidAt)],
    });
  });
});

describe('a receiver with types alone', () => {
  it('returns the listed events as they are on the wire', async () => {
    for (const types of [['invoice.paid'], ['invoice.*'], ['*']] as const) {
      const event = await verify<Acme>(await signed('invoice.paid', paid), { secret, now, types });
      expect(event).toEqual({ type: 'invoice.paid', id: 'evt_1', timestamp, data: paid });
    }
  });

  it('returns events that are not listed as unknown', async () => {
    const event = await verify<Acme>(await signed('invoices.paid', paid), {
      secret,
      now,
      types: ['invoice.*'],
    });
    expect(event).toMatchObject({ type: 'unknown', eventType: 'invoices.paid' });
  });

  it('still validates the built-in events', async () => {
    const event = await verify<Acme>(await signed('user.ban', {}), { secret, now, types: ['*'] });
    expect(event).toMatchObject({ type: 'unknown', eventType: 'user.ban', data: {} });
  });
});
