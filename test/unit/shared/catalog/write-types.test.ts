import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../../../../shared/src/catalog/json-schema.ts';
import { writeTypes } from '../../../../shared/src/catalog/write-types.ts';

const write = (type: string, input: JsonSchema, output: JsonSchema = input, description = 'An event.') =>
  writeTypes([{ type, description, input, output }]);

const options: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  declaration: true,
  isolatedDeclarations: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2023,
  // The smallest library, which is parsed once.
  lib: ['lib.es5.d.ts'],
  types: [],
};
const host = ts.createCompilerHost(options);
const library = ts.createSourceFile(
  'lib.es5.d.ts',
  ts.sys.readFile(`${host.getDefaultLibLocation?.() ?? ''}/lib.es5.d.ts`) ?? '',
  ts.ScriptTarget.ES2023,
);

/** Messages of the compiler for the text and `usage`. */
function compile(text: string, usage = ''): readonly string[] {
  const source = ts.createSourceFile('/events.ts', `${text}\n${usage}`, ts.ScriptTarget.ES2023);
  const program = ts.createProgram(['/events.ts'], options, {
    ...host,
    fileExists: (name) => name === '/events.ts' || name.endsWith('lib.es5.d.ts'),
    getSourceFile: (name) => (name === '/events.ts' ? source : library),
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const everything: JsonSchema = {
  type: 'object',
  description: 'Ends */ early.',
  required: ['id', 'kind', 'tree', 'list', 'class'],
  properties: {
    id: { type: 'string', description: 'Identifies\nthe invoice.' },
    kind: { enum: ['a', "it's \\ \u2028", 3, true, null] },
    nothing: false,
    anything: {},
    maybe: { type: ['string', 'null'] },
    tree: { $ref: '#/$defs/node' },
    self: { $ref: '#' },
    list: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'number' }] } },
    tuple: {
      type: 'array',
      prefixItems: [{ type: 'string' }, { const: 'x' }],
      minItems: 1,
      items: { type: 'boolean' },
    },
    closed: { type: 'array', prefixItems: [{ type: ['string', 'null'] }], items: false },
    record: { type: 'object', additionalProperties: { type: 'integer' } },
    empty: { type: 'object', additionalProperties: false },
    nested: { type: 'object', required: ['a'], properties: { a: { type: 'string', description: 'Deep.' } } },
    both: {
      allOf: [
        { type: 'object', properties: { a: {} } },
        { anyOf: [{ const: { b: [1] } }, { type: 'null' }] },
      ],
    },
    class: { type: 'boolean' },
    'odd name': { type: 'string' },
    "it's": { type: 'string' },
    implied: { properties: { a: { items: { type: 'string' } } } },
  },
  $defs: {
    node: {
      type: 'object',
      required: ['next'],
      properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
    },
  },
};

describe('writeTypes', () => {
  it('writes a readable interface', () => {
    const schema: JsonSchema = {
      type: 'object',
      required: ['invoiceId'],
      properties: {
        invoiceId: { type: 'string', description: 'Identifies the invoice.' },
        currency: { enum: ['EUR', 'USD'] },
        customer: { type: 'object', properties: { email: { type: 'string' } } },
      },
    };
    expect(
      writeTypes(
        [{ type: 'invoice.paid', description: 'An invoice is paid.', input: schema, output: schema }],
        {
          name: 'Acme',
          header: 'Generated.',
        },
      ),
    ).toBe(`/** Generated. */

/** All events by their type. */
export interface Acme {
  /** An invoice is paid. */
  'invoice.paid': { readonly input: InvoicePaid; readonly output: InvoicePaid };
}

/** An invoice is paid. */
export interface InvoicePaid {
  /** Identifies the invoice. */
  invoiceId: string;
  currency?: 'EUR' | 'USD' | undefined;
  customer?: {
    email?: string | undefined;
  } | undefined;
}
`);
  });

  it('compiles for every kind of schema', () => {
    expect(compile(write('invoice.paid', everything))).toEqual([]);
  });

  it('has the types that the schemas describe', () => {
    const usage = `
      type Data = Events['invoice.paid']['output'];
      export const tuple: NonNullable<Data['tuple']> = ['a', 'x', true, false];
      export const closed: NonNullable<Data['closed']> = [null];
      export const tree: Data['tree'] = { next: { next: null } };
      export const list: Data['list'] = ['a', 1];
      export const record: NonNullable<Data['record']> = { a: 1 };
      export const text: string = ({} as Data)['odd name'] ?? '';
    `;
    const text = write('invoice.paid', everything);
    expect(compile(text, usage)).toEqual([]);
    expect(compile(text, "export const wrong: Events['invoice.paid']['input']['kind'] = 'b';")).toHaveLength(
      1,
    );
  });

  it('writes both sides where they differ', () => {
    const input: JsonSchema = { type: 'object', properties: { tag: { type: 'string' } } };
    const text = write('invoice.paid', input, { ...input, required: ['tag'], additionalProperties: false });
    expect(text).toContain(
      "'invoice.paid': { readonly input: InvoicePaidInput; readonly output: InvoicePaid };",
    );
    expect(write('invoice.paid', input, { ...input, additionalProperties: false })).not.toContain('Input');
  });

  it('has the same text in any order, and distinct names', () => {
    const schema: JsonSchema = { type: 'object', properties: { a: {} } };
    const types = ['a.b-c', 'a.b.c', 'events', '1.a'].map((type) => ({
      type,
      description: '',
      input: schema,
      output: schema,
    }));
    const text = writeTypes(types);
    expect(writeTypes([...types].reverse())).toBe(text);
    expect(text.match(/export interface \w+/g)).toEqual([
      'export interface Events',
      'export interface Event1A',
      'export interface ABC',
      'export interface ABC2',
      'export interface Events2',
    ]);
    expect(compile(text)).toEqual([]);
  });

  it('keeps hostile texts inside of comments and strings', () => {
    const hostile = "*/ export const a = 1; /* ' \\ ` ${1}\r\n\u2028 @x";
    const text = write(
      "it's",
      { type: 'object', properties: { [hostile]: { const: hostile, description: hostile } } },
      undefined,
      hostile,
    );
    expect(compile(text)).toEqual([]);
    expect(compile(text, 'export const x: typeof a = 1;')).toHaveLength(1);
  });
});
