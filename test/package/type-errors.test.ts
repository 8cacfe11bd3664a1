import { expect, it } from 'vitest';
import { compileProgram } from './compile-program.ts';

const program = `import { createTocsinClient } from '@tocsin/client';
import { defineCatalog, mergeCatalogs, type EventsOf } from '@tocsin/client/catalog';
import * as z from 'zod';
const schema = z.object({ invoiceId: z.string(), paidAt: z.string(), currency: z.string().optional() });
const example = { invoiceId: 'i', paidAt: 'p' };
const description = 'd';
const acme = defineCatalog({
  'invoice.paid': { description, schema, example },
  'coupon.used': { description, schema: z.object({ n: z.int(), id: z.string() }), example: { n: 1, id: 's' } },
});
interface Acme extends EventsOf<typeof acme> {}
const tocsin = createTocsinClient<Acme>({ url: 'u', token: 't' });
const appId = 'a';
const either = 'coupon.used' as 'coupon.used' | 'invoice.paid';
`;

const data = '{ invoiceId: string; paidAt: string; currency?: string | undefined; }';

/** Mistakes and what the compiler prints in its first line for them. */
const mistakes: readonly (readonly [code: string, message: string])[] = [
  [
    "void tocsin.publish('invoice.paid', { appId, data: { invoiceId: 'i' } });",
    `TS2741: Property 'paidAt' is missing in type '{ invoiceId: string; }' but required in type 'DataOf<"invoice.paid", ${data}>'.`,
  ],
  [
    "void tocsin.publish('invoice.paid', { appId, data: { ...example, paidAt: 1 } });",
    "TS2322: Type 'number' is not assignable to type 'string'.",
  ],
  [
    "void tocsin.publish('invoice.paid', { appId, data: { ...example, curency: 'EUR' } });",
    `'curency' does not exist in type 'DataOf<"invoice.paid", ${data}>'. Did you mean to write 'currency'?`,
  ],
  [
    "void tocsin.publish('invoice.payd', { appId, data: example });",
    `Argument of type '"invoice.payd"' is not assignable to parameter of type '"invoice.paid"'.`,
  ],
  [
    "void tocsin.publishMany([{ type: 'invoice.payd', appId, data: example }]);",
    `Type '"invoice.payd"' is not assignable to type '"coupon.used" | "invoice.paid"'. Did you mean '"invoice.paid"'?`,
  ],
  [
    'void tocsin.publish(either, { appId, data: example });',
    '"the type is a union of events: narrow it, or publish { type, data } pairs"',
  ],
  [
    "void tocsin.webhooks.create.mutate({ appId, url: 'u', events: ['invoices.*'] });",
    `Type '"invoices.*"' is not assignable to type 'EventSelector<Acme>'. Did you mean '"invoice.*"'?`,
  ],
  [
    "tocsin.events.subscribe({ types: ['invoices.*'] });",
    `Type '"invoices.*"' is not assignable to type 'EventSelector<Acme>'. Did you mean '"invoice.*"'?`,
  ],
  [
    "defineCatalog({ 'a.b': { description, schema, example: { invoiceId: 'i' } } });",
    `Property 'paidAt' is missing in type '{ invoiceId: string; }' but required in type 'DataOf<"a.b", `,
  ],
  [
    "defineCatalog({ 'Invoice paid': { description, schema, example } });",
    `"'Invoice paid' is not an event type: use lower-case parts joined by dots, such as invoice.paid"`,
  ],
  [
    "defineCatalog({ 'tocsin.made': { description, schema, example } });",
    `"'tocsin.made' is reserved, like test, test.*, unknown and tocsin.*"`,
  ],
  ['mergeCatalogs(acme, acme);', `"two definitions of 'invoice.paid'"`],
  [
    "createTocsinClient<Acme>({ url: 'u', token: 't', catalog: { names: [] } });",
    "is missing the following properties from type 'Catalog<Acme>': '~events', definitions",
  ],
];

it('the first line of an error names the event and the field', { timeout: 300_000 }, async () => {
  const first = program.split('\n').length;
  const { errors } = await compileProgram({ 'main.ts': program + mistakes.map(([code]) => code).join('\n') });
  for (const [index, [code, message]] of mistakes.entries()) {
    expect({ code, printed: errors.get(`main.ts:${first + index}`) }).toEqual({
      code,
      printed: expect.stringContaining(message) as string,
    });
  }
  expect(errors.size).toBe(mistakes.length);
});
