import { describe, expect, it } from 'vitest';
import { checkSchemaBounds, schemaLimits } from '../../../../shared/src/catalog/check-schema-bounds.ts';

const check = (schema: unknown) =>
  checkSchemaBounds(schema).map(({ path, message }) => `${path}: ${message}`);

function nest(depth: number): object {
  let schema: object = { type: 'string' };
  for (let level = 0; level < depth; level += 1) schema = { type: 'object', properties: { a: schema } };
  return schema;
}

const fields = (count: number) => ({
  properties: Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, {}])),
});

describe('checkSchemaBounds', () => {
  it('accepts ordinary schemas', () => {
    expect(
      check({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        properties: {
          id: { type: 'string', pattern: '^[a-z]+$' },
          tags: { type: 'array', items: { $ref: '#/$defs/tag' }, uniqueItems: true, maxItems: 100 },
          address: { anyOf: [{ $ref: '#/$defs/address' }, { type: 'null' }] },
          definitions: { type: 'string' },
        },
        $defs: { tag: { enum: ['a', 'b'] }, address: { type: 'object', properties: { id: {} } } },
      }),
    ).toEqual([]);
    expect(check({ type: 'object', properties: { children: { items: { $ref: '#' } } } })).toEqual([]);
  });

  it.each([undefined, null, true, 'x', 3, []])('rejects %j instead of a schema', (value) => {
    expect(check(value)).toEqual([
      '#: a schema must be an object with keywords, such as { "type": "object" }',
    ]);
  });

  it('limits size, depth, fields and schemas', () => {
    expect(check({ description: 'é'.repeat(32_759) })).toEqual([]);
    expect(check({ description: 'é'.repeat(32_760) })).toEqual([
      '#: has 65538 bytes of JSON; the limit is 65536',
    ]);
    expect(check(nest(32))).toEqual([]);
    expect(check(nest(33))).toEqual([
      `#${'/properties/a'.repeat(33)}: is nested in more than 32 schemas; the limit is 32`,
    ]);
    expect(check(fields(500))).toEqual([]);
    expect(check({ items: fields(499), ...fields(2) })).toEqual(['#: declares 501 fields; the limit is 500']);
    const byPattern = { patternProperties: { '^a': {}, '^b': {} } };
    expect(check({ ...fields(498), items: byPattern })).toEqual([]);
    expect(check({ ...fields(499), items: byPattern })).toHaveLength(1);
    expect(check({ anyOf: Array.from({ length: 3_999 }, () => true) })).toEqual([
      '#: validates one value 4000 times; the limit is 1000',
    ]);
    expect(check({ anyOf: Array.from({ length: 4_000 }, () => ({})) })).toEqual([
      '#: contains more than 4000 schemas; the limit is 4000',
    ]);
  });

  it('accepts a hundred levels of JSON', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 98; level += 1) deep = [deep];
    expect(check({ examples: [null, deep] })).toEqual([]);
    expect(check({ examples: [[[deep]]] })).toHaveLength(1);
  });

  it('accepts what the draft allows', () => {
    expect(check({ $schema: 'https://json-schema.org/draft/2020-12/schema#', $id: 'x' })).toEqual([]);
    expect(check({ $schema: 3 })).toHaveLength(1);
    expect(check({ items: { $ref: '#/$defs/any' }, $defs: { any: true } })).toEqual([]);
    expect(check({ uniqueItems: true, maxItems: 1_000 })).toEqual([]);
    expect(check({ uniqueItems: false })).toEqual([]);
  });

  it('rejects JSON that would overflow the stack', () => {
    let deep: unknown = {};
    for (let level = 0; level < 200_000; level += 1) deep = [deep];
    expect(check({ examples: [deep] })).toEqual(['#: nests more than 100 levels of JSON']);
    const cycle: Record<string, unknown> = {};
    cycle['not'] = cycle;
    expect(check(cycle)).toEqual(['#: nests more than 100 levels of JSON']);
  });

  it.each([
    ['https://example.com/a.json', '"https://example.com/a.json"'],
    ['other.json#/a', '"other.json#/a"'],
    ['#/$defs/missing', '"#/$defs/missing"'],
    ['#anchor', '"#anchor"'],
    ['./$defs/a', '"./$defs/a"'],
    // A place that holds no schema.
    ['#/properties', '"#/properties"'],
    ['#/properties/a/enum/0', '"#/properties/a/enum/0"'],
    ['#/%E0%A4%A', '"#/%E0%A4%A"'],
    [3, '3'],
  ])('rejects $ref %j', (ref, quoted) => {
    expect(check({ properties: { a: { enum: [{}] }, b: { $ref: ref } } })).toEqual([
      `#/properties/b: $ref is ${quoted}; it must refer to a schema in the same document, such as "#/$defs/address"`,
    ]);
  });

  it.each([
    ...['$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$recursiveAnchor', '$anchor'].map(
      (keyword): [object, string] => [
        { [keyword]: '#a' },
        `${keyword} is not supported: use $ref to a place in $defs`,
      ],
    ),
    [{ $vocabulary: {} }, '$vocabulary is not supported: remove it'],
    [{ id: 'https://example.com/a' }, 'id is not supported: remove it'],
    [{ additionalItems: false }, 'additionalItems is not supported: draft 2020-12 has prefixItems and items'],
    [{ exclusiveMaximum: false }, 'exclusiveMaximum is a boolean; it must be a number'],
    [
      { $schema: 'x'.repeat(90) },
      `$schema is "${'x'.repeat(79)}…; only https://json-schema.org/draft/2020-12/schema is supported`,
    ],
    [{ definitions: {} }, 'definitions is not supported: draft 2020-12 has $defs'],
    [
      { dependencies: {} },
      'dependencies is not supported: draft 2020-12 has dependentRequired and dependentSchemas',
    ],
    [{ nullable: true }, 'nullable is not supported: draft 2020-12 has type: [..., "null"]'],
    [{ items: [{}] }, 'items is a list; draft 2020-12 has prefixItems for that'],
    [{ exclusiveMinimum: true }, 'exclusiveMinimum is a boolean; it must be a number'],
    [{ $id: 'https://example.com/a' }, '$id is only accepted at the root'],
    [
      { $schema: 'http://json-schema.org/draft-07/schema#' },
      '$schema is "http://json-schema.org/draft-07/schema#"; only https://json-schema.org/draft/2020-12/schema is supported',
    ],
    [{ uniqueItems: true }, 'uniqueItems has no maxItems; it needs a maxItems of at most 1000'],
    [
      { uniqueItems: true, maxItems: 1_001 },
      'uniqueItems has maxItems 1001; it needs a maxItems of at most 1000',
    ],
  ])('rejects %j', (schema, message) => {
    expect(check({ properties: { 'a/b': schema } })).toEqual([`#/properties/a~1b: ${message}`]);
  });

  it('reports several problems at once, and not too many', () => {
    const wrong = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, { $ref: 'x' }]));
    expect(check({ properties: wrong })).toHaveLength(schemaLimits.problems);
  });
});

describe('checkSchemaBounds: time', () => {
  it('rejects references that double at each level', () => {
    const doubling = (levels: number, wrap: (next: object) => object[]) => {
      const $defs: Record<string, object> = { [`d${levels}`]: { type: 'number' } };
      for (let level = 0; level < levels; level += 1) {
        $defs[`d${level}`] = { anyOf: wrap({ $ref: `#/$defs/d${level + 1}` }) };
      }
      return { properties: { a: { $ref: '#/$defs/d0' } }, $defs };
    };
    expect(check(doubling(7, (next) => [next, { ...next }]))).toEqual([]);
    const [problem] = check(doubling(22, (next) => [next, { ...next }]));
    expect(problem).toMatch(/^#: validates one value \d+ times; the limit is 1000$/);
    expect(check(doubling(22, (next) => [{ properties: { a: next } }, { items: next }]))).not.toEqual([]);
    expect(check(doubling(22, (next) => [next]))).toEqual([]);
  });

  it('rejects a recursive schema that continues in several alternatives', () => {
    const message =
      'is recursive in 2 alternatives, which takes exponential time; use one, or give each alternative a different ' +
      'constant as its first field and require it';
    const child = { properties: { child: { $ref: '#' } } };
    expect(check({ anyOf: [child, { ...child }] })).toEqual([`#: ${message}`]);
    expect(check({ ...child, allOf: [{ ...child }] })).toEqual([`#: ${message}`]);
    expect(check({ ...child, patternProperties: { '^c': { $ref: '#' } } })).toEqual([`#: ${message}`]);
    expect(check({ anyOf: [child, { type: 'null' }] })).toEqual([]);
  });

  it('accepts recursive alternatives that a constant in the first field tells apart', () => {
    const option = (op: string, required: readonly string[]) => ({
      properties: { op: { const: op }, of: { $ref: '#' } },
      required,
    });
    expect(check({ oneOf: [option('not', ['op']), option('all', ['op'])] })).toEqual([]);
    expect(check({ oneOf: [option('not', ['op']), option('not', ['op'])] })).toHaveLength(1);
    expect(check({ oneOf: [option('not', ['op']), option('all', ['of'])] })).toHaveLength(1);
    const other = { properties: { kind: { const: 'all' }, of: { $ref: '#' } }, required: ['kind'] };
    expect(check({ oneOf: [option('not', ['op']), other] })).toHaveLength(1);
    const $defs = { a: option('not', ['op']), b: option('all', ['op']), c: { $ref: '#/$defs/a' } };
    const refs = (...names: readonly string[]) => names.map((name) => ({ $ref: `#/$defs/${name}` }));
    expect(check({ oneOf: refs('a', 'b'), $defs })).toEqual([]);
    expect(check({ oneOf: refs('a', 'a'), $defs })).not.toEqual([]);
    expect(check({ oneOf: refs('c', 'b'), $defs })).not.toEqual([]);
    expect(check({ oneOf: [true, option('all', ['op']), option('not', ['op'])] })).toHaveLength(1);
  });

  it.each([
    ...['not', 'if', 'then', 'else'].map((keyword) => ({ [keyword]: { $ref: '#' } })),
    ...['allOf', 'anyOf', 'oneOf'].map((keyword) => ({ [keyword]: [{ $ref: '#' }] })),
    { dependentSchemas: { a: { $ref: '#' } } },
    { $ref: '#' },
  ])('rejects a schema that applies itself to the same value: %j', (schema) => {
    const [problem] = check(schema);
    expect(problem).toBe(
      '#: refers to itself without a field or an item in between, so validation would not end',
    );
  });

  it.each([
    { patternProperties: { '^a': { $ref: '#' } } },
    ...['contains', 'propertyNames', 'unevaluatedItems', 'unevaluatedProperties'].map((keyword) => ({
      [keyword]: { $ref: '#' },
    })),
  ])('rejects a second recursion into the same parts: %j', (schema) => {
    expect(check(schema)).toEqual([]);
    expect(check({ ...schema, properties: { child: { $ref: '#' } } })).toHaveLength(1);
  });

  it.each([
    { additionalProperties: { $ref: '#' } },
    { items: { $ref: '#' } },
    { prefixItems: [{ $ref: '#' }] },
  ])('accepts a recursion into other parts: %j', (schema) => {
    expect(check({ ...schema, properties: { child: { $ref: '#' } } })).toEqual([]);
    expect(check({ anyOf: [schema, { properties: { child: { $ref: '#' } } }] })).toHaveLength(1);
  });

  it('rejects references that refer to themselves', () => {
    const loop = { $defs: { a: { $ref: '#/$defs/b' }, b: { anyOf: [{ $ref: '#/$defs/a' }, {}] } } };
    expect(check(loop)).toEqual([
      '#/$defs/a: refers to itself without a field or an item in between, so validation would not end',
    ]);
    expect(check({ $ref: '#' })).toHaveLength(1);
  });
});
