import * as z from 'zod';
import { beforeAll, describe, expect, it } from 'vitest';
import { anyEventTypes, getEventDefinition } from '@tocsin/shared';
import { useTestApp } from '../../support/fixtures.ts';

interface MediaType {
  readonly schema: Record<string, unknown>;
  readonly example?: unknown;
}

interface Operation {
  readonly summary?: string;
  readonly operationId?: string;
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: unknown }[];
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

  it('has exactly the routes of the two contracts and of publishing', () => {
    const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(listed.sort()).toEqual(routes.map(([method, path]) => `${method} ${path}`).sort());
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
    expect(body).toMatchObject({ type: 'object' });
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

  it('asks for a bearer key everywhere', () => {
    expect(document.components.securitySchemes).toEqual({ key: { type: 'http', scheme: 'bearer' } });
    expect(document.security).toEqual([{ key: [] }]);
  });

  it('has unique operation ids', () => {
    const ids = operations().flatMap(({ operation }) => operation.operationId ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has a webhook for each of the 17 events', () => {
    expect(Object.keys(document.webhooks).sort()).toEqual([...anyEventTypes].sort());
  });

  it.each(anyEventTypes)('describes what a receiver gets for %s, with an example that fits', (type) => {
    const operation = document.webhooks[type]?.['post'];
    const content = operation?.requestBody?.content['application/json'];
    expect(operation?.summary).toBe(getEventDefinition(type).description);
    expect(content?.example).toEqual({
      event: type,
      timestamp: expect.stringMatching(/Z$/) as unknown,
      data: getEventDefinition(type).example,
    });
    const schema = z.fromJSONSchema(content?.schema as Parameters<typeof z.fromJSONSchema>[0]);
    expect(schema.safeParse(content?.example).error).toBeUndefined();
    expect(schema.safeParse({ event: type, timestamp: 'now', data: {} }).success).toBe(false);
  });
});

describe('/docs', () => {
  it('returns a page without a key', async () => {
    const answer = await app.rest('GET', '/docs', undefined, { token: null });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.text).toMatch(/<title>[^<]+<\/title>/);
  });
});
