import { request as httpRequest } from 'node:http';
import * as fc from 'fast-check';
import * as z from 'zod';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventTypes, eventTypesFor } from '@tocsin/shared';
import {
  arbitraryRequest,
  type ArbitraryRequest,
  type JsonSchema,
  type KnownValues,
  type Operation,
  type Parameter,
} from '../../support/arbitrary-request.ts';
import { writtenByServer } from '../../support/app.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { followWrites } from '../../support/follow-writes.ts';
import { loginData } from '../../support/publishing.ts';

/*
 * Calls the REST API as its OpenAPI document describes it, with valid and invalid requests. No response is
 * 5xx, undeclared, against its schema or reveals internals, and a rejected request changes nothing.
 *
 * The same requests in every run; FUZZ_SEED=<number> takes others, FUZZ_SHARE=1 takes all 22,000.
 */

const fuzzShare = Number(process.env['FUZZ_SHARE'] ?? 0.05);
const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const numRuns = Math.ceil(2_000 * fuzzShare);

type BodySchema = JsonSchema & { readonly oneOf?: readonly JsonSchema[] };

interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: BodySchema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Sends nothing in the background, so that every change comes from a request. */
const app = useTestApp({ env: { ROLE: 'api' } });
const receiver = useReceiver();
let paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;

beforeAll(async () => {
  const { json } = await app.rest('GET', '/openapi.json', undefined, { token: null });
  ({ paths } = withoutReferences(json, json) as { paths: typeof paths });
});

/** Puts schemas in the place of references to them. None of the built-in events is recursive. */
function withoutReferences(value: unknown, document: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withoutReferences(item, document));
  const entries = Object.entries(value);
  const [, ref] = entries.find(([key]) => key === '$ref') ?? [];
  if (typeof ref !== 'string') {
    return Object.fromEntries(entries.map(([key, inner]) => [key, withoutReferences(inner, document)]));
  }
  const place = ref.slice('#/'.length).split('/');
  const target = place.reduce((at, key) => (at as Record<string, unknown>)[key], document);
  return withoutReferences(target, document);
}

/** Like `fetch`, but with targets, methods and headers that `fetch` corrects or rejects. */
async function send({ method, target, headers, body }: ArbitraryRequest): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const { hostname, port } = new URL(app.url);
    const bytes = Buffer.from(body ?? '');
    const framing = body === undefined ? {} : { 'content-length': bytes.length };
    const all = { authorization: `Bearer ${app.rootToken}`, ...headers, ...framing };
    const call = httpRequest({ hostname, port, method, path: target, headers: all }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    // The response to a body that is too large comes before its end.
    call.on('error', reject);
    call.end(bytes);
  });
}

/** An app and a webhook that are there, whatever the requests before did to them. */
async function createKnown(mount: string, appId: string): Promise<Readonly<Record<string, string>>> {
  const isAuthon = mount.startsWith('/v1/admin');
  const { json } = await app.rest('POST', `${isAuthon ? '/v1/admin' : '/v1'}/apps/${appId}/webhooks`, {
    url: receiver.url,
    events: isAuthon ? ['user.login'] : ['license.created'],
  });
  const made = json as { webhookId?: string; data?: { id: string } };
  return { appId, webhookId: made.webhookId ?? made.data?.id ?? '' };
}

const filled = (target: string, known: Readonly<Record<string, string>>) =>
  target.replaceAll(/\{known (\w+)\}/g, (_, name: string) => known[name] ?? '');

/** The requests have the root token, so none of them changes the last use of a key. */
const isChange = (collection: string) => collection === 'keys' || !writtenByServer.includes(collection);

const zodSchemas = new Map<object, z.ZodType>();

function toZod(schema: object): z.ZodType {
  const known = zodSchemas.get(schema) ?? z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  zodSchemas.set(schema, known);
  return known;
}

/** What the document says of a path, for a request that may have another method. */
function declared(path: string, method: string): readonly string[] {
  const operation = paths[path]?.[method.toLowerCase()];
  return operation === undefined ? ['400', '403', '404', '405'] : Object.keys(operation.responses);
}

function problemsOf(path: string, { method }: ArbitraryRequest, answer: Answer): string[] {
  const problems: string[] = [];
  const { status, type, text } = answer;
  if (status >= 500) problems.push(`status ${status}`);
  // HEAD is answered as GET is, without a body.
  const asked = method === 'HEAD' ? 'GET' : method;
  if (!declared(path, asked).includes(String(status))) problems.push(`undeclared status ${status}`);
  if (/\n\s+at |node_modules|\.ts:\d|Mongo|BSON/.test(text)) problems.push('tells what is inside');
  if (text.includes(app.rootToken)) problems.push('tells the token');
  const schema = paths[path]?.[asked.toLowerCase()]?.responses[status]?.content?.['application/json']?.schema;
  if (method !== 'HEAD' && schema !== undefined) {
    if (!type.startsWith('application/json')) problems.push(`content type ${type}`);
    const fits = toZod(schema).safeParse(JSON.parse(text));
    if (!fits.success) problems.push(`does not fit its schema: ${fits.error.message}`);
  }
  return problems;
}

/** Every operation of the document; openapi.test.ts checks the list itself. */
const operations = [
  ['POST', '/v1/admin/apps/{appId}/webhooks'],
  ['GET', '/v1/admin/apps/{appId}/webhooks'],
  ['DELETE', '/v1/admin/apps/{appId}/webhooks/{webhookId}'],
  ['POST', '/v1/admin/apps/{appId}/webhooks/{webhookId}/test'],
  ['POST', '/v1/apps/{appId}/webhooks'],
  ['GET', '/v1/apps/{appId}/webhooks'],
  ['PUT', '/v1/apps/{appId}/webhooks/{webhookId}'],
  ['DELETE', '/v1/apps/{appId}/webhooks/{webhookId}'],
  ['POST', '/v1/apps/{appId}/webhooks/{webhookId}/test'],
  ['POST', '/v1/apps/{appId}/events'],
  ['GET', '/v1/apps/{appId}/deliveries'],
] as const;

test('there are no other operations', () => {
  // Those of /api/v1 are in api-fuzz.test.ts.
  const described = Object.entries(paths)
    .filter(([path]) => !path.startsWith('/api/v1/'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  expect(described.sort()).toEqual(operations.map(([method, path]) => `${method} ${path}`).sort());
});

describe('whatever is sent to', { timeout: 600_000 }, () => {
  test.each(operations)('%s %s responds as the document describes', async (method, path) => {
    const described = paths[path]?.[method.toLowerCase()];
    if (described === undefined) throw new Error(`the document has no ${method} ${path}`);
    const body = described.requestBody?.content['application/json']?.schema;
    const operation: Operation = {
      method,
      path,
      parameters: described.parameters ?? [],
      // Of the events, one has the fields of all: what is published is among the known values.
      body: body?.oneOf?.[0] ?? body,
    };
    const values: KnownValues = {
      url: [receiver.url, `${receiver.url}?a=b`, 'https://127.0.0.1:1/x', 'ftp://127.0.0.1', 'x'],
      events: path.startsWith('/v1/admin') ? eventTypesFor('authon') : [...eventTypesFor('authforge'), 'x'],
      event: [...eventTypes, 'user.login', 'user.login', 'test'],
      data: [loginData, loginData, {}, { ...loginData, extra: '\u0000' }],
      idempotencyKey: ['k1', 'k2', ' '],
      version: [1, 1, 1, 99],
      timestamp: ['2026-01-01T00:00:00Z', '0000-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59'],
    };
    let known = await createKnown(path, await app.createApp());
    const readWrites = await followWrites(app.db.client, app.database);
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(arbitraryRequest(operation, values), async (request) => {
        const answer = await send({ ...request, target: filled(request.target, known) });
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const problems = problemsOf(path, request, answer);
        if (answer.status < 300 && request.method !== 'GET') {
          // A deletion leaves the app as it was.
          const appId = request.method === 'DELETE' ? known['appId'] : undefined;
          known = await createKnown(path, appId ?? (await app.createApp()));
        }
        const written = (await readWrites()).filter(isChange);
        if (answer.status >= 400 && written.length > 0) {
          problems.push(`it was refused and changed ${written.join()}`);
        }
        expect({ problems, said: answer.text.slice(0, 300) }).toMatchObject({ problems: [] });
      }),
      { numRuns, seed },
    );
    // The wrong ones are worth little if none of the right ones gets through.
    expect(
      [...statuses.keys()].filter((status) => status < 300),
      'none was accepted: take another FUZZ_SEED, or a larger FUZZ_SHARE',
    ).not.toEqual([]);
    expect(statuses.size).toBeGreaterThan(2);
  });
});
