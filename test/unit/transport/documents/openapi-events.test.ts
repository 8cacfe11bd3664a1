import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { toEventDocs } from '../../../../server/src/transport/rest/documents/event-docs.ts';
import { toPlainDocument, writeDocument } from '../../../../server/src/transport/rest/documents/lazy-map.ts';
import { toIdentifiers } from '../../../../server/src/transport/rest/documents/identifiers.ts';
import { withEvents } from '../../../../server/src/transport/rest/documents/openapi-events.ts';
import { builtInDocumented, documentedType, hardTypes } from '../../../support/documented-types.ts';

interface OpenApi {
  readonly webhooks: Record<
    string,
    {
      readonly post: {
        readonly operationId: string;
        readonly parameters: readonly { readonly $ref: string }[];
        readonly requestBody: {
          readonly content: Record<
            string,
            { readonly examples?: Record<string, { readonly value: object }> }
          >;
        };
      };
    }
  >;
  readonly components: {
    readonly parameters: Record<string, { readonly required: boolean }>;
    readonly schemas: Record<string, { readonly oneOf?: readonly object[]; readonly discriminator?: object }>;
  };
}

const types = [...builtInDocumented, ...hardTypes];
const path = '/v1/apps/{appId}/events';
const before = { paths: { [path]: { post: { operationId: 'publishEvent' } } }, components: { schemas: {} } };
const document = JSON.parse(await writeDocument(withEvents(before, toEventDocs(types)))) as OpenApi;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'doc:', ...document });

function isValid(place: string, value: unknown): boolean {
  const validate = ajv.getSchema(`doc:#/${place}`);
  if (validate === undefined) throw new Error(`no schema at ${place}`);
  return validate(value) === true;
}

const published = types.filter(({ subscribable }) => subscribable);

describe('the body of the publish call', () => {
  it('is one of the event types that can be published, selected by `event`', () => {
    const { oneOf, discriminator } = document.components.schemas['PublishedEvent'] ?? {};
    expect(oneOf).toHaveLength(published.length);
    expect(discriminator).toEqual({
      propertyName: 'event',
      mapping: Object.fromEntries(
        published.map(({ type }) => [
          type,
          expect.stringMatching(/^#\/components\/schemas\/\w+Publish$/) as unknown,
        ]),
      ),
    });
  });

  it.each(published.filter(({ example }) => example !== undefined).map((type) => [type.type, type] as const))(
    'accepts the example of %s, without `appId` as well',
    (type, { example, hasAppId }) => {
      const { appId: _, ...data } = example ?? {};
      const place = 'components/schemas/PublishedEvent';
      expect(isValid(place, { event: type, data: example })).toBe(true);
      if (hasAppId) expect(isValid(place, { event: type, data })).toBe(true);
      expect(isValid(place, { event: type, data: 1 })).toBe(false);
      expect(isValid(place, { event: `${type}x`, data: example })).toBe(false);
      expect(isValid(place, { event: type, data: example, other: 1 })).toBe(false);
    },
  );
});

describe('the webhooks', () => {
  it('are one for each event type, with the headers of all profiles', () => {
    expect(Object.keys(document.webhooks)).toEqual(types.map(({ type }) => type));
    const { parameters } = document.components;
    expect(Object.keys(parameters).sort()).toEqual([
      'webhook-id',
      'webhook-signature',
      'webhook-timestamp',
      'x-authforge-event',
      'x-authforge-signature',
      'x-authforge-timestamp',
      'x-webhook-event',
      'x-webhook-secret',
    ]);
    expect(Object.entries(parameters).flatMap(([name, { required }]) => (required ? name : []))).toEqual([
      'webhook-id',
    ]);
    for (const { post } of Object.values(document.webhooks)) {
      expect(post.parameters.map(({ $ref }) => $ref.split('/').at(-1))).toEqual(Object.keys(parameters));
    }
  });

  it('have an example for each profile that matches the schema', () => {
    for (const [type, { post }] of Object.entries(document.webhooks)) {
      const examples = post.requestBody.content['application/json']?.examples;
      expect(Object.keys(examples ?? {})).toEqual(
        type === 'tree.huge' ? [] : ['standard', 'authforge', 'authon'],
      );
      const place = `webhooks/${type}/post/requestBody/content/application~1json/schema`;
      for (const { value } of Object.values(examples ?? {})) {
        expect([type, isValid(place, value)]).toEqual([type, true]);
        expect([type, isValid(place, { ...value, data: 1 })]).toEqual([type, false]);
      }
    }
  });

  it('have unique operation ids', () => {
    const ids = Object.values(document.webhooks).map(({ post }) => post.operationId);
    expect(new Set(ids).size).toBe(types.length);
  });
});

describe('identifiers', () => {
  it('are unique for names that differ only in their separators', () => {
    const names = ['a.b', 'a_b', 'a-b', 'ab', 'a.b.c', 'a.b-2', 'a--b', 'a.b_2'];
    const identifiers = [...toIdentifiers(names).values()];
    expect(identifiers).toEqual(['AB', 'AB_2', 'AB_3', 'Ab', 'ABC', 'AB2', 'AB_4', 'AB2_2']);
    expect(new Set(identifiers).size).toBe(names.length);
  });
});

describe('a document with lazy maps', () => {
  it('is written as JSON.stringify writes it with plain objects', async () => {
    const lazy = withEvents({ ...before, other: undefined }, toEventDocs(types));
    expect(await writeDocument(lazy)).toBe(JSON.stringify(toPlainDocument(lazy)));
  });

  it('lets the event loop run while thousands of events are written', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => documentedType({ type: `a.b${index}` }));
    let turns = 0;
    const count = () => {
      turns++;
      pending = setImmediate(count);
    };
    let pending = setImmediate(count);
    await writeDocument(withEvents(before, toEventDocs(many)));
    clearImmediate(pending);
    expect(turns).toBeGreaterThan(1);
  });
});
