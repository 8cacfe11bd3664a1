import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  toPayloadJsonSchema,
  type PayloadSchema,
} from '../../../../shared/src/catalog/payload-json-schema.ts';

/** The JSON Schema of one field. */
function fieldOf(schema: z.ZodType): unknown {
  const { properties } = toPayloadJsonSchema('invoice.paid', z.object({ f: schema }));
  // `as`: the schema above has one field.
  return (properties as Record<string, unknown>)['f'];
}

const also = (text: string) => `Also checked by the typed publisher: ${text}.`;
const changed = (text: string) => `Changed by the typed publisher: ${text}.`;

interface TreeNode {
  readonly name: string;
  readonly children: readonly TreeNode[];
}

describe('toPayloadJsonSchema', () => {
  it('describes what a publisher gives, as draft 2020-12', () => {
    const schema = z.object({
      id: z.string(),
      tags: z.array(z.string()).default([]),
      note: z.string().optional(),
    });
    expect(toPayloadJsonSchema('invoice.paid', schema)).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        id: { type: 'string' },
        tags: { type: 'array', items: { type: 'string' }, default: [] },
        note: { type: 'string' },
      },
      required: ['id'],
    });
  });

  it('describes what a receiver gets', () => {
    const schema = z.object({
      n: z.string().transform(Number),
      d: z.date().optional(),
      tag: z.string().default('x'),
    });
    const { properties, required } = toPayloadJsonSchema('invoice.paid', schema, 'output');
    expect(properties).toMatchObject({ d: {}, tag: { type: 'string' } });
    expect(required).toEqual(['n', 'tag']);
  });

  it.each([
    [
      'a refinement',
      z.int().refine((n) => n % 2 === 0, 'must be even'),
      { description: also('must be even') },
    ],
    ['a refinement without a message', z.int().refine((n) => n > 0), { description: also('a custom check') }],
    ['a check', z.int().check(() => undefined), { description: also('a custom check') }],
    [
      'a refinement beside a description',
      z
        .int()
        .refine((n) => n > 0, 'positive')
        .describe('The number.'),
      { description: `The number.\n\n${also('positive')}` },
    ],
    [
      'a description of the field around a refinement',
      z
        .int()
        .refine((n) => n > 0, 'positive')
        .optional()
        .describe('The number.'),
      { description: `The number.\n\n${also('positive')}` },
    ],
    [
      'a refinement after a description',
      z
        .int()
        .describe('The number.')
        .refine((n) => n > 0, 'positive'),
      { description: `The number.\n\n${also('positive')}` },
    ],
    [
      'a host name',
      z.url({ hostname: /^acme\.com$/ }),
      { format: 'uri', description: also('the host name matches /^acme\\.com$/') },
    ],
    [
      'a format that JSON Schema does not have',
      z.jwt(),
      { type: 'string', description: also('a valid jwt') },
    ],
    [
      'a format of several words',
      z.stringFormat('order_number', () => true),
      { type: 'string', description: also('a valid order number') },
    ],
    [
      'a format with a message',
      z.stringFormat('order_number', () => true, { error: 'must be an order' }),
      { type: 'string', description: also('must be an order') },
    ],
    [
      'a protocol',
      z.url({ protocol: /^https$/ }),
      { format: 'uri', description: also('the protocol matches /^https$/') },
    ],
    [
      'a property',
      z.array(z.int()).check(z.property('length', z.int())),
      {
        description: also('the property length'),
      },
    ],
    ['a custom type', z.custom<`inv_${string}`>(() => true), { description: also('a custom check') }],
    [
      'a transform',
      z.string().transform((text) => text.length),
      { type: 'string', description: changed('transformed after the checks') },
    ],
    [
      'a preprocess',
      z.preprocess(String, z.string()),
      { type: 'string', description: changed('preprocessed before the checks') },
    ],
    [
      'a conversion',
      z.coerce.number(),
      { type: 'number', description: changed('other values are converted to number') },
    ],
    [
      'a catch',
      z.string().catch('x'),
      { type: 'string', description: changed('an invalid value is replaced') },
    ],
    [
      'a rewrite',
      z.string().trim(),
      { type: 'string', description: changed('rewritten, such as trimmed or in lower case') },
    ],
  ])('says %s in the description', (_name, schema, expected) => {
    expect(fieldOf(schema)).toMatchObject(expected);
  });

  it.each([
    ['flags', z.string().regex(/^inv_/i), { type: 'string', description: also('matches /^inv_/i') }],
    [
      'flags beside another pattern',
      z.string().regex(/^a/).regex(/z$/i),
      { type: 'string', allOf: [{ pattern: '^a' }], description: also('matches /z$/i') },
    ],
    [
      'look-ahead',
      z.string().regex(/^(?=.*\d)/),
      { type: 'string', description: also('matches /^(?=.*\\d)/') },
    ],
    [
      'a back reference',
      z.string().regex(/^(.)\1$/),
      { type: 'string', description: also('matches /^(.)\\1$/') },
    ],
    ['a pattern beside a format', z.iso.duration(), { type: 'string', format: 'duration' }],
    [
      'a linear pattern',
      z.string().regex(/^[(?=)]\(\?=\)$/u),
      { type: 'string', pattern: '^[(?=)]\\(\\?=\\)$' },
    ],
  ])('keeps only patterns that match the same and in linear time: %s', (_name, schema, expected) => {
    expect(fieldOf(schema)).toEqual(expected);
  });

  it('keeps a refinement of a merged object, and the fields of both', () => {
    const left = z.strictObject({ a: z.string() }).refine(() => true, 'left');
    expect(fieldOf(z.intersection(left, z.strictObject({ b: z.string() })))).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      required: ['a', 'b'],
      additionalProperties: false,
      description: also('left'),
    });
  });

  it('keeps a refinement of the data, of a shared schema and of a recursive one', () => {
    const node: z.ZodType<TreeNode> = z.lazy(() =>
      z.object({ name: z.string(), children: z.array(node) }).refine(() => true, 'a tree'),
    );
    const shared = z
      .string()
      .refine(() => true, 'shared')
      .meta({ id: 'Shared' });
    const schema = z.object({ root: node, a: shared, b: shared.optional() }).refine(() => true, 'all');
    const text = JSON.stringify(toPayloadJsonSchema('invoice.paid', schema));
    for (const name of ['a tree', 'shared', 'all']) expect(text.split(also(name))).toHaveLength(2);
  });

  it('says that a union of objects is an object', () => {
    const schema = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('card') }),
      z.object({ kind: z.literal('bank') }),
    ]);
    expect(toPayloadJsonSchema('invoice.paid', schema)).toMatchObject({
      type: 'object',
      oneOf: [{ type: 'object' }, { type: 'object' }],
    });
  });

  it('leaves out keywords that JSON Schema does not have', () => {
    expect(fieldOf(z.string().meta({ title: 'T', unit: 'EUR' }))).toEqual({ type: 'string', title: 'T' });
    expect(fieldOf(z.base64())).not.toHaveProperty('format');
    // A field can have the name of any keyword.
    expect(fieldOf(z.object({ unit: z.string() }))).toHaveProperty('properties.unit');
  });

  it.each([
    [z.object({ at: z.date() }), 'invoice.paid: data.at: JSON has no dates; use z.iso.datetime()'],
    [
      z.object({ lines: z.array(z.object({ n: z.bigint() })) }),
      'invoice.paid: data.lines[].n: JSON has no bigints',
    ],
    [
      z.object({ m: z.map(z.string(), z.string()) }),
      'invoice.paid: data.m: JSON has no maps; use z.record()',
    ],
    [z.object({ r: z.record(z.string(), z.set(z.string())) }), 'invoice.paid: data.r.*: JSON has no sets'],
    [z.object({ u: z.union([z.string(), z.undefined()]) }), 'invoice.paid: data.u: JSON has no undefined'],
    [z.object({ v: z.void() }), 'invoice.paid: data.v: JSON has no undefined; use .optional(), or z.null()'],
    [z.object({ n: z.nan() }), 'invoice.paid: data.n: JSON has no NaN; use z.null()'],
    [z.object({ s: z.symbol() }), 'invoice.paid: data.s: JSON has no symbols; use z.string()'],
    [z.object({ f: z.function() }), 'invoice.paid: data.f: JSON has no functions; remove the field'],
    [z.object({ s: z.set(z.string()) }), 'invoice.paid: data.s: JSON has no sets; use z.array()'],
    [
      z.object({ b: z.bigint() }),
      'invoice.paid: data.b: JSON has no bigints; use z.string(), or z.int() up to 2^53',
    ],
    [
      z.object({ t: z.tuple([z.string(), z.object({ at: z.date() })]) }),
      'invoice.paid: data.t[1].at: JSON has no dates',
    ],
    [z.string(), 'invoice.paid: data must be an object; the schema describes string'],
  ])('names the event, the place and a remedy', (schema, message) => {
    expect(() => toPayloadJsonSchema('invoice.paid', schema)).toThrow(message);
  });

  it('keeps values that look like schemas as they are', () => {
    const values = { const: { unit: 1 }, enum: [{ unit: 1 }], default: { unit: 1 }, examples: [{ unit: 1 }] };
    const input = () => ({
      type: 'object',
      properties: { f: { ...values, unit: 1 } },
      dependentRequired: { unit: ['f'] },
      dependentSchemas: { unit: { unit: 1, type: 'object' } },
      patternProperties: { '^unit': { unit: 1, type: 'string' } },
      prefixItems: [{ unit: 1, type: 'string' }, true],
      allOf: [{ unit: 1, required: ['f'] }],
      additionalProperties: false,
    });
    const schema: PayloadSchema = { '~standard': { vendor: 'acme', jsonSchema: { input, output: input } } };
    expect(toPayloadJsonSchema('a.b', schema)).toEqual({
      type: 'object',
      properties: { f: values },
      dependentRequired: { unit: ['f'] },
      dependentSchemas: { unit: { type: 'object' } },
      patternProperties: { '^unit': { type: 'string' } },
      prefixItems: [{ type: 'string' }, true],
      allOf: [{ required: ['f'] }],
      additionalProperties: false,
    });
  });

  it('accepts a date that it converts', () => {
    expect(fieldOf(z.coerce.date())).toEqual({
      description: changed('converted to a Date; other values are converted to date'),
    });
  });

  it.each([
    ['valibot', 'wrap it in toStandardJsonSchema(...) of @valibot/to-json-schema'],
    ['zod', 'use "zod" 4.2 or newer instead of "zod/mini"'],
    ['acme', 'use a library that implements Standard JSON Schema'],
  ])('names the remedy for a schema of %s without JSON Schema', (vendor, remedy) => {
    const schema: PayloadSchema = { '~standard': { vendor } };
    expect(() => toPayloadJsonSchema('invoice.paid', schema)).toThrow(
      `invoice.paid: the schema of ${vendor} gives no JSON Schema; ${remedy}`,
    );
  });

  it('takes the JSON Schema of any library, and names the library if that fails', () => {
    const toSchema = (input: () => Record<string, unknown>): PayloadSchema => ({
      '~standard': { vendor: 'acme', jsonSchema: { input, output: input } },
    });
    expect(
      toPayloadJsonSchema(
        'a.b',
        toSchema(() => ({ type: 'object' })),
      ),
    ).toEqual({ type: 'object' });
    expect(() =>
      toPayloadJsonSchema(
        'a.b',
        toSchema(() => {
          throw new Error('predicates are not supported');
        }),
      ),
    ).toThrow(
      'a.b: acme cannot write the schema as JSON Schema: predicates are not supported; describe the data',
    );
  });
});
