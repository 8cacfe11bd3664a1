import { describe, expect, it } from 'vitest';
import type { JsonSchema, JsonSchemaObject } from '../../../../shared/src/catalog/json-schema.ts';
import { compare, field, object, text } from '../../../support/schema-differences.ts';

const list = (more: object = {}): JsonSchema => ({ type: 'array', ...more });

describe('a change of lists', () => {
  it.each<[string, JsonSchema, JsonSchema, readonly string[]]>([
    [
      'a minimum length',
      list(),
      list({ minItems: 2 }),
      ['data.f minItems P: no longer accepts lists with fewer than 2 items'],
    ],
    [
      'a lower minimum length',
      list({ minItems: 2 }),
      list({ minItems: 1 }),
      ['data.f minItems R: may now contain lists with fewer than 2 items'],
    ],
    [
      'a tuple that becomes a list',
      list({ prefixItems: [text, text], items: false }),
      list({ prefixItems: [text], items: { type: 'number' } }),
      [
        'data.f[1] type PR: no longer accepts a string, and may now contain a number',
        'data.f maxItems R: may now contain lists with more than 2 items',
      ],
    ],
    [
      'a longer tuple',
      list({ prefixItems: [text], items: false }),
      list({ prefixItems: [text, text], items: false }),
      ['data.f maxItems R: may now contain lists with more than 1 items'],
    ],
    [
      'items of one type',
      list(),
      list({ items: text }),
      ['data.f[] type P: no longer accepts null, a boolean, a number, an object, a list'],
    ],
    [
      'items of any type',
      list({ items: text }),
      list(),
      ['data.f[] type R: may now contain null, a boolean, a number, an object, a list'],
    ],
    [
      'items that were unevaluated',
      list({ unevaluatedItems: text }),
      list({ items: { type: ['string', 'null'] } }),
      ['data.f[] type R: may now contain null'],
    ],
    [
      'unique items of lists that can have two',
      list({ maxItems: 2 }),
      list({ maxItems: 2, uniqueItems: true }),
      ['data.f uniqueItems P: no longer accepts lists with equal items'],
    ],
    ['nothing, if lists have one item', list({ maxItems: 1 }), list({ maxItems: 1, uniqueItems: true }), []],
    [
      'nothing, if a tuple ends at an impossible item',
      list({ prefixItems: [text, false] }),
      list({ prefixItems: [text], maxItems: 1 }),
      [],
    ],
  ])('reports %s', (_name, before, after, expected) => {
    expect(compare(field(before), field(after))).toEqual(expected);
  });

  const contains = 'lists without the items that contains asks for';

  it.each([
    ['the most items that match', { maxContains: 2 }, { maxContains: 3 }, `R: may now contain ${contains}`],
    ['fewer items that match', { maxContains: 3 }, { maxContains: 2 }, `P: no longer accepts ${contains}`],
    ['no limit of items that match', { maxContains: 3 }, {}, `R: may now contain ${contains}`],
    ['a limit of items that match', {}, { maxContains: 3 }, `P: no longer accepts ${contains}`],
    ['other items', { contains: { const: 'a' } }, {}, `R: may now contain ${contains}`],
    ['fewer kinds of items', {}, { contains: { const: 'a' } }, `P: no longer accepts ${contains}`],
    [
      'other items with a limit',
      { contains: { const: 'a' }, maxContains: 1 },
      { maxContains: 1 },
      `PR: no longer accepts ${contains}, and may now contain ${contains}`,
    ],
  ])('reports %s', (_name, before, after, expected) => {
    const having = (more: object) => field(list({ contains: text, ...more }));
    expect(compare(having(before), having(after))).toEqual([`data.f contains ${expected}`]);
  });

  it('reports nothing if no item has to match', () => {
    const after = (more: object) => field(list({ contains: text, minContains: 0, ...more }));
    expect(compare(field(list()), after({}))).toEqual([]);
    expect(compare(field(list()), after({ maxContains: 1 }))).toHaveLength(1);
  });
});

describe('a change of the values of an enum', () => {
  const numbers = [1, 5, 2.5];
  const texts = ['a', 'bb', '😀', 'ccc'];
  const lists = [[1], [1, 1], ['a', 2]];
  const objects = [{ a: 1 }, { b: 'x', a: 'y' }];
  const isLonger = { minLength: 2 };

  it.each<[readonly unknown[], JsonSchemaObject, string]>([
    [numbers, { maximum: 3 }, '5'],
    [numbers, { maximum: 5 }, ''],
    [numbers, { exclusiveMaximum: 5 }, '5'],
    [numbers, { minimum: 3 }, '1, 2.5'],
    [numbers, { minimum: 1 }, ''],
    [numbers, { exclusiveMinimum: 1 }, '1'],
    [numbers, { multipleOf: 5 }, '1, 2.5'],
    [numbers, { type: 'integer' }, '2.5'],
    [texts, { minLength: 2 }, '"a", "😀"'],
    [texts, { maxLength: 1 }, '"bb", "ccc"'],
    [texts, { not: isLonger }, '"bb", "ccc"'],
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    [texts, { if: isLonger, then: { maxLength: 2 } }, '"ccc"'],
    [texts, { if: isLonger, else: false }, '"a", "😀"'],
    [lists, { minItems: 2 }, '[1]'],
    [lists, { minItems: 1 }, ''],
    [lists, { maxItems: 1 }, '[1,1], ["a",2]'],
    [lists, { uniqueItems: true }, '[1,1]'],
    [lists, { items: { type: 'number' } }, '["a",2]'],
    [lists, { prefixItems: [{ const: 1 }] }, '["a",2]'],
    [objects, { minProperties: 2 }, '{"a":1}'],
    [objects, { maxProperties: 1 }, '{"b":"x","a":"y"}'],
    [objects, { required: ['a'] }, ''],
    [objects, { required: ['b'] }, '{"a":1}'],
    [objects, { properties: { a: text } }, '{"a":1}'],
    [objects, { properties: { a: {} }, additionalProperties: false }, '{"b":"x","a":"y"}'],
  ])('%j with %j no longer accepts %s', (values, limit, expected) => {
    const [first, second] = compare(field({ enum: values }), field({ enum: values, ...limit }));
    expect([first?.replace('data.f enum P: no longer accepts ', '') ?? '', second]).toEqual([
      expected,
      undefined,
    ]);
  });

  it('is not computed from a pattern or a format', () => {
    const withLimit = (limit: object) => compare(field({ enum: texts }), field({ enum: texts, ...limit }));
    expect(withLimit({ pattern: '^a' })).toEqual([
      'data.f pattern P: no longer accepts strings that do not match /^a/',
    ]);
    expect(withLimit({ format: 'email' })).toEqual([
      'data.f format P: no longer accepts strings that are no email',
    ]);
    expect(withLimit({ not: { pattern: 'a' } })).toEqual([
      'data.f undecided P: cannot be proven compatible: not changed',
    ]);
  });
});

describe('a change of objects', () => {
  const both = (more: object): JsonSchema => object({ a: text, b: text }, [], more);
  const names = 'fields with other names';
  const withA = (missing: string) => `objects with "a" and without ${missing}`;

  it.each<[string, object, object, readonly string[]]>([
    [
      'longer names',
      { propertyNames: { maxLength: 3 } },
      { propertyNames: { maxLength: 4 } },
      [`data propertyNames R: may now contain ${names}`],
    ],
    [
      'shorter names',
      { propertyNames: { maxLength: 3 } },
      { propertyNames: { maxLength: 2 } },
      [`data propertyNames P: no longer accepts ${names}`],
    ],
    ['nothing, if any name is allowed', {}, { propertyNames: true }, []],
    [
      'fewer fields that another one needs',
      { dependentRequired: { a: ['b', 'c'] } },
      { dependentRequired: { a: ['b'] } },
      [`data dependentRequired R: may now contain ${withA('"b", "c"')}`],
    ],
    [
      'more fields that another one needs',
      { dependentRequired: { a: ['b'] } },
      { dependentRequired: { a: ['b', 'c'] } },
      [`data dependentRequired P: no longer accepts ${withA('"b", "c"')}`],
    ],
    [
      'another field that needs one',
      { dependentRequired: { a: ['b'] } },
      { dependentRequired: { c: ['b'] } },
      [
        `data dependentRequired PR: no longer accepts objects with "c" and without "b", and may now contain ${withA('"b"')}`,
      ],
    ],
    [
      'nothing, if a needed field is required anyway',
      { required: ['b'] },
      { required: ['b'], dependentRequired: { a: ['b'] } },
      [],
    ],
    [
      'nothing, if the field that needs others is impossible',
      { properties: { a: false } },
      { properties: { a: false }, dependentRequired: { a: ['b'] } },
      [],
    ],
    [
      'a schema that a field needs',
      {},
      { dependentSchemas: { a: { required: ['b'] } } },
      ['data undecided P: cannot be proven compatible: dependentSchemas of "a" changed'],
    ],
    [
      'a looser schema that a field needs',
      { dependentSchemas: { a: { required: ['b', 'c'] } } },
      { dependentSchemas: { a: { required: ['b'] } } },
      ['data undecided R: cannot be proven compatible: dependentSchemas of "a" changed'],
    ],
    [
      'what not excludes, which is less',
      { not: { required: ['a'] } },
      { not: { required: ['a', 'b'] } },
      ['data undecided R: cannot be proven compatible: not changed'],
    ],
    [
      'a minimum of fields',
      {},
      { minProperties: 1 },
      ['data minProperties P: no longer accepts objects with fewer than 1 fields'],
    ],
    [
      'a lower minimum of fields',
      { minProperties: 1 },
      {},
      ['data minProperties R: may now contain objects with fewer than 1 fields'],
    ],
    [
      'other fields that were unevaluated',
      { unevaluatedProperties: text },
      { additionalProperties: { type: ['string', 'null'] } },
      ['data.* type R: may now contain null'],
    ],
  ])('reports %s', (_name, before, after, expected) => {
    expect(compare(both(before), both(after))).toEqual(expected);
  });
});

describe('fields by pattern', () => {
  const changed =
    'data undecided PR: cannot be proven compatible: fields are matched by patternProperties, which changed';
  const byPattern = (more: object = {}, fields: Record<string, JsonSchema> = {}): JsonSchema =>
    object(fields, [], { patternProperties: { '^x': text }, ...more });

  it('are undecided if other fields or patterns are declared beside them', () => {
    expect(compare(byPattern(), byPattern({}, { a: text }))).toContain(changed);
    expect(compare(byPattern({}, { a: text }), byPattern())).toContain(changed);
    const more = byPattern({ patternProperties: { '^x': text, '^y': text } });
    expect(compare(byPattern(), more)).toContain(changed);
  });

  it('are compared if only other fields change', () => {
    expect(
      compare(byPattern({ additionalProperties: false }), byPattern({ additionalProperties: text })),
    ).toEqual(['data additionalProperties R: may now contain other fields']);
    expect(
      compare(byPattern({ additionalProperties: text }), byPattern({ additionalProperties: text })),
    ).toEqual([]);
  });
});

describe('a reference', () => {
  const referring = (target: JsonSchema, ref = '#/$defs/a'): JsonSchema => ({
    ...(field({ $ref: ref }) as object),
    $defs: { a: target },
  });

  it('is compared by what it refers to', () => {
    expect(compare(referring(text), field(text))).toEqual([]);
    expect(compare(field({ ...text, maxLength: 3 }), referring(text))).toEqual([
      'data.f maxLength R: may now contain strings longer than 3 characters',
    ]);
  });

  it('to nowhere is compared as text', () => {
    const lost = referring(text, '#/$defs/none');
    expect(compare(lost, lost)).toEqual([]);
    expect(compare(field(true), lost)).toEqual([
      'data.f undecided P: cannot be proven compatible: $ref changed',
    ]);
  });
});
