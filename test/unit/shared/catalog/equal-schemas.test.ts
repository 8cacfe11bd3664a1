import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../../../../shared/src/catalog/json-schema.ts';
import { compare, field, object, text, tree } from '../../../support/schema-differences.ts';

describe('compareSchemas with the same schema written differently', () => {
  const address = object({ city: text }, ['city']);

  it.each<[string, JsonSchema, JsonSchema]>([
    ['the order of keys', { type: 'string', minLength: 1 }, { minLength: 1, type: 'string' }],
    [
      'the order of required',
      object({ a: text, b: text }, ['a', 'b']),
      object({ b: text, a: text }, ['b', 'a']),
    ],
    ['a list of one type', text, { type: ['string'] }],
    ['an enum of one value', { enum: ['a'] }, { const: 'a' }],
    ['the types of an enum', { enum: ['a', 1] }, { type: ['string', 'integer'], enum: [1, 'a'] }],
    ['null in anyOf', { type: ['string', 'null'] }, { anyOf: [text, { type: 'null' }] }],
    ['anyOf of constants', { enum: ['a', 'b'] }, { anyOf: [{ const: 'b' }, { const: 'a' }] }],
    ['allOf of parts', { type: 'string', minLength: 1 }, { allOf: [text, { minLength: 1 }] }],
    [
      'bounds in allOf',
      { type: 'number', minimum: 5, maximum: 7 },
      {
        type: 'number',
        allOf: [
          { minimum: 0, maximum: 7 },
          { minimum: 5, maximum: 9 },
        ],
      },
    ],
    ['fields in allOf', object({ a: text, b: text }), { allOf: [object({ a: text }), object({ b: text })] }],
    ['a bound of integers', { type: 'integer', minimum: 1 }, { type: 'integer', exclusiveMinimum: 0 }],
    [
      'a fraction below integers',
      { type: 'integer', minimum: 1 },
      { type: 'integer', exclusiveMinimum: 0.5 },
    ],
    ['a fraction above integers', { type: 'integer', maximum: 3 }, { type: 'integer', maximum: 3.7 }],
    [
      'an open bound above integers',
      { type: 'integer', maximum: 3 },
      { type: 'integer', exclusiveMaximum: 4 },
    ],
    ['other fields of any type', object({}), object({}, [], { additionalProperties: {} })],
    ['items of any type', { type: 'array' }, { type: 'array', items: {} }],
    ['an integer as a multiple', { type: 'integer' }, { type: 'number', multipleOf: 1 }],
    [
      'a closed tuple',
      { type: 'array', prefixItems: [text], items: false },
      { type: 'array', prefixItems: [text], maxItems: 1 },
    ],
    ['booleans as an enum', { type: 'boolean' }, { enum: [true, false] }],
    ['exclusive alternatives', { oneOf: [text, { type: 'null' }] }, { anyOf: [text, { type: 'null' }] }],
    ['names that are always strings', object({}), object({}, [], { propertyNames: { type: 'string' } })],
    [
      'a reference',
      field(address),
      { ...(field({ $ref: '#/$defs/a~1b' }) as object), $defs: { 'a/b': address } },
    ],
    [
      'annotations',
      text,
      {
        type: 'string',
        title: 'T',
        description: 'D',
        default: 'x',
        examples: ['x'],
        deprecated: true,
        readOnly: true,
        $comment: 'C',
      },
    ],
    [
      'a recursive schema in $defs',
      tree(text),
      {
        $ref: '#/$defs/n',
        $defs: {
          n: (tree(text) as object) && {
            type: 'object',
            required: ['value'],
            properties: { value: text, children: { type: 'array', items: { $ref: '#/$defs/n' } } },
          },
        },
      },
    ],
  ])('finds no difference in %s', (_name, before, after) => {
    expect(compare(before, after)).toEqual([]);
    expect(compare(after, before)).toEqual([]);
  });
});
