import * as v from 'valibot';
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { defineCatalog } from '@tocsin/shared';
import { createBuiltInTypes } from '../../../../server/src/services/event-types/built-in-types.ts';
import { toCommonTypes } from '../../../../server/src/services/event-types/catalog-types.ts';

const builtIn = createBuiltInTypes();
const description = 'An invoice is paid.';

/** The type of a catalog with one definition. */
function typeOf(definition: object) {
  // `as`: the definitions differ in their schemas
  const { definitions } = defineCatalog({ 'invoice.paid': { description, ...definition } } as never);
  const types = toCommonTypes(builtIn, definitions);
  const [version] = types.at(-1)?.versions ?? [];
  if (version === undefined) throw new Error('the catalog has one type');
  return { types, version, validate: version.validate };
}

const schema = z.object({
  total: z.int(),
  appId: z.string(),
  email: z.email().meta({ 'x-searchable': true }),
});
const example = { total: 1, appId: 'app_a', email: 'a@example.com' };

describe('the types of a catalog', () => {
  it('follow the built-in ones, and can be subscribed to', () => {
    const { types, version } = typeOf({ schema, example });
    expect(types.slice(0, -1)).toEqual(builtIn);
    expect(types.at(-1)).toMatchObject({
      name: 'invoice.paid',
      family: null,
      source: null,
      subscribable: true,
    });
    expect(version).toMatchObject({ type: 'invoice.paid', version: 1, description, example, hasAppId: true });
    expect(version.getSchema()).toMatchObject({ type: 'object', required: ['total', 'appId', 'email'] });
  });

  it('are searched by the fields that they name, else by those that the schema marks', () => {
    expect(typeOf({ schema, example }).version.searchable).toEqual(['email']);
    expect(typeOf({ schema, example, searchable: ['total'] }).version.searchable).toEqual(['total']);
  });

  it('accept data in the order of the schema, and name each fault', () => {
    const { validate } = typeOf({ schema, example });
    const { email, ...rest } = example;
    const valid = validate({ email, extra: 1, ...rest });
    expect(Object.keys(valid.problems === undefined ? valid.data : {})).toEqual([
      'total',
      'appId',
      'email',
      'extra',
    ]);
    expect(validate({ ...example, total: 'x' })).toEqual({
      problems: [{ path: 'total', message: 'must be a whole number, not a string' }],
    });
  });

  it('of another library have its own messages, with the path of each', () => {
    const lines = v.object({ lines: v.array(v.object({ n: v.number('must be a number') })) });
    const { validate } = typeOf({ schema: toStandardJsonSchema(lines), example: { lines: [{ n: 1 }] } });
    expect(validate({ lines: [{ n: 1 }, { n: 'x' }] })).toEqual({
      problems: [{ path: 'lines.1.n', message: 'must be a number' }],
    });
    expect(validate({ lines: [] })).toEqual({ data: { lines: [] } });
  });

  it('that are checked asynchronously accept no event', () => {
    const { validate } = typeOf({ schema, example });
    expect(validate(example)).toEqual({ data: example });
    const later = {
      '~standard': {
        ...schema['~standard'],
        validate: () => Promise.reject(new Error('later')),
      },
    };
    const [type] = toCommonTypes([], {
      'invoice.paid': { ...definitionOf(), schema: later },
    } as never).slice(-1);
    expect(type?.versions[0]?.validate(example)).toEqual({
      problems: [{ path: '', message: 'the schema is asynchronous, which publishing does not support' }],
    });
  });

  it('may repeat a built-in type as it is, and not redefine it', () => {
    const [first] = builtIn;
    const { description: words = '', example: shown = {} } = first?.versions.at(-1) ?? {};
    const name = first?.name ?? '';
    const same = { ...definitionOf(), description: words, example: shown };
    expect(toCommonTypes(builtIn, { [name]: same } as never)).toEqual(builtIn);
    expect(() => toCommonTypes(builtIn, { [name]: { ...same, description: 'Ours.' } } as never)).toThrow(
      `CATALOG: '${name}' is a built-in event type and cannot be redefined; choose another name`,
    );
  });

  it('have a JSON Schema, or the error names the event and the place', () => {
    const dated = { ...definitionOf(), schema: z.object({ at: z.date() }) };
    expect(() => toCommonTypes([], { 'invoice.paid': dated } as never)).toThrow(
      expect.objectContaining({
        name: 'InvalidCatalogError',
        message: expect.stringMatching(/^CATALOG: invoice\.paid: data\.at: JSON has no dates/) as string,
      }) as Error,
    );
  });
});

/** A definition as `defineCatalog` returns it. */
function definitionOf() {
  // `as`: the definitions differ in their schemas
  const { definitions } = defineCatalog({ 'invoice.paid': { description, schema, example } } as never);
  return (definitions as Record<string, object>)['invoice.paid'];
}
