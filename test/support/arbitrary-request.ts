import * as fc from 'fast-check';
import { anyCodePoint } from './any-code-point.ts';

/** All that node takes for a method of a request without a tunnel. */
const anyMethod = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'QUERY', 'PROPFIND'];

/** As much of a JSON Schema as our OpenAPI document uses. */
export interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: JsonSchema;
}

/** One operation of the document, as far as a request is made from it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: JsonSchema | undefined;
}

export interface ArbitraryRequest {
  readonly method: string;
  /** With parameters filled in and encoded; `{known appId}` stands for something that exists. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes where the point is that they are no text. */
  readonly body: string | Uint8Array | undefined;
}

/** What a schema alone does not say: values that an operation really takes, by the name of their field. */
export type KnownValues = Readonly<Record<string, readonly unknown[]>>;

/** Texts that mean something to a parser, a database, a shell, a log or JavaScript. */
const hostileTexts = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\r\nx-injected: 1',
  '__proto__',
  'constructor',
  'toString',
  '$where',
  '{"$gt":""}',
  "' OR 1=1 --",
  '../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  '<script>alert(1)</script>',
  '${7*7}',
  '\u202egnp.exe',
  '\ud800',
  '\ufeff',
  '😀'.repeat(40),
  'x'.repeat(5_000),
  'NaN',
  '1e999',
  '0000-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59.999-23:59',
];

const hostileText = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: anyCodePoint, maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);

const hostileValue = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER + 2, [], {}, [[]]),
  fc.constantFrom<unknown>({ $ne: null }, { $gt: '' }, { length: 1 }, { toString: 1 }, ['user.login', null]),
  fc.jsonValue({ maxDepth: 3, stringUnit: anyCodePoint }),
);

/** A value that the schema allows, mostly. */
function valueOf(name: string, schema: JsonSchema, known: KnownValues): fc.Arbitrary<unknown> {
  const values = known[name];
  if (values !== undefined) return fc.constantFrom(...values);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) {
    return fc.oneof(...schema.anyOf.map((option) => valueOf('', option, known)));
  }
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'number':
      return fc.double({ min: schema.minimum ?? -1, max: schema.maximum ?? 1_000, noNaN: true });
    case 'string':
      return fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 30, 60) });
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1, max: schema.maximum ?? 1_000 });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valueOf(name, schema.items ?? {}, known), { maxLength: 4 });
    case 'object':
      return objectOf(schema, known);
    default:
      return fc.jsonValue();
  }
}

function objectOf(schema: JsonSchema, known: KnownValues): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {}).map(([key, inner]) => [
    key,
    valueOf(key, inner, known),
  ]);
  const required = [...(schema.required ?? [])];
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: required,
  });
}

/** The same with one thing wrong: a field of another kind, left out, or one too many. */
function spoiled(value: fc.Arbitrary<unknown>, schema: JsonSchema): fc.Arbitrary<string> {
  const names = [...Object.keys(schema.properties ?? {}), 'extra', '__proto__', 'constructor', 'appId'];
  return fc
    .tuple(value, fc.constantFrom(...names), hostileValue, fc.constantFrom('set', 'remove', 'inside'))
    .map(([whole, name, other, how]) => {
      const fields = Object.entries(whole as object).filter(([key]) => key !== name);
      if (how === 'inside') fields.push(['data', { userId: 'u', [name]: other }]);
      if (how === 'set') fields.push([name, other]);
      // By hand: an object literal takes __proto__ for its prototype.
      return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${JSON.stringify(inner)}`).join()}}`;
    });
}

/** Whole bodies that are not what they should be, whatever the operation. */
const brokenBody = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '"text"',
    '17',
    '{"a":1}{"b":2}',
    '{"a":1,}',
    "{'a':1}",
    '\ufeff{}',
    'NaN',
  ),
  fc.constantFrom(`{"url":"${'x'.repeat(10_000)}"}`, `{"events":[${'"a",'.repeat(9_999)}"a"]}`),
  fc.constantFrom(100, 10_000, 100_000).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
  fc.constantFrom(100, 5_000, 50_000).map((depth) => {
    const login = '"userId":"u","username":"n","ip":"192.0.2.1","hwid":"h"';
    return `{"event":"user.login","data":{${login},"deep":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}}`;
  }),
  fc.constant(`{"event":"user.login","filler":"${'x'.repeat(600_000)}"}`),
);

const contentType = fc.oneof(
  { weight: 12, arbitrary: fc.constant<string | undefined>('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      undefined,
      'application/json; charset=utf-8',
      'application/json; charset=latin1',
      'APPLICATION/JSON',
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json, text/html',
      ';',
    ),
  },
);

/** Headers that the server reads. */
const moreHeaders = fc.record(
  {
    traceparent: fc.constantFrom(
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x'.repeat(3_000),
      '',
      '00',
    ),
    'x-request-id': fc.constantFrom('my-id', '<b>', 'x'.repeat(500), ''),
    accept: fc.constantFrom('text/html', '*/*', 'application/json'),
    'accept-encoding': fc.constantFrom('gzip', 'br;q=1.0, nothing'),
    expect: fc.constant('100-continue'),
    'x-http-method-override': fc.constant('DELETE'),
  },
  { requiredKeys: [] },
);

function bodyOf(
  schema: JsonSchema | undefined,
  known: KnownValues,
): fc.Arbitrary<string | Uint8Array | undefined> {
  const none = { weight: 1, arbitrary: fc.constant(undefined) };
  const broken = { weight: 2, arbitrary: brokenBody };
  const bytes = { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) };
  if (schema === undefined) return fc.oneof({ ...none, weight: 8 }, broken, bytes);
  const value = valueOf('', schema, known);
  return fc.oneof(
    none,
    broken,
    bytes,
    { weight: 6, arbitrary: value.map((fitting) => JSON.stringify(fitting)) },
    { weight: 8, arbitrary: spoiled(value, schema) },
  );
}

/** Half a pair of surrogates has no encoding. */
function encodedText(text: string, maxLength: number): string {
  return encodeURIComponent(text.slice(0, maxLength).replaceAll(/\p{Cs}/gu, '?'));
}

/** In a path everything but letters and digits is encoded, except where a bad encoding is the point. */
function inPath(name: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(`{known ${name}}`) },
    { weight: 1, arbitrary: fc.constantFrom('%', '%zz', '%ff%fe', '%00', '.', '..%2f', 'a%20b', '') },
    {
      weight: 1,
      arbitrary: hostileText.map((text) => encodedText(text, 900)),
    },
  );
}

function queryOf(parameters: readonly Parameter[], known: KnownValues): fc.Arbitrary<string> {
  const declared = parameters.map(({ name, schema }) =>
    fc
      .oneof(valueOf(name, schema, known), hostileValue)
      .map((value) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const),
  );
  const odd = fc.tuple(
    fc.constantFrom('__proto__', 'limit[$gt]', 'status[]', 'a', '', '$where', 'constructor'),
    hostileText,
  );
  const pair = declared.length === 0 ? odd : fc.oneof({ weight: 5, arbitrary: fc.oneof(...declared) }, odd);
  const encoded = (text: string) => encodedText(text, 3_000);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    {
      weight: declared.length === 0 ? 1 : 9,
      arbitrary: fc
        .array(pair, { maxLength: 4 })
        .map((pairs) => `?${pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')}`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('?', '?&&&', '?%', '?limit=%zz', '?=', '?limit', '?a=%00&status'),
    },
  );
}

/** Requests to one operation: right ones, and all kinds of wrong ones. */
export function arbitraryRequest(operation: Operation, known: KnownValues): fc.Arbitrary<ArbitraryRequest> {
  const { method, path, parameters, body } = operation;
  const names = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const methods = fc.oneof(
    { weight: 14, arbitrary: fc.constant(method) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...anyMethod),
    },
  );
  return fc
    .tuple(
      methods,
      fc.tuple(...names.map(inPath)),
      queryOf(inQuery, known),
      bodyOf(body, known),
      contentType,
      moreHeaders,
    )
    .map(([chosen, values, query, bytes, type, more]) => ({
      method: chosen,
      target:
        names.reduce((filled, name, index) => filled.replace(`{${name}}`, () => values[index] ?? ''), path) +
        query,
      headers: { ...more, ...(bytes !== undefined && type !== undefined && { 'content-type': type }) },
      body: bytes,
    }));
}
