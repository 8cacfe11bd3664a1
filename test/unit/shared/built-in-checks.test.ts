import { anyEventTypes, builtInFields, findBuiltInSchema, getEventDefinition } from '@tocsin/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Values at the borders of what fields accept. */
const values: readonly unknown[] = [
  undefined,
  null,
  '',
  'a',
  'active',
  'revoked',
  'expired',
  true,
  0,
  -1,
  1.5,
  Number.MAX_SAFE_INTEGER + 1,
  {},
  [],
  '2026-02-28T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '2024-02-29T23:59:59.123456Z',
  '2026-04-31T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00Z',
  '2026-01-01T00:00:60Z',
  '2026-01-01T00:00:00+00:00',
  '2026-01-01T00:00:00',
  '2026-13-01T00:00:00Z',
  '2026-00-10T00:00:00Z',
  '0000-01-01T00:00:00Z',
  ' 2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00Z\n',
];

function isAccepted(type: string, data: unknown): boolean {
  const result = findBuiltInSchema(type)?.['~standard'].validate(data);
  if (result === undefined || result instanceof Promise) throw new Error('no result');
  return result.issues === undefined;
}

describe('the checks of built-in events without zod', () => {
  it('have the events of the catalog, each with its fields in the same order', () => {
    const fieldsOf = (type: (typeof anyEventTypes)[number]) =>
      Object.keys(getEventDefinition(type).schema.shape);
    expect(Object.entries(builtInFields).map(([type, fields]) => [type, Object.keys(fields)])).toEqual(
      anyEventTypes.map((type) => [type, fieldsOf(type)]),
    );
  });

  it.each(anyEventTypes)('accept for %s what the schema accepts, field by field', (type) => {
    const { schema, example } = getEventDefinition(type);
    for (const field of Object.keys(schema.shape)) {
      for (const value of values) {
        const data = { ...example, [field]: value };
        expect({ field, value, isAccepted: isAccepted(type, data) }).toEqual({
          field,
          value,
          isAccepted: schema.safeParse(data).success,
        });
      }
    }
  });

  it('accept the same times as the schema', () => {
    const { schema, example } = getEventDefinition('license.expire');
    const digits = (count: number) =>
      fc.integer({ min: 0, max: 10 ** count - 1 }).map((number) => String(number).padStart(count, '0'));
    const times = fc
      .tuple(digits(4), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }))
      .map(([year, month, day]) =>
        [year, ...[month, day].map((part) => String(part).padStart(2, '0'))].join('-'),
      )
      .map((date) => `${date}T12:00:00Z`);
    fc.assert(
      fc.property(times, (expiredAt) => {
        const data = { ...example, expiredAt };
        expect(isAccepted('license.expire', data)).toBe(schema.safeParse(data).success);
      }),
    );
  });

  it('keep fields that they do not know, and reject what is no object', () => {
    const { example } = getEventDefinition('user.ban');
    expect(findBuiltInSchema('user.ban')?.['~standard'].validate({ ...example, more: 1 })).toEqual({
      value: { ...example, more: 1 },
    });
    for (const data of [null, [], 'a', 1, undefined]) expect(isAccepted('user.ban', data)).toBe(false);
  });

  it('exist for built-in events only', () => {
    for (const type of ['invoice.paid', 'toString', '__proto__', '']) {
      expect(findBuiltInSchema(type)).toBeUndefined();
    }
  });
});
