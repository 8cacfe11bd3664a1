import { describe, expect, it } from 'vitest';
import { CachedValidators } from '../../../server/src/json-schema/cached-validators.ts';
import { createCompileSchema } from '../../../server/src/json-schema/compile-schema.ts';

const problemsOf = (schema: object, data: unknown, validators = new CachedValidators()) =>
  validators.validate(JSON.stringify(schema), data).map(({ path, message }) => `${path}: ${message}`);

const shared = new CachedValidators();

describe('validators of JSON Schemas', () => {
  it('tell two patterns of one instance apart', () => {
    const validators = new CachedValidators();
    const of = (pattern: string) => ({ type: 'object', properties: { a: { type: 'string', pattern } } });
    expect(problemsOf(of('^[A-Z0-9]{4}$'), { a: 'x' }, validators)).toHaveLength(1);
    expect(problemsOf(of('^x$'), { a: 'x' }, validators)).toEqual([]);
    expect(problemsOf(of('^[A-Z0-9]{4}$'), { a: 'AB12' }, validators)).toEqual([]);
    const two = { type: 'object', properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } } };
    expect(problemsOf(two, { a: 'b', b: 'a' }, validators)).toHaveLength(2);
  });

  it.each([
    ['^(a+)+$', `${'a'.repeat(100_000)}!`],
    ['^(a|a)*$', `${'a'.repeat(100_000)}!`],
    ['^([a-z]+)*\\.com$', 'a'.repeat(100_000)],
  ])('match %s in linear time', (pattern, text) => {
    // A backtracking engine would take longer than the test may.
    expect(problemsOf({ properties: { a: { type: 'string', pattern } } }, { a: text })).toHaveLength(1);
  });

  it.each([
    'date-time',
    'date',
    'time',
    'email',
    'hostname',
    'uri',
    'uri-reference',
    'uuid',
    'ipv4',
    'ipv6',
    'duration',
    'uri-template',
    'json-pointer',
  ])('check the format %s of a long text without backtracking', (format) => {
    const schema = { properties: { a: { type: 'string', format } } };
    for (const text of ['a', '1', 'a.', '-', ':', '/', '%', 'a@', '{a', '1T', 'P1D']) {
      problemsOf(schema, { a: text.repeat(20_000) }, shared);
      problemsOf(schema, { a: `${text.repeat(20_000)}!` }, shared);
    }
  });

  it('match patterns with escapes of JavaScript', () => {
    const schema = { properties: { a: { type: 'string', pattern: '^[\\u00e9\\/]\\d\\p{L}$' } } };
    expect(problemsOf(schema, { a: 'é1ü' })).toEqual([]);
    expect(problemsOf(schema, { a: 'e1ü' })).toHaveLength(1);
  });

  it('name every wrong field by its path', () => {
    const schema = {
      type: 'object',
      properties: {
        lines: {
          type: 'array',
          items: {
            type: 'object',
            required: ['id'],
            additionalProperties: false,
            properties: { id: {}, 'a/b': { type: 'integer' } },
          },
        },
        card: {},
      },
      dependentRequired: { card: ['zip'] },
      required: ['total'],
    };
    expect(problemsOf(schema, { lines: [{ x: 1, 'a/b': '' }], card: 1 })).toEqual([
      'total: is missing',
      'lines.0.id: is missing',
      'lines.0.x: unknown field; known are id, a/b',
      'lines.0.a/b: must be a whole number, not an empty string',
      'zip: is missing, and required together with card',
    ]);
  });

  it('name the first wrong field only of much data, however many are wrong', () => {
    const wrong = Array.from({ length: 50 }, () => ({ type: 'string' }));
    const schema = { properties: { list: { items: { anyOf: wrong } } } };
    expect(problemsOf(schema, { list: [1, 2] })).toHaveLength(102);
    expect(problemsOf(schema, { list: Array.from({ length: 100_000 }, () => 1) })).toHaveLength(51);
  });

  it('keep schemas with the same $id apart, and a limited number of compiled ones', () => {
    const validators = new CachedValidators({ max: 2 });
    const of = (type: string) => ({
      $id: 'https://acme.example/same',
      type: 'object',
      properties: { a: { type } },
    });
    expect(problemsOf(of('string'), { a: 1 }, validators)).toHaveLength(1);
    expect(problemsOf(of('integer'), { a: 1 }, validators)).toEqual([]);
    expect(problemsOf(of('boolean'), { a: 1 }, validators)).toHaveLength(1);
    expect(validators.size).toBe(2);
    expect(problemsOf(of('string'), { a: 'x' }, validators)).toEqual([]);
  });

  it.each([
    ['an unknown keyword', { minimumm: 1 }, 'unknown keyword: "minimumm"'],
    [
      'an unknown format',
      { properties: { a: { type: 'string', format: 'phone' } } },
      'unknown format "phone"',
    ],
    ['a reference out of itself', { $ref: 'https://acme.example/other' }, "can't resolve reference"],
    ['a look-ahead', { properties: { a: { type: 'string', pattern: '(?=a)' } } }, 'error parsing regexp'],
    [
      'a back reference',
      { properties: { a: { type: 'string', pattern: '(a)\\1' } } },
      'error parsing regexp',
    ],
    ['a huge repeat', { properties: { a: { type: 'string', pattern: 'a{5000}' } } }, 'error parsing regexp'],
    ['an asynchronous schema', { $async: true }, '$async is not supported'],
  ])('do not compile %s', (_, schema, message) => {
    expect(() => createCompileSchema({ allErrors: true })(JSON.stringify(schema))).toThrow(message);
  });
});
