import { createTocsinClient, isTocsinClientError } from '@tocsin/client';
import { defineCatalog, mergeCatalogs } from '@tocsin/client/catalog';
import { authonCatalog } from '@tocsin/client/schemas';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const acme = defineCatalog({
  'invoice.paid': {
    description: 'An invoice is paid.',
    schema: z.looseObject({ invoiceId: z.string(), amount: z.int(), currency: z.string().default('EUR') }),
    example: { invoiceId: 'inv_1', amount: 1 },
  },
});
const all = mergeCatalogs(authonCatalog, acme);
const appId = 'app_1';

/** A client whose server accepts every event. */
function setUp() {
  const bodies: string[] = [];
  const tocsin = createTocsinClient({
    url: 'http://server.invalid',
    token: 'tsk_1',
    catalog: all,
    fetch: (_url, { body = '' }) => {
      bodies.push(body);
      const { events } = JSON.parse(body) as { events: unknown[] };
      const data = events.map((_, n) => ({ ok: true, id: `evt_${n}`, deliveries: 0 }));
      return Promise.resolve(Response.json({ result: { data } }));
    },
  });
  return { tocsin, bodies };
}

async function errorFrom(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => 'published',
    (cause: unknown) => cause,
  );
  return isTocsinClientError(error) ? { code: error.code, message: error.message } : error;
}

describe('a client with a catalog', () => {
  it('sends valid events as they are given, without the defaults of their schema', async () => {
    const { tocsin, bodies } = setUp();
    const data = { invoiceId: 'inv_1', amount: 1, note: 'kept' };
    await tocsin.publish('invoice.paid', { appId, data });
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ events: [{ event: 'invoice.paid', data }] });
    expect(bodies[0]).not.toContain('EUR');
  });

  it('rejects invalid data before it leaves, and names the event and the field', async () => {
    const { tocsin, bodies } = setUp();
    const data = { invoiceId: 'inv_1', amount: 'x' } as never;
    expect(await errorFrom(tocsin.publish('invoice.paid', { appId, data }))).toEqual({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^invoice\.paid: data\.amount: /) as string,
    });
    expect(bodies).toEqual([]);
  });

  it('rejects an event that its catalog does not have', async () => {
    const { tocsin, bodies } = setUp();
    expect(await errorFrom(tocsin.publish('invoice.payd' as never, { appId, data: {} as never }))).toEqual({
      code: 'UNKNOWN_EVENT',
      message: 'event: invoice.payd is not in the catalog of the client',
    });
    expect(bodies).toEqual([]);
  });

  it('leaves the appId of built-in events to the server, and checks their other fields', async () => {
    const { tocsin } = setUp();
    const data = { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' };
    expect(await tocsin.safePublish('user.ban', { appId, data })).toMatchObject({ ok: true });
    expect(
      await errorFrom(tocsin.publish('user.ban', { appId, data: { ...data, reason: '' } })),
    ).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^user\.ban: data\.reason: /) as string,
    });
  });

  it('rejects one event of many without the others', async () => {
    const { tocsin, bodies } = setUp();
    const outcomes = await tocsin.publishMany([
      { type: 'invoice.paid', appId, data: { invoiceId: 'inv_1', amount: 1 } },
      { type: 'invoice.paid', appId, data: { invoiceId: 7 as never, amount: 1 } },
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false]);
    expect(bodies).toHaveLength(1);
  });

  it('is not created with something else as its catalog', () => {
    const options = { url: 'http://server.invalid', token: 'tsk_1', catalog: { names: [] } as never };
    expect(() => createTocsinClient(options)).toThrow(
      new TypeError('catalog must be a result of defineCatalog'),
    );
  });
});
