import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../../../../shared/src/catalog/json-schema.ts';
import { toComment, toTypeText } from '../../../../shared/src/catalog/type-text.ts';
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

describe('the type of a schema', () => {
  const root: JsonSchema = { $defs: { tag: { type: 'string' } } };
  const textOf = (schema: JsonSchema) =>
    toTypeText(schema, { root, toName: (ref) => `Named<'${ref}'>` }).replaceAll(/\s+/g, ' ');
  const text = { type: 'string' };
  const orNull = { type: ['string', 'null'] };

  it.each<[JsonSchema, string]>([
    [true, 'unknown'],
    [false, 'never'],
    [{}, 'unknown'],
    [{ type: 'integer' }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ type: 'null' }, 'null'],
    [{ type: 'date' }, 'unknown'],
    [{ type: ['string', 'date'] }, 'unknown'],
    [{ type: ['number', 'integer'] }, 'number'],
    [{ $ref: '#/$defs/tag' }, "Named<'#/$defs/tag'>"],
    [{ $ref: '#/$defs/none' }, 'unknown'],
    [{ type: 'array' }, 'unknown[]'],
    [{ items: text }, 'string[]'],
    [{ items: false }, 'never[]'],
    [{ items: orNull }, '(string | null)[]'],
    [{ items: { allOf: [{ $ref: '#/$defs/tag' }, { enum: ['a'] }] } }, "(Named<'#/$defs/tag'> & 'a')[]"],
    [{ prefixItems: [text] }, '[string?, ...unknown[]]'],
    [{ prefixItems: [text, orNull], minItems: 1, items: false }, '[string, (string | null)?]'],
    [{ prefixItems: [text, text], minItems: 2, items: orNull }, '[string, string, ...(string | null)[]]'],
    [{ items: { enum: ['a|b', "it's | this"] } }, "('a|b' | 'it\\'s | this')[]"],
    [{ items: { const: 'a|b & c' } }, "'a|b & c'[]"],
    [{ items: { const: "\\' | x" } }, "'\\\\\\' | x'[]"],
    [{ items: { type: 'object', properties: { a: orNull } } }, '{ a?: string | null | undefined; }[]'],
    [
      { items: { type: 'object', properties: { a: { ...text, description: "It's | a" } } } },
      "{ /** It's | a */ a?: string | undefined; }[]",
    ],
    [{ items: { type: 'array', items: orNull } }, '(string | null)[][]'],
    [{ type: 'object' }, 'Record<string, unknown>'],
    [{ type: 'object', additionalProperties: orNull }, 'Record<string, string | null>'],
    [{ type: 'object', additionalProperties: false }, 'Record<string, never>'],
    [{ type: 'object', patternProperties: { '^a': text } }, 'Record<string, string>'],
    [
      { type: 'object', patternProperties: { '^a': text }, additionalProperties: {} },
      'Record<string, unknown>',
    ],
    [{ properties: { a: {}, b: false } }, '{ a?: unknown; b?: never | undefined; }'],
    [
      { properties: { $a_1: text, '1a': text, 'a-b': text } },
      "{ $a_1?: string | undefined; '1a'?: string | undefined; 'a-b'?: string | undefined; }",
    ],
    [{ const: null }, 'null'],
    [{ const: [1, 'a', [true]] }, "[1, 'a', [true]]"],
    [{ const: { a: 1, 'b c': { d: [] } } }, "{ a: 1; 'b c': { d: [] } }"],
    [{ const: {} }, 'Record<string, never>'],
    [{ enum: [] }, 'never'],
    [{ enum: ['a', 'a', 1] }, "'a' | 1"],
    [{ enum: ['a\u2028b\u2029', '"', '\n'] }, `'a\\u2028b\\u2029' | '"' | '\\n'`],
    [{ anyOf: [text, false] }, 'string'],
    [{ anyOf: [text, {}] }, 'unknown'],
    [{ oneOf: [text, orNull] }, 'string | string | null'],
    [{ allOf: [text, {}, { type: 'string' }] }, 'string'],
    [{ allOf: [orNull, { enum: ['a', null] }] }, "(string | null) & ('a' | null)"],
    [{ type: 'string', anyOf: [{ const: 'a' }, { const: 'b' }], oneOf: [{}, text] }, "string & ('a' | 'b')"],
  ])('%j is %s', (schema, expected) => {
    expect(textOf(schema)).toBe(expected);
  });

  it.each<[string | undefined, readonly string[]]>([
    [undefined, []],
    [' \n', []],
    [' One line. ', ['  /** One line. */']],
    [
      'One.\r\nTwo.\u2028\u2029Four. */',
      ['  /**', '   * One.', '   * Two.', '   *', '   * Four. *\\/', '   */'],
    ],
  ])('%j is a comment', (description, lines) => {
    expect(toComment(description, '  ')).toEqual(lines);
  });

  it('has comments only for fields with a description', () => {
    const described = (description: unknown): JsonSchema => ({
      type: 'object',
      properties: { a: { description } },
    });
    expect(textOf(described('A.'))).toBe('{ /** A. */ a?: unknown; }');
    for (const description of ['', ' ', 3]) expect(textOf(described(description))).toBe('{ a?: unknown; }');
  });
});
