import { defineCatalog } from '@tocsin/client/catalog';
import {
  fetchReceiver,
  parseEvent,
  safeVerify,
  verify,
  verifyRaw,
  type VerifyOptions,
} from '@tocsin/client/receiver';
import { signAuthforge, signStandard } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const at = 1_775_835_000;
const now = () => at * 1000;
const timestamp = '2026-04-10T15:30:00.000Z';

async function signed(type: string, data: unknown) {
  const body = JSON.stringify({ type, timestamp, data });
  const signature = await signStandard(secret, { id: 'evt_1', timestamp: at, body });
  return {
    body,
    headers: { 'webhook-id': 'evt_1', 'webhook-timestamp': String(at), 'webhook-signature': signature },
  };
}

const known = { licenseKey: 'k', appId: 'a', status: 'revoked' };
const shapes: [what: string, data: object, mismatch: RegExp][] = [
  ['a new value of an enum', { ...known, status: 'expired' }, /^data\.status: /],
  ['a missing field', { licenseKey: 'k', status: 'revoked' }, /^data\.appId: /],
  ['a field of another type', { ...known, licenseKey: 7 }, /^data\.licenseKey: /],
  ['a field that became a list', { ...known, status: ['revoked'] }, /^data\.status: /],
  ['no field at all', {}, /^data\.licenseKey: .+; data\.appId: /],
];

describe('a signed event of a known type with an unknown shape', () => {
  it.each(shapes)('is unknown with its raw data if it has %s', async (_what, data, mismatch) => {
    expect(await verify(await signed('license.revoked', data), { secret, now })).toEqual({
      type: 'unknown',
      eventType: 'license.revoked',
      mismatch: expect.stringMatching(mismatch) as string,
      id: 'evt_1',
      timestamp,
      data,
    });
  });

  it.each(shapes)('is rejected if the caller chooses so, with %s', async (_what, data) => {
    const options = { secret, now, onUnknownShape: 'reject' } as const;
    const result = await safeVerify(await signed('license.revoked', data), options);
    expect(result).toMatchObject({ ok: false, error: { code: 'PAYLOAD_INVALID' } });
  });

  it('is unknown in authforge, too', async () => {
    const body = JSON.stringify({ event: 'license.revoked', timestamp, data: { ...known, status: 'new' } });
    const headers = { 'x-authforge-signature': await signAuthforge(secret, body) };
    const event = await verify({ body, headers }, { secret, profile: 'authforge' });
    expect(event).toMatchObject({ type: 'unknown', eventType: 'license.revoked', data: { status: 'new' } });
  });

  it('keeps its type if it only has more fields', async () => {
    const event = await verify(await signed('license.revoked', { ...known, more: 1 }), { secret, now });
    expect(event).toMatchObject({ type: 'license.revoked', data: { more: 1 } });
  });

  it('reaches the handler of an adapter, which returns 200', async () => {
    const events: unknown[] = [];
    const data = { ...known, status: 'expired' };
    const post = async (options: VerifyOptions) => {
      const receive = fetchReceiver(options as { secret: string }, (event) => void events.push(event.type));
      const request = await signed('license.revoked', data);
      return (await receive(new Request('http://r.invalid', { method: 'POST', ...request }))).status;
    };
    expect(await post({ secret, now })).toBe(200);
    expect(await post({ secret, now, onUnknownShape: 'reject' })).toBe(400);
    expect(events).toEqual(['unknown']);
  });

  it('is parsed by parseEvent the same way', async () => {
    const raw = await verifyRaw(await signed('license.revoked', {}), { secret, now });
    expect(parseEvent(raw)).toMatchObject({ type: 'unknown', eventType: 'license.revoked' });
    expect(() => parseEvent(raw, undefined, { onUnknownShape: 'reject' })).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_INVALID' }) as Error,
    );
  });

  it('is unknown if the schema of a catalog throws', async () => {
    const names = new Map([['EUR', 'Euro']]);
    const acme = defineCatalog({
      'invoice.paid': {
        description: 'An invoice is paid.',
        // A transform that relies on a value that it knows.
        schema: z.object({
          currency: z.string().transform((code) => {
            const name = names.get(code);
            if (name === undefined) throw new RangeError(code);
            return name;
          }),
        }),
        example: { currency: 'EUR' },
      },
    });
    const options = { secret, now, catalog: acme };
    const data = { currency: 'XXX' };
    expect(await verify(await signed('invoice.paid', { currency: 'EUR' }), options)).toMatchObject({
      type: 'invoice.paid',
      data: { currency: 'Euro' },
    });
    expect(await verify(await signed('invoice.paid', data), options)).toMatchObject({
      type: 'unknown',
      data,
    });
  });
});
