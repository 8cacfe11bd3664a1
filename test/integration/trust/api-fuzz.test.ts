import { request as httpRequest } from 'node:http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventTypes } from '@tocsin/shared';
import { routes, type Route } from '../../../server/src/transport/rest/v2/routes.ts';
import {
  arbitraryRequest,
  type ArbitraryRequest,
  type JsonSchema,
  type KnownValues,
  type Parameter,
} from '../../support/arbitrary-request.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

/*
 * Calls every route of /api/v1 as its OpenAPI document describes it, with valid and invalid requests. No response is
 * 5xx, undeclared, against its schema or reveals internals, and each error is a problem document.
 *
 * The same requests in every run; FUZZ_SEED=<number> takes others, FUZZ_SHARE=1 takes all 20,500.
 */

const fuzzShare = Number(process.env['FUZZ_SHARE'] ?? 0.05);
const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const numRuns = Math.ceil(500 * fuzzShare);

type BodySchema = JsonSchema & { readonly oneOf?: readonly JsonSchema[] };

interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: BodySchema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** What exists for the calls that name something. */
interface Known {
  readonly accountId: string;
  readonly appId: string;
  readonly webhookId: string;
  readonly eventId: string;
}

/** Sends nothing in the background. The limits of an account do not apply to what a test makes. */
const app = useTestApp({
  env: { ROLE: 'api', MAX_CHANGES_PER_HOUR: '100000', MAX_CHANGES_PER_DAY: '100000' },
});
const receiver = useReceiver();
const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });
let document: Document;
let known: Known;

beforeAll(async () => {
  const { json } = await app.rest('GET', '/openapi.json', undefined, { token: null });
  document = json as Document;
  ajv.addSchema(document, 'document');
  known = await createKnown();
});

async function createKnown(): Promise<Known> {
  const accountId = await app.createAccount();
  const appId = await app.createApp();
  const webhook = await app.call('webhooks.create', { appId, url: receiver.url, events: ['user.login'] });
  const event = await app.call('events.publish', { appId, event: 'user.login', data: loginData });
  return { accountId, appId, webhookId: webhook.id, eventId: event.id };
}

/** Something that a path can name, whatever the requests before did to it. */
async function createTarget(path: string): Promise<string> {
  if (path.startsWith('/keys/')) return (await app.createKey()).id;
  if (path.startsWith('/apps/')) return await app.createApp();
  if (path.startsWith('/webhooks/')) return (await createKnown()).webhookId;
  if (path.startsWith('/deliveries/')) return (await createKnown()).eventId.replace('evt_', 'dlv_');
  if (path.startsWith('/event-types/')) {
    const { accountId } = known;
    const own = { type: 'acme.thing', description: 'A thing', schema: { type: 'object' }, example: {} };
    const { status } = await app.rest('POST', '/api/v1/event-types', { accountId, eventTypes: [own] });
    expect(status).toBe(200);
    return 'acme.thing';
  }
  return path.startsWith('/accounts/') ? await app.createAccount() : known.eventId;
}

const changesTarget = ({ method }: Route) => method !== 'GET';

/** Puts schemas in the place of references to them, as deep as a request needs. */
function withoutReferences(value: unknown, depth = 12): unknown {
  if (typeof value !== 'object' || value === null || depth === 0) return value;
  if (Array.isArray(value)) return value.map((item) => withoutReferences(item, depth - 1));
  const ref = '$ref' in value ? value.$ref : undefined;
  if (typeof ref === 'string') {
    const place = ref.slice('#/'.length).split('/');
    const target = place.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
    return withoutReferences(target, depth - 1);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutReferences(inner, depth - 1)]),
  );
}

/** Values that make a request succeed, by the name of their field. */
function toKnownValues(path: string): KnownValues {
  const { accountId, appId, webhookId, eventId } = known;
  const event = { appId, event: 'user.login', data: loginData };
  const times = ['2026-01-01T00:00:00Z', '0000-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59'];
  return {
    accountId: [accountId, accountId, accountId, 'acc_none'],
    name: ['A name', 'A name', ''],
    appId: [appId, appId, appId, 'none'],
    webhookId: [webhookId, webhookId, 'wh_000000000000'],
    eventId: [eventId, 'evt_none'],
    ids: [[eventId.replace('evt_', 'dlv_')], ['dlv_none'], []],
    url: [receiver.url, `${receiver.url}?a=b`, 'https://127.0.0.1:1/x', 'ftp://127.0.0.1', 'x'],
    events:
      path === '/events/batch'
        ? [[event], [event, {}], [event, { ...event, data: 1 }]]
        : [['user.login'], ['*'], ['x']],
    event: [...eventTypes.slice(0, 2), 'user.login', 'test'],
    data: [loginData, {}, { ...loginData, extra: '\u0000' }],
    version: [1, 1, 99],
    eventVersions: [{}, { 'user.login': 1 }, { 'user.login': 9 }],
    headers: [{}, { 'x-a': 'b' }, { host: 'x' }],
    clientCertificate: [null, { certificate: 'x', privateKey: 'y' }],
    format: ['json', 'auto', 'discord', 'x'],
    profile: ['standard', 'authon', 'x'],
    idempotencyKey: ['k1', 'k2', 'k3', ' '],
    backlog: ['send', 'cancel'],
    cursor: ['', 'x', eventId],
    scopes: [['*'], ['events:publish'], ['x']],
    eventTypes: [
      [{ type: 'acme.other', description: 'd', schema: { type: 'object' }, example: {} }],
      [{ type: 'acme.other', description: 'd', schema: { type: 'no' }, example: {} }],
      [{}],
    ],
    limits: [{ apps: 10 }, { apps: null }, {}],
    ...Object.fromEntries(
      ['since', 'until', 'expiresAt', 'timestamp', 'from', 'to'].map((name) => [name, times]),
    ),
  };
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

const validators = new Map<string, ValidateFunction>();

/** The schema that the document has for a response. */
function getValidator(path: string, method: string, status: number, type: string): ValidateFunction {
  const steps = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
  const pointer = steps.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
  const $ref = `document#/${encodeURI(pointer)}`;
  const validator = validators.get($ref) ?? ajv.compile({ $ref });
  validators.set($ref, validator);
  return validator;
}

/** A method of another route of the path, or of none, has the errors that every route has. */
function problemsOf(path: string, { method }: ArbitraryRequest, { status, type, text }: Answer): string[] {
  const problems: string[] = [];
  if (status >= 500) problems.push(`status ${status}`);
  if (/\n\s+at |node_modules|\.ts:\d|Mongo|BSON|ZodError/.test(text)) problems.push('tells what is inside');
  if (text.includes(app.rootToken)) problems.push('tells the token');
  // HEAD is answered as GET is, without a body.
  if (method === 'HEAD') return problems;
  const mediaType = type.split(';', 1)[0] ?? '';
  const expected = status >= 400 ? 'application/problem+json' : 'application/json';
  if (mediaType !== expected) return [...problems, `content type ${type} with status ${status}`];
  const methods = document.paths[path] ?? {};
  const described = methods[method.toLowerCase()] ?? (status < 400 ? undefined : Object.values(methods)[0]);
  if (described?.responses[status] === undefined) return [...problems, `undeclared status ${status}`];
  const documented = Object.entries(methods).find(([, candidate]) => candidate === described)?.[0] ?? '';
  const isValid = getValidator(path, documented, status, mediaType);
  if (!isValid(JSON.parse(text))) problems.push(`does not fit its schema: ${ajv.errorsText(isValid.errors)}`);
  return problems;
}

/** Headers that set a field of the input. */
const inputHeaders = fc.record(
  {
    'idempotency-key': fc.constantFrom('k1', '"k2"', '', ' ', 'x'.repeat(300), '\u00e9'),
    'if-match': fc.constantFrom('"0"', '"1"', '*', 'W/"1"', '1', '"x"', '"0", "1"', ''),
  },
  { requiredKeys: [] },
);

/** Nothing is sent here, so no delivery has failed. */
const neverSucceeds: ReadonlySet<string> = new Set(['deliveries.retry', 'deliveries.cancelReplay']);

describe('whatever is sent to', { timeout: 600_000 }, () => {
  test.each(Object.entries<Route>(routes))('%s responds as the document describes', async (name, route) => {
    const path = `/api/v1${route.path.replaceAll(/:(\w+)/g, '{$1}')}`;
    const described = document.paths[path]?.[route.method.toLowerCase()];
    if (described === undefined) throw new Error(`the document has no ${route.method} ${path}`);
    const schema = described.requestBody?.content['application/json']?.schema;
    // `as`: a schema of the document, with what it refers to.
    const body = schema === undefined ? undefined : (withoutReferences(schema) as BodySchema);
    const operation = {
      method: route.method,
      path,
      parameters: (withoutReferences(described.parameters) ?? []) as readonly Parameter[],
      // Of the events, one stands for all: what is published is among the known values.
      body: body?.oneOf?.[0] ?? body,
    };
    const hasTarget = path.includes('{');
    let target = hasTarget ? await createTarget(route.path) : '';
    const statuses = new Set<number>();
    const requests = fc.tuple(
      arbitraryRequest(operation, toKnownValues(route.path)),
      fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, inputHeaders),
    );
    await fc.assert(
      fc.asyncProperty(requests, async ([given, headers]) => {
        const request = {
          ...given,
          headers: { ...given.headers, ...headers },
          target: given.target.replaceAll(/\{known \w+\}/g, target),
        };
        const answer = await send(request);
        statuses.add(answer.status);
        const problems = problemsOf(path, request, answer);
        if (
          hasTarget &&
          answer.status < 300 &&
          changesTarget({ ...route, method: request.method as Route['method'] })
        ) {
          target = await createTarget(route.path);
        }
        expect({ problems, said: answer.text.slice(0, 300) }).toMatchObject({ problems: [] });
      }),
      { numRuns, seed },
    );
    expect(statuses.size).toBeGreaterThan(1);
    // The wrong ones are worth little if none of the right ones gets through. A short run can miss those.
    if (fuzzShare < 1 || neverSucceeds.has(name)) return;
    expect([...statuses].filter((status) => status < 300)).not.toEqual([]);
  });
});
