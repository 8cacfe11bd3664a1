import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import {
  authforgeCatalog,
  authonCatalog,
  checkData,
  defineCatalog,
  eventTypesFor,
  findCatalogEvent,
  isCatalog,
  mergeCatalogs,
  toIssueText,
} from '@tocsin/shared';

const paid = {
  description: 'An invoice is paid.',
  schema: z.looseObject({ invoiceId: z.string().min(1), amount: z.int().default(0) }),
  example: { invoiceId: 'inv_1', amount: 4200 },
};

/** Calls `defineCatalog` as JavaScript can. */
function defineAnything(definitions: unknown) {
  return defineCatalog(definitions as never);
}

describe('a catalog', () => {
  it('has the names and the definitions, with the defaults applied', () => {
    const catalog = defineCatalog({ 'invoice.paid': paid });
    expect(catalog.names).toEqual(['invoice.paid']);
    expect(catalog.definitions['invoice.paid']).toEqual({
      ...paid,
      version: 1,
      presentation: undefined,
      searchable: [],
      downcast: {},
    });
  });

  it('keeps version, presentation, searchable fields and downcast functions', () => {
    const presentation = {
      title: 'Paid',
      kind: 'creation',
      subject: 'invoiceId',
      fields: [{ key: 'amount', label: 'Amount', style: 'name' }],
    } as const;
    const downcast = { 1: ({ invoiceId }: { invoiceId: string }) => ({ id: invoiceId }) };
    const optional = { version: 2, presentation, searchable: ['invoiceId'], downcast } as const;
    const catalog = defineCatalog({ 'invoice.paid': { ...paid, ...optional } });
    expect(catalog.definitions['invoice.paid']).toMatchObject(optional);
  });

  it('is recognized, also if another copy of the package made it', () => {
    expect(isCatalog(defineCatalog({}))).toBe(true);
    expect(isCatalog({ [Symbol.for('tocsin.catalog')]: 1, names: [], definitions: {} })).toBe(true);
    for (const other of [undefined, null, {}, [], 'x', { names: [], definitions: {} }]) {
      expect(isCatalog(other)).toBe(false);
    }
  });

  it('does not find properties of objects as events', () => {
    const catalog = defineCatalog({ 'invoice.paid': paid });
    expect(findCatalogEvent(catalog, 'invoice.paid')?.description).toBe('An invoice is paid.');
    for (const name of ['constructor', '__proto__', 'invoice.void']) {
      expect(findCatalogEvent(catalog, name)).toBeUndefined();
    }
    expect(findCatalogEvent(defineCatalog({ constructor: paid }), 'constructor')).toBeDefined();
  });

  it('cannot be changed', () => {
    const catalog = defineCatalog({ 'invoice.paid': paid });
    expect(Object.isFrozen(catalog)).toBe(true);
    expect(Object.isFrozen(catalog.names)).toBe(true);
    expect(Object.isFrozen(catalog.definitions)).toBe(true);
    expect(Object.isFrozen(catalog.definitions['invoice.paid'])).toBe(true);
  });
});

describe('defineCatalog', () => {
  it.each<[string, unknown, string]>([
    ['a wrong name', { 'Invoice paid': paid }, "'Invoice paid' is not an event type"],
    ['a reserved name', { 'tocsin.made': paid }, "'tocsin.made' is reserved"],
    ['a test ping', { test: paid }, "'test' is reserved"],
    ['no definition', { 'a.b': null }, "'a.b': must be a definition with description, schema and example"],
    ['no description', { 'a.b': { ...paid, description: undefined } }, "'a.b': description is missing"],
    ['a blank description', { 'a.b': { ...paid, description: ' ' } }, "'a.b': description is missing"],
    ['no schema', { 'a.b': { ...paid, schema: undefined } }, "'a.b': schema must be a Standard Schema"],
    ['a JSON Schema', { 'a.b': { ...paid, schema: { type: 'object' } } }, "'a.b': schema must be a Standard"],
    ['no example', { 'a.b': { ...paid, example: undefined } }, "'a.b': example is missing"],
    ['a list as example', { 'a.b': { ...paid, example: [] } }, "'a.b': example is missing"],
    ['an example beyond JSON', { 'a.b': { ...paid, example: { n: 1n } } }, "'a.b': example is missing"],
    [
      'a wrong example',
      { 'a.b': { ...paid, example: { invoiceId: 7 } } },
      "'a.b': the example does not match the schema: data.invoiceId: Invalid input",
    ],
    [
      'an example whose JSON is wrong',
      { 'a.b': { ...paid, schema: z.object({ at: z.date() }), example: { at: new Date(0) } } },
      "'a.b': the example does not match the schema: data.at: Invalid input",
    ],
    ['version 0', { 'a.b': { ...paid, version: 0 } }, "'a.b': version must be a whole number from 1"],
    ['version 1.5', { 'a.b': { ...paid, version: 1.5 } }, "'a.b': version must be a whole number from 1"],
    ['searchable', { 'a.b': { ...paid, searchable: 'invoiceId' } }, "'a.b': searchable must be a list of"],
    [
      'many searchable fields',
      { 'a.b': { ...paid, searchable: Array.from({ length: 21 }, (_, n) => `f${n}`) } },
      "'a.b': searchable must be a list of at most 20 fields",
    ],
    ['a blank field', { 'a.b': { ...paid, searchable: [''] } }, "'a.b': searchable must be a list of"],
    ['downcast', { 'a.b': { ...paid, downcast: { 1: () => ({}) } } }, "'a.b': downcast must have a function"],
    ['no function', { 'a.b': { ...paid, version: 2, downcast: { 1: {} } } }, "'a.b': downcast must have a"],
    [
      'a downcast that throws',
      { 'a.b': { ...paid, version: 2, downcast: { 1: ({ x }: { x: { y: 1 } }) => ({ y: x.y }) } } },
      "'a.b': downcast to version 1 must return an object for the example",
    ],
  ])('rejects %s', (_, definitions, message) => {
    expect(() => defineAnything(definitions)).toThrow(TypeError);
    expect(() => defineAnything(definitions)).toThrow(message);
  });

  it.each<[unknown, string]>([
    ['x', 'must have title, kind and fields'],
    [{ kind: 'neutral', fields: [] }, 'title must be a text'],
    [{ title: 't', kind: 'red', fields: [] }, 'kind must be one of sign-in, removal, creation, neutral'],
    [{ title: 't', kind: 'neutral', subject: 1, fields: [] }, 'subject must be the name of a field'],
    [{ title: 't', kind: 'neutral', paragraph: '', fields: [] }, 'paragraph must be the name of a field'],
    [{ title: 't', kind: 'neutral' }, 'fields must be a list of at most 10'],
    [
      { title: 't', kind: 'neutral', fields: Array.from({ length: 11 }, () => ({})) },
      'fields must be a list of at most 10',
    ],
    [
      { title: 't', kind: 'neutral', fields: [{ key: 'a', label: 'A', style: 'big' }] },
      'each of fields must',
    ],
    [{ title: 't', kind: 'neutral', fields: [{ key: 'a', style: 'id' }] }, 'each of fields must'],
  ])('rejects the presentation %j', (presentation, message) => {
    expect(() => defineAnything({ 'a.b': { ...paid, presentation } })).toThrow(
      `'a.b': presentation: ${message}`,
    );
  });

  it('rejects an asynchronous schema by the name of its event', () => {
    const schema = z.object({ invoiceId: z.string() }).refine(() => Promise.resolve(true));
    expect(() => defineAnything({ 'a.b': { ...paid, schema } })).toThrow(
      "'a.b': the example does not match the schema: data: the schema is asynchronous; use one that validates synchronously",
    );
  });

  it('accepts a schema that is a function, as those of arktype are', () => {
    const standard = { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) };
    const schema = Object.assign(() => undefined, { '~standard': standard });
    expect(defineAnything({ 'a.b': { ...paid, schema } }).names).toEqual(['a.b']);
  });

  it('defines 5,000 events', () => {
    const names = Array.from({ length: 5_000 }, (_, n) => `family.event${n}`);
    expect(defineAnything(Object.fromEntries(names.map((name) => [name, paid]))).names).toHaveLength(5_000);
  });
});

describe('mergeCatalogs', () => {
  it('joins catalogs in their order', () => {
    const acme = defineCatalog({ 'invoice.paid': paid });
    const merged = mergeCatalogs(authonCatalog, authforgeCatalog, acme);
    expect(merged.names).toEqual([...eventTypesFor('authon'), ...eventTypesFor('authforge'), 'invoice.paid']);
    expect(merged.definitions['invoice.paid']).toBe(acme.definitions['invoice.paid']);
  });

  it('rejects two definitions of one event type', () => {
    const acme = defineCatalog({ 'invoice.paid': paid });
    const other = defineCatalog({ 'invoice.paid': paid });
    expect(() => mergeCatalogs(acme, other as never)).toThrow(
      new TypeError("two definitions of 'invoice.paid'"),
    );
  });

  it('rejects what is not a catalog', () => {
    expect(() => mergeCatalogs(authonCatalog, { names: [] } as never)).toThrow(
      new TypeError('argument 2 of mergeCatalogs is not a catalog: pass results of defineCatalog'),
    );
  });
});

describe('the check of data', () => {
  const schema = z.strictObject({ lines: z.array(z.object({ n: z.int() })), at: z.string().default('now') });

  it('returns the parsed data', () => {
    expect(checkData(schema, { lines: [{ n: 1 }] })).toEqual({ data: { lines: [{ n: 1 }], at: 'now' } });
  });

  it('names each wrong field', () => {
    const { issues = [] } = checkData(schema, { lines: [{ n: 'x' }], extra: 1 });
    expect(issues.map(({ field }) => field)).toEqual(['lines.0.n', '']);
    expect(toIssueText(issues)).toMatch(/^data\.lines\.0\.n: .*; data: Unrecognized key/);
  });

  it('reads paths of objects, which other libraries use', () => {
    const issues = [{ message: 'wrong', path: [{ key: 'a' }, 0] }];
    const other = { '~standard': { version: 1, vendor: 'x', validate: () => ({ issues }) } } as const;
    expect(checkData(other, {})).toEqual({ issues: [{ field: 'a.0', message: 'wrong' }] });
  });

  it('turns an error that a schema throws into an issue', () => {
    const validate = () => {
      throw new Error('broken');
    };
    const throwing = { '~standard': { version: 1, vendor: 'x', validate } } as const;
    expect(checkData(throwing, {}).issues).toEqual([
      { field: '', message: 'the schema throws: Error: broken' },
    ]);
  });

  it('rejects a schema that returns no object', () => {
    const text = z.unknown().transform(() => 'text');
    expect(checkData(text, {}).issues).toEqual([
      { field: '', message: 'the schema does not return an object' },
    ]);
  });
});
