import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { routes as apiRoutes } from '../../../server/src/transport/rest/v2/routes.ts';
import { anyEventTypes, getEventDefinition } from '@tocsin/shared';
import { useTestApp } from '../../support/fixtures.ts';

interface MediaType {
  readonly schema: Record<string, unknown>;
  readonly examples?: Record<string, { readonly value: Record<string, unknown> }>;
}

interface Operation {
  readonly summary?: string;
  readonly operationId?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
    readonly required?: boolean;
    readonly schema: unknown;
  }[];
  readonly requestBody?: { readonly content: Record<string, MediaType> };
  readonly responses: Record<string, { description?: string; content?: Record<string, MediaType> }>;
}

interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly webhooks: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly securitySchemes: Record<string, unknown>;
    readonly schemas?: Record<string, unknown>;
  };
  readonly security: readonly Record<string, readonly string[]>[];
}

const app = useTestApp({ env: { ROLE: 'api' } });
let document: OpenApi;

beforeAll(async () => {
  document = (await app.rest('GET', '/openapi.json', undefined, { token: null })).json as OpenApi;
});

/** The REST API as the contracts have it. */
const routes = [
  ['post', '/v1/admin/apps/{appId}/webhooks', '201'],
  ['get', '/v1/admin/apps/{appId}/webhooks', '200'],
  ['delete', '/v1/admin/apps/{appId}/webhooks/{webhookId}', '200'],
  ['post', '/v1/admin/apps/{appId}/webhooks/{webhookId}/test', '200'],
  ['post', '/v1/apps/{appId}/webhooks', '201'],
  ['get', '/v1/apps/{appId}/webhooks', '200'],
  ['put', '/v1/apps/{appId}/webhooks/{webhookId}', '200'],
  ['delete', '/v1/apps/{appId}/webhooks/{webhookId}', '200'],
  ['post', '/v1/apps/{appId}/webhooks/{webhookId}/test', '200'],
  ['post', '/v1/apps/{appId}/events', '202'],
  ['get', '/v1/apps/{appId}/deliveries', '200'],
] as const;

/** Every `$ref` below a value. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';

/** The places of fields without a description, also inside of fields. A reference has that of its schema. */
function undescribedFields(schema: unknown, place: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, inner]: [string, unknown]) => {
    if (key === 'example' || key === 'examples') return [];
    const inside = undescribedFields(inner, key === 'properties' ? place : `${place}.${key}`);
    if (key !== 'properties' || typeof inner !== 'object' || inner === null) return inside;
    const missing = Object.entries(inner).filter(([, field]: [string, Record<string, unknown>]) => {
      return !isText(field['description']) && !hasDescribedReference(field);
    });
    return [...missing.map(([name]) => `${place}.${name}`), ...inside];
  });
}

function hasDescribedReference({ $ref }: Record<string, unknown>): boolean {
  const name = typeof $ref === 'string' ? $ref.replace('#/components/schemas/', '') : '';
  const schema = document.components.schemas?.[name];
  return (
    typeof schema === 'object' && schema !== null && 'description' in schema && isText(schema.description)
  );
}

const operations = () =>
  Object.entries({ ...document.paths, ...document.webhooks }).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

describe('/openapi.json', () => {
  it('is OpenAPI 3.1 with what that version requires', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: 'Tocsin', version: expect.any(String) as unknown });
    const known = [
      'openapi',
      'info',
      'jsonSchemaDialect',
      'servers',
      'paths',
      'webhooks',
      'components',
      'security',
      'tags',
      'externalDocs',
    ];
    expect(Object.keys(document).filter((key) => !known.includes(key))).toEqual([]);
    const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
    for (const { method, operation } of operations()) {
      expect(methods).toContain(method);
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^([1-5]\d\d|[1-5]XX|default)$/);
        expect(response.description).toBeTypeOf('string');
      }
    }
  });

  it('has exactly the routes of the two contracts, of publishing and of the API', () => {
    const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(listed.sort()).toEqual(
      [
        ...routes.map(([method, path]) => `${method} ${path}`),
        ...Object.values(apiRoutes).map(({ method, path }) => {
          return `${method.toLowerCase()} /api/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`;
        }),
      ].sort(),
    );
  });

  it.each(routes)('describes %s %s: parameters, success and errors', (method, path, success) => {
    const operation = document.paths[path]?.[method];
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const inPath = operation?.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
    expect(inPath.map(({ name }) => name)).toEqual(names);
    expect(inPath.every(({ required }) => required === true)).toBe(true);
    expect(operation?.summary).not.toBe('');
    const statuses = Object.keys(operation?.responses ?? {});
    expect(statuses).toContain(success);
    for (const refused of ['400', '401', '403']) expect(statuses).toContain(refused);
    const body = operation?.responses[success]?.content?.['application/json']?.schema;
    const name = /^#\/components\/schemas\/(\w+)$/.exec(String(body?.['$ref']))?.[1] ?? '';
    expect(document.components.schemas?.[name] ?? body).toMatchObject({ type: 'object' });
  });

  it('refers to nothing that it does not contain', () => {
    for (const ref of refsIn(document)) {
      const found = ref
        .replace(/^#\//, '')
        .split('/')
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
      expect([ref, found]).not.toContain(undefined);
    }
  });

  it('describes every field of every input and result, and every parameter', () => {
    // The fields of an event belong to those who define it.
    const isPayload = (name: string) => /(?:Data|Input)$/.test(name) && !name.startsWith('Event');
    const schemas = Object.entries(document.components.schemas ?? {}).filter(([name]) => !isPayload(name));
    expect(schemas.length).toBeGreaterThan(50);
    const undescribed = operations().flatMap(({ path, method, operation }) =>
      (operation.parameters ?? [])
        .filter((parameter) => !('$ref' in parameter) && !isText(parameter.description))
        .map(({ name }) => `${method} ${path} ${name}`),
    );
    const fields = schemas.flatMap(([name, schema]) => undescribedFields(schema, name));
    expect([...fields, ...undescribed]).toEqual([]);
  });

  it('describes a field by its meaning, and a reference by its place', () => {
    const { properties = {} } = (document.components.schemas?.['Delivery'] ?? {}) as {
      properties?: Record<string, Record<string, unknown>>;
    };
    expect(properties['reason']?.['description']).toBe(
      'Why the delivery has its status. Null for `delivered`.',
    );
    expect(properties['status']).toEqual({
      $ref: '#/components/schemas/DeliveryStatus',
      description: 'State of the delivery.',
    });
  });

  it('asks for a bearer key everywhere', () => {
    expect(document.components.securitySchemes).toEqual({ key: { type: 'http', scheme: 'bearer' } });
    expect(document.security).toEqual([{ key: [] }]);
  });

  it('has a unique operation id for each operation', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names the schemas of publishing', () => {
    const { post } = document.paths['/v1/apps/{appId}/events'] ?? {};
    const toRef = (content: Record<string, MediaType> | undefined) => content?.['application/json']?.schema;
    expect(post?.operationId).toBe('publishEvent');
    expect(toRef(post?.requestBody?.content)).toEqual({ $ref: '#/components/schemas/PublishedEvent' });
    expect(toRef(post?.responses['202']?.content)).toEqual({ $ref: '#/components/schemas/PublishResult' });
    expect(toRef(post?.responses['403']?.content)).toEqual({ $ref: '#/components/schemas/Error' });
  });

  it('has a webhook for each of the 17 events', () => {
    expect(Object.keys(document.webhooks).sort()).toEqual([...anyEventTypes].sort());
  });

  it.each(anyEventTypes)('describes what a receiver gets for %s, with an example that fits', (type) => {
    const operation = document.webhooks[type]?.['post'];
    const content = operation?.requestBody?.content['application/json'];
    expect(operation?.summary).toBe(getEventDefinition(type).description);
    const { example: data } = getEventDefinition(type);
    const timestamp = expect.stringMatching(/Z$/) as unknown;
    expect(content?.examples).toEqual({
      standard: { value: { type, timestamp, data } },
      authforge: { value: { event: type, timestamp, data } },
      authon: { value: { event: type, timestamp, data } },
    });
  });

  it('describes bodies by schemas that a validator can compile', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'doc:', ...document });
    for (const name of Object.keys(document.components.schemas ?? {})) {
      expect(ajv.getSchema(`doc:#/components/schemas/${name}`)).toBeTypeOf('function');
    }
  });
});

describe('/asyncapi.json', () => {
  it('describes the same events, without a credential', async () => {
    const answer = await app.rest('GET', '/asyncapi.json', undefined, { token: null });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const { asyncapi, channels } = answer.json as { asyncapi: string; channels: object };
    expect(asyncapi).toBe('3.0.0');
    expect(Object.keys(channels)).toEqual(Object.keys(document.webhooks));
  });
});

describe.each(['/openapi.json', '/asyncapi.json'])('%s', (path) => {
  it('rejects an invalid credential', async () => {
    const answer = await app.rest('GET', path, undefined, { token: `tsk_${'0'.repeat(48)}` });
    expect([answer.status, answer.json]).toMatchObject([401, { error: 'invalid_api_key' }]);
  });

  it('is the same with a valid credential, if there are no types of your own', async () => {
    const { text } = await app.rest('GET', path, undefined, { token: null });
    expect((await app.rest('GET', path)).text).toBe(text);
  });
});

describe('/docs', () => {
  it('returns a page without a key', async () => {
    const answer = await app.rest('GET', '/docs', undefined, { token: null });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.text).toMatch(/<title>[^<]+<\/title>/);
  });

  it('shows the document without a key', async () => {
    const answer = await app.rest('GET', '/docs/json', undefined, { token: null });
    expect(answer.json).toEqual(document);
  });
});
