import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineCatalog } from '../../../../shared/src/catalog/define-catalog.ts';
import type { EventsOf } from '../../../../shared/src/catalog/catalog.ts';
import { toPayloadJsonSchema } from '../../../../shared/src/catalog/payload-json-schema.ts';

const paid = { description: 'An invoice is paid.', example: { invoiceId: 'in_1', amount: 5 } };
const valibotSchema = v.object({ invoiceId: v.string(), amount: v.number(), note: v.optional(v.string()) });
const arktypeSchema = type({ invoiceId: 'string', amount: 'number', 'note?': 'string' });

const catalog = defineCatalog({
  'valibot.paid': { ...paid, schema: toStandardJsonSchema(valibotSchema) },
  'arktype.paid': { ...paid, schema: arktypeSchema },
});

describe('a catalog with schemas of other libraries', () => {
  it.each(Object.entries(catalog.definitions))('gives the JSON Schema of %s', (name, definition) => {
    const schema = toPayloadJsonSchema(name, definition.schema);
    expect(schema).toMatchObject({
      type: 'object',
      properties: { invoiceId: { type: 'string' }, amount: { type: 'number' }, note: { type: 'string' } },
    });
    expect(schema['required']).toEqual(expect.arrayContaining(['amount', 'invoiceId']));
    expect(schema['required']).not.toContain('note');
  });

  it('is typed', () => {
    interface Paid {
      invoiceId: string;
      amount: number;
      note?: string;
    }
    type Events = EventsOf<typeof catalog>;
    expectTypeOf<Events['arktype.paid']['input']>().toEqualTypeOf<Paid>();
    expectTypeOf<Events['valibot.paid']['input']>().toExtend<{ invoiceId: string; amount: number }>();
  });

  it.each([
    ['valibot', toStandardJsonSchema(valibotSchema)],
    ['arktype', arktypeSchema],
  ])('rejects an example that the schema of %s does not accept', (_, schema) => {
    const define = () =>
      // @ts-expect-error: the amount is a text
      defineCatalog({ 'invoice.paid': { ...paid, schema, example: { invoiceId: 'in_1', amount: '5' } } });
    expect(define).toThrow(/^'invoice\.paid': the example does not match the schema: .*amount/);
  });

  it('names the remedy for a schema without JSON Schema', () => {
    expect(() => toPayloadJsonSchema('invoice.paid', valibotSchema)).toThrow(
      'invoice.paid: the schema of valibot gives no JSON Schema; wrap it in toStandardJsonSchema(...) of @valibot/to-json-schema',
    );
  });
});
