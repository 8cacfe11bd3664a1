import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../../../../shared/src/catalog/json-schema.ts';
import { compare, field, object, text, tree } from '../../../support/schema-differences.ts';

describe('compareSchemas: fields', () => {
  it('accepts a new optional field', () => {
    expect(compare(object({}), object({ note: text }))).toEqual(['data.note added : is added and optional']);
  });

  it.each([
    ['a new required field', object({}), object({ id: text }, ['id']), 'data.id required P: is now required'],
    [
      'a required field that is not declared',
      object({}),
      object({}, ['id']),
      'data.id required P: is now required',
    ],
    [
      'a required field that becomes optional',
      object({ id: text }, ['id']),
      object({ id: text }),
      'data.id required R: is no longer required',
    ],
    ['a removed field', object({ id: text }, ['id']), object({}), 'data.id removed R: is removed'],
    ['a removed optional field', object({ id: text }), object({}), 'data.id removed R: is removed'],
    [
      'an object that becomes closed',
      object({ id: text }),
      object({ id: text }, [], { additionalProperties: false }),
      'data additionalProperties P: no longer accepts other fields',
    ],
    [
      'a closed object that becomes open',
      object({ id: text }, [], { additionalProperties: false }),
      object({ id: text }),
      'data additionalProperties R: may now contain other fields',
    ],
    [
      'a new field in a closed object',
      object({}, [], { additionalProperties: false }),
      object({ id: text }, [], { additionalProperties: false }),
      'data.id additionalProperties R: is added to an object that allowed no other fields',
    ],
    [
      'a removed field of a closed object',
      object({ id: text }, [], { additionalProperties: false }),
      object({}, [], { additionalProperties: false }),
      'data.id additionalProperties P: is no longer accepted, because the object allows no other fields',
    ],
    [
      'other values of undeclared fields',
      object({}, [], { additionalProperties: text }),
      object({}, [], { additionalProperties: { type: ['string', 'null'] } }),
      'data.* type R: may now contain null',
    ],
    [
      'a new limit of fields',
      object({}),
      object({}, [], { maxProperties: 3 }),
      'data maxProperties P: no longer accepts objects with more than 3 fields',
    ],
    [
      'a field that needs another field',
      object({ a: text, b: text }),
      object({ a: text, b: text }, [], { dependentRequired: { a: ['b'] } }),
      'data dependentRequired P: no longer accepts objects with "a" and without "b"',
    ],
    [
      'a restricted field name',
      object({}),
      object({}, [], { propertyNames: { pattern: '^[a-z]+$' } }),
      'data propertyNames P: no longer accepts fields with other names',
    ],
    [
      'a field in a nested list',
      field({ type: 'array', items: object({ 'line no': { type: 'integer' } }, ['line no']) }),
      field({ type: 'array', items: object({ 'line no': text }, ['line no']) }),
      'data.f[]["line no"] type PR: no longer accepts a number, and may now contain a string',
    ],
  ])('reports %s', (_name, before, after, expected) => {
    expect(compare(before, after)).toEqual([expected]);
  });

  it('compares fields by pattern only if the patterns are the same', () => {
    const byPattern = (pattern: string, schema: JsonSchema) =>
      object({}, [], { patternProperties: { [pattern]: schema } });
    expect(compare(byPattern('^x', text), byPattern('^x', { type: ['string', 'null'] }))).toEqual([
      'data[/^x/] type R: may now contain null',
    ]);
    expect(compare(byPattern('^x', text), byPattern('^y', text))).toEqual([
      'data undecided PR: cannot be proven compatible: fields are matched by patternProperties, which changed',
    ]);
    expect(compare(byPattern('^x', text), byPattern('^x', { ...text, title: 'X' }))).toEqual([]);
  });
});

describe('compareSchemas: values', () => {
  it.each<[string, JsonSchema, JsonSchema, readonly string[]]>([
    ['a new enum value', { enum: ['a'] }, { enum: ['a', 'b'] }, ['data.f enum R: may now contain "b"']],
    ['a removed enum value', { enum: ['a', 'b'] }, { const: 'a' }, ['data.f enum P: no longer accepts "b"']],
    [
      'exchanged enum values',
      { enum: ['a', 'b'] },
      { enum: ['b', 'c'] },
      ['data.f enum PR: no longer accepts "a", and may now contain "c"'],
    ],
    [
      'an enum that becomes a string',
      { enum: ['a'] },
      text,
      ['data.f enum R: may now contain any other string'],
    ],
    [
      'a string that becomes an enum',
      text,
      { enum: ['a'] },
      ['data.f enum P: no longer accepts any other string'],
    ],
    [
      'another type',
      text,
      { type: 'boolean' },
      ['data.f type PR: no longer accepts a string, and may now contain a boolean'],
    ],
    ['null', text, { anyOf: [text, { type: 'null' }] }, ['data.f type R: may now contain null']],
    ['no null any more', { type: ['string', 'null'] }, text, ['data.f type P: no longer accepts null']],
    [
      'fractions',
      { type: 'integer' },
      { type: 'number' },
      ['data.f type R: may now contain numbers with a fraction'],
    ],
    [
      'a minimum',
      { type: 'number' },
      { type: 'number', minimum: 0 },
      ['data.f minimum P: no longer accepts numbers below 0'],
    ],
    [
      'a higher minimum and a lower maximum',
      { type: 'number', minimum: 0, maximum: 9 },
      { type: 'number', minimum: 1, maximum: 8 },
      [
        'data.f minimum P: no longer accepts numbers below 1',
        'data.f maximum P: no longer accepts numbers above 8',
      ],
    ],
    [
      'a looser exclusive maximum',
      { type: 'number', exclusiveMaximum: 5 },
      { type: 'number', maximum: 5 },
      ['data.f maximum R: may now contain the number 5 or more'],
    ],
    [
      'a divisor',
      { type: 'integer', multipleOf: 5 },
      { type: 'integer', multipleOf: 10 },
      ['data.f multipleOf P: no longer accepts numbers that are not a multiple of 10'],
    ],
    [
      'a length',
      text,
      { type: 'string', maxLength: 9 },
      ['data.f maxLength P: no longer accepts strings longer than 9 characters'],
    ],
    [
      'a pattern',
      text,
      { type: 'string', pattern: '^a' },
      ['data.f pattern P: no longer accepts strings that do not match /^a/'],
    ],
    [
      'another pattern',
      { type: 'string', pattern: '^a' },
      { type: 'string', pattern: '^b' },
      [
        'data.f pattern PR: no longer accepts strings that do not match /^b/, and may now contain strings that do not match /^a/',
      ],
    ],
    [
      'a format',
      text,
      { type: 'string', format: 'email' },
      ['data.f format P: no longer accepts strings that are no email'],
    ],
    [
      'fewer items',
      { type: 'array' },
      { type: 'array', maxItems: 2 },
      ['data.f maxItems P: no longer accepts lists with more than 2 items'],
    ],
    [
      'unique items',
      { type: 'array' },
      { type: 'array', uniqueItems: true },
      ['data.f uniqueItems P: no longer accepts lists with equal items'],
    ],
    [
      'an item of a tuple',
      { type: 'array', prefixItems: [text, text], items: false },
      { type: 'array', prefixItems: [text, { enum: ['a'] }], items: false },
      ['data.f[1] enum P: no longer accepts any other string'],
    ],
    [
      'items that a list has to contain',
      { type: 'array', items: text },
      { type: 'array', items: text, contains: { const: 'a' } },
      ['data.f contains P: no longer accepts lists without the items that contains asks for'],
    ],
    [
      'more items that a list has to contain',
      { type: 'array', contains: { const: 'a' } },
      { type: 'array', contains: { const: 'a' }, minContains: 2 },
      ['data.f contains P: no longer accepts lists without the items that contains asks for'],
    ],
    [
      'a length that a value exceeds',
      { enum: ['abc', 'a'] },
      { enum: ['abc', 'a'], maxLength: 2 },
      ['data.f enum P: no longer accepts "abc"'],
    ],
    [
      'a value that not excludes',
      { enum: ['a', 'b'] },
      { enum: ['a', 'b'], not: { const: 'b' } },
      ['data.f enum P: no longer accepts "b"'],
    ],
  ])('reports %s', (_name, before, after, expected) => {
    expect(compare(field(before), field(after))).toEqual(expected);
  });
});

describe('compareSchemas: alternatives', () => {
  const card = object({ kind: { const: 'card' }, last4: text }, ['kind', 'last4']);
  const bank = object({ kind: { const: 'bank' }, iban: text }, ['kind', 'iban']);
  const cash = object({ kind: { const: 'cash' } }, ['kind']);

  it('names a new alternative and a removed one by the field that tells them apart', () => {
    expect(compare({ oneOf: [card, bank] }, { oneOf: [bank, card, cash] })).toEqual([
      'data variant R: may now contain objects with "kind": "cash"',
    ]);
    expect(compare({ oneOf: [card, bank, cash] }, { anyOf: [card, bank] })).toEqual([
      'data variant P: no longer accepts objects with "kind": "cash"',
    ]);
  });

  it('compares each alternative with its counterpart', () => {
    const longer = object({ kind: { const: 'bank' }, iban: { ...text, minLength: 15 } }, ['kind', 'iban']);
    expect(compare({ oneOf: [card, bank] }, { oneOf: [longer, card] })).toEqual([
      'data.iban minLength P: no longer accepts strings shorter than 15 characters',
    ]);
  });

  it('splits an object by the values of a field', () => {
    const both = object({ kind: { enum: ['a', 'b'] }, id: text }, ['kind', 'id']);
    const split = ['a', 'b'].map((kind) => object({ kind: { const: kind }, id: text }, ['kind', 'id']));
    expect(compare(both, { anyOf: split })).toEqual([]);
  });

  it('compares what not excludes the other way round', () => {
    const before = field({ type: 'string', not: { enum: ['a'] } });
    const after = field({ type: 'string', not: { enum: ['a', 'b'] } });
    expect(compare(before, after)).toEqual(['data.f undecided P: cannot be proven compatible: not changed']);
  });

  it('compares the consequences of one condition', () => {
    const withThen = (consequence: JsonSchema) => ({
      ...(object({ vip: { type: 'boolean' }, note: text }) as object),
      if: object({ vip: { const: true } }, ['vip']),
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: consequence,
    });
    expect(compare(withThen(object({}, ['note'])), withThen({ required: ['note'], type: 'object' }))).toEqual(
      [],
    );
    expect(compare(withThen({ required: ['note'] }), withThen({ required: ['note', 'vip'] }))).toEqual([
      'data undecided P: cannot be proven compatible: if changed',
    ]);
  });

  it('says undecided where fields are evaluated elsewhere', () => {
    const unevaluated = (schema: JsonSchema) => ({ allOf: [schema], unevaluatedProperties: false });
    const before = unevaluated(object({ a: text }));
    expect(compare(before, unevaluated(object({ a: { ...text, title: 'A' } })))).toEqual([]);
    expect(compare(before, unevaluated(object({ a: text, b: text })))).toContain(
      'data undecided PR: cannot be proven compatible: unevaluatedProperties changed',
    );
  });

  it('says undecided for keywords that it does not know', () => {
    expect(compare(field({ nullable: true }), field({}))).toEqual([
      'data.f undecided R: cannot be proven compatible: nullable changed',
    ]);
    expect(compare(field({ 'x-unit': 'EUR' }), field({}))).toEqual([]);
  });
});

describe('compareSchemas: recursive and large schemas', () => {
  it('reports a change of a recursive schema once', () => {
    expect(compare(tree(text), tree({ type: ['string', 'null'] }))).toEqual([
      'data.value type R: may now contain null',
    ]);
  });

  it('compares alternatives that contain themselves', () => {
    const expression = (value: JsonSchema): JsonSchema => ({
      oneOf: [
        object({ op: { const: 'not' }, of: { $ref: '#' } }, ['op', 'of']),
        object({ op: { const: 'is' }, value }, ['op', 'value']),
      ],
    });
    expect(compare(expression(text), expression({ ...text, title: 'V' }))).toEqual([]);
    expect(compare(expression(text), expression({ ...text, maxLength: 5 }))).toEqual([
      'data.value maxLength P: no longer accepts strings longer than 5 characters',
    ]);
  });

  it('says undecided for a reference that refers to itself', () => {
    const loop = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } };
    expect(compare(loop, object({}))).toEqual([
      'data undecided PR: cannot be proven compatible: the schema is too complex to compare',
    ]);
  });

  it('compares references that double at each level', () => {
    const doubling = (last: JsonSchema): JsonSchema => {
      const $defs: Record<string, JsonSchema> = { d22: last };
      for (let level = 0; level < 22; level += 1) {
        const next = { $ref: `#/$defs/d${level + 1}` };
        $defs[`d${level}`] = { anyOf: [next, { ...next }] };
      }
      return { ...(field({ $ref: '#/$defs/d0' }) as object), $defs };
    };
    expect(compare(doubling({ type: 'number' }), doubling(text))).toEqual([
      'data.f type PR: no longer accepts a number, and may now contain a string',
    ]);
  });

  it('says undecided for too many combinations', () => {
    const option = (name: string) => ({ anyOf: [field(text), object({ [name]: text }, [name])] });
    const many = { allOf: Array.from({ length: 12 }, (_, index) => option(`n${index}`)) };
    expect(compare(many, field({ type: 'number' }))).toEqual([
      'data undecided PR: cannot be proven compatible: the schema is too complex to compare',
    ]);
  });
});
