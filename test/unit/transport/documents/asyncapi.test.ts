import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { toAsyncApi } from '../../../../server/src/transport/rest/documents/asyncapi.ts';
import { toEventDocs } from '../../../../server/src/transport/rest/documents/event-docs.ts';
import { writeDocument } from '../../../../server/src/transport/rest/documents/lazy-map.ts';
import { builtInDocumented, documentedType, hardTypes } from '../../../support/documented-types.ts';

interface Message {
  readonly name: string;
  readonly headers: { readonly $ref: string };
  readonly payload: Record<string, unknown>;
  readonly examples?: readonly { readonly headers: object; readonly payload: object }[];
}

interface AsyncApi {
  readonly channels: Record<string, { readonly messages: Record<string, { readonly $ref: string }> }>;
  readonly operations: Record<
    string,
    { readonly action: string; readonly channel: { readonly $ref: string } }
  >;
  readonly components: {
    readonly messages: Record<string, Message>;
    readonly schemas: Record<string, Record<string, unknown>>;
  };
}

const types = [...builtInDocumented, ...hardTypes];
// As callers get it.
const document = JSON.parse(await writeDocument(toAsyncApi(toEventDocs(types)))) as AsyncApi;

const specification = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json');
function toValidator() {
  const { definitions, ...schema } = JSON.parse(readFileSync(specification, 'utf8')) as {
    definitions: Record<string, object>;
  };
  // ajv has draft-07 itself, and accepts no second one.
  const { 'http://json-schema.org/draft-07/schema': _draft, ...own } = definitions;
  return new Ajv({ strict: false, validateFormats: false }).compile({ ...schema, definitions: own });
}

describe('the AsyncAPI document', () => {
  it('is valid by the JSON Schema of AsyncAPI 3.0', () => {
    const validate = toValidator();
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...document, operations: { x: { action: 'publish' } } })).toBe(false);
  });

  it('has a channel and an operation for each event type, with a message for each profile', () => {
    expect(Object.keys(document.channels)).toEqual(types.map(({ type }) => type));
    expect(Object.values(document.operations)).toMatchObject(
      types.map(({ type }) => ({ action: 'send', channel: { $ref: `#/channels/${type}` } })),
    );
    for (const { messages } of Object.values(document.channels)) {
      expect(Object.keys(messages)).toEqual(['standard', 'authforge', 'authon']);
    }
  });

  it('refers to nothing that it does not contain', () => {
    const refs = listRefs(document);
    expect(refs.length).toBeGreaterThan(types.length);
    expect(refs.filter((ref) => find(document, ref) === undefined)).toEqual([]);
  });

  it('has examples that match their schemas, which reject other bodies', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'doc:', ...document });
    const checked = Object.entries(document.components.messages).flatMap(([name, message]) =>
      (message.examples ?? []).map((example) => ({ name, message, example })),
    );
    expect(checked).toHaveLength((types.length - 1) * 3);
    for (const { name, message, example } of checked) {
      const place = `doc:#/components/messages/${name}/payload${'schema' in message.payload ? '/schema' : ''}`;
      const body = ajv.getSchema(place);
      const headers = ajv.getSchema(`doc:${message.headers.$ref}`);
      if (body === undefined || headers === undefined) throw new Error(`no schema of ${name}`);
      expect([name, body(example.payload), headers(example.headers)]).toEqual([name, true, true]);
      expect([name, body({ ...example.payload, data: 1 }), headers({})]).toEqual([name, false, false]);
    }
  });

  it('names draft 2020-12 where a schema needs it, and only there', () => {
    const { messages, schemas } = document.components;
    expect(schemas['TreePairData']).toMatchObject({
      schemaFormat: 'application/schema+json;version=draft-2020-12',
    });
    expect(messages['TreePairStandard']?.payload).toMatchObject({
      schemaFormat: 'application/schema+json;version=draft-2020-12',
    });
    const others = Object.entries(schemas).filter(([, schema]) => 'schemaFormat' in schema);
    expect(others.map(([name]) => name)).toEqual(['TreePairData']);
  });

  it('shows no example of a type whose schema has no room', () => {
    const [only] = toEventDocs([documentedType({ schema: undefined, example: undefined })]);
    expect(only).toMatchObject({ data: { type: 'object' }, example: undefined });
    expect(document.components.messages['TreeHugeStandard']?.examples).toBeUndefined();
  });
});

function listRefs(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' && inner !== '#' ? [inner] : listRefs(inner),
  );
}

function find(root: unknown, ref: string): unknown {
  return ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
}
