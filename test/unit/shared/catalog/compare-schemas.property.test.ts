import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasBreaking } from '../../../../shared/src/catalog/compare/gap.ts';
import { findGaps } from '../../../../shared/src/catalog/compare/find-gaps.ts';
import { compareSchemas } from '../../../../shared/src/catalog/compare-schemas.ts';
import type { JsonSchema } from '../../../../shared/src/catalog/json-schema.ts';

// Few values, so that schemas often overlap and a wrong verdict has a counterexample among them.
const scalars: readonly unknown[] = [null, true, false, -1, 0, 1, 1.5, 2, 3, 4, '', 'a', 'b', 'ab', 'abc'];
const inner: readonly unknown[] = [
  ...scalars,
  [],
  {},
  ...[0, 1, 'a', null].map((item) => [item]),
  ...[0, 'a', null].map((value) => ({ a: value })),
];
const values: readonly unknown[] = [
  ...inner,
  ...inner.flatMap((value) => [{ a: value }, { b: value }, [value], [0, value], [value, value]]),
  ...scalars.flatMap((a) => [0, 'a', null].flatMap((b) => [{ a, b }, { a, c: b }, [a, b, 0]])),
];

const small = fc.integer({ min: 0, max: 3 });
const optional = <T>(keyword: string, value: fc.Arbitrary<T>) =>
  fc.option(
    value.map((found) => ({ [keyword]: found })),
    { nil: {} },
  );
const merged = (...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...parts).map((found) => Object.assign({}, ...found) as object);

const leaf = fc.oneof(
  fc.constant({}),
  fc
    .subarray(['null', 'boolean', 'number', 'integer', 'string', 'object', 'array'], { minLength: 1 })
    .map((type) => ({ type })),
  fc.subarray([...scalars], { minLength: 1, maxLength: 4 }).map((list) => ({ enum: list })),
  fc.constantFrom(...scalars).map((value) => ({ const: value })),
  merged(
    fc.constant({ type: 'string' }),
    optional('minLength', small),
    optional('maxLength', small),
    optional('pattern', fc.constantFrom('^a', 'b$')),
  ),
  merged(
    fc.constantFrom({ type: 'number' }, { type: 'integer' }),
    optional('minimum', small),
    optional('exclusiveMaximum', small),
    optional('multipleOf', fc.constantFrom(1, 2, 0.5)),
  ),
);

const { schema } = fc.letrec<{ schema: object }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    merged(
      optional('type', fc.constant('object')),
      optional(
        'properties',
        fc.dictionary(fc.constantFrom('a', 'b'), tie('schema'), { maxKeys: 2, noNullPrototype: true }),
      ),
      optional('required', fc.subarray(['a', 'b'])),
      optional('additionalProperties', fc.oneof(fc.boolean(), tie('schema'))),
      optional('maxProperties', small),
      optional('dependentRequired', fc.constantFrom({ a: ['b'] }, { b: ['a'] })),
      optional(
        'patternProperties',
        tie('schema').map((child) => ({ '^a': child })),
      ),
      optional('propertyNames', fc.constantFrom({ enum: ['a'] }, { maxLength: 1 })),
    ),
    merged(
      optional('type', fc.constant('array')),
      optional('items', tie('schema')),
      optional('prefixItems', fc.array(tie('schema'), { minLength: 1, maxLength: 2 })),
      optional('contains', tie('schema')),
      optional('minItems', small),
      optional('maxItems', small),
      optional('uniqueItems', fc.constant(true)),
    ),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((oneOf) => ({ oneOf })),
    merged(
      tie('schema'),
      fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })),
    ),
    tie('schema').map((not) => ({ not })),
    fc.tuple(tie('schema'), tie('schema'), tie('schema')).map(([condition, yes, no]) => ({
      if: condition,
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: yes,
      else: no,
    })),
    merged(tie('schema'), fc.constantFrom({ unevaluatedProperties: false }, { unevaluatedItems: false })),
  ),
}));

/** A schema and a small change of it, so that compatible pairs are frequent. */
const pair = fc
  .tuple(schema, schema, fc.nat(5))
  .map(([one, other, change]): readonly [JsonSchema, JsonSchema] => {
    const some: JsonSchema = { ...one };
    switch (change) {
      case 0:
        return [some, { anyOf: [one, other] }];
      case 1:
        return [{ allOf: [one, other] }, some];
      case 2:
        return [
          { type: 'object', properties: { a: one } },
          { type: 'object', properties: { a: { anyOf: [other, one] } } },
        ];
      case 3:
        return [{ items: { allOf: [other, one] } }, { items: one }];
      case 4:
        return [some, { ...one, ...other }];
      default:
        return [some, { ...other }];
    }
  });

const ajv = new Ajv2020({ strict: false, validateFormats: false });

function toValidator(schema: JsonSchema): (value: unknown) => boolean {
  const validate = ajv.compile(typeof schema === 'boolean' ? schema : { ...schema });
  return (value) => validate(value);
}

/** Values that the first schema allows and the second does not. */
function findCounterexamples(narrow: JsonSchema, wide: JsonSchema): readonly unknown[] {
  const [isNarrow, isWide] = [toValidator(narrow), toValidator(wide)];
  return values.filter((value) => isNarrow(value) && !isWide(value));
}

describe('findGaps', () => {
  it('finds a gap wherever a value of one schema is invalid in the other', () => {
    let proven = 0;
    fc.assert(
      fc.property(pair, ([narrow, wide]) => {
        const gaps = findGaps(narrow, wide, { side: 'publishers', isStrict: true });
        if (hasBreaking(gaps)) return;
        proven += 1;
        expect(findCounterexamples(narrow, wide)).toEqual([]);
      }),
      { numRuns: 150 },
    );
    // Otherwise the property would hold for a comparison that proves nothing.
    expect(proven).toBeGreaterThan(30);
  });
});

/** Writes a schema in another way. */
function rewrite(part: unknown, $defs: Record<string, unknown>, random: () => number): unknown {
  if (Array.isArray(part)) return part.map((item: unknown) => rewrite(item, $defs, random));
  if (typeof part !== 'object' || part === null) return part;
  const entries = Object.entries(part).map(([key, value]: [string, unknown]): [string, unknown] => {
    if (['enum', 'const', 'type', 'required', 'dependentRequired'].includes(key)) return [key, value];
    if (key === 'properties' || key === 'patternProperties') {
      // `as`: the generated schemas have objects here.
      const fields = Object.entries(value as Record<string, unknown>);
      return [
        key,
        Object.fromEntries(fields.map(([name, child]) => [name, rewrite(child, $defs, random)]).reverse()),
      ];
    }
    return [key, rewrite(value, $defs, random)];
  });
  const written: Record<string, unknown> = Object.fromEntries(entries.reverse());
  if (typeof written['type'] === 'string') written['type'] = [written['type']];
  if (random() % 2 === 0) return { ...written, title: 'T' };
  const name = `d${Object.keys($defs).length}`;
  $defs[name] = written;
  return { $ref: `#/$defs/${name}`, description: 'D' };
}

describe('compareSchemas', () => {
  it('finds no difference between a schema and the same one written differently', () => {
    fc.assert(
      fc.property(schema, fc.array(fc.nat(1), { minLength: 8, maxLength: 8 }), (before, choices) => {
        let index = 0;
        const random = () => choices[index++ % choices.length] ?? 0;
        const $defs: Record<string, unknown> = {};
        const written = rewrite(before, $defs, random);
        // `as`: the root of the generated schemas is an object, and so is what it is rewritten to.
        const after = { ...(written as object), $defs };
        expect(compareSchemas({ ...before }, after)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
