import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { signStandard } from '@tocsin/shared';
import {
  explainFailure,
  expressReceiver,
  fastifyReceiver,
  fetchReceiver,
  honoReceiver,
  isWebhookVerificationError,
  nextReceiver,
  nodeReceiver,
} from '@tocsin/client/receiver';
import type { ReceiverOptions, WebhookHandler } from '@tocsin/client/receiver';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const body = JSON.stringify({
  type: 'user.ban',
  timestamp: '2026-04-10T15:30:00.000Z',
  data: { userId: 'u', username: 'Zoë 🚫', reason: 'r', bannedBy: 'b', appId: 'a' },
});

interface Running extends AsyncDisposable {
  readonly url: string;
}

async function listening(listener: RequestListener): Promise<Running> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An app of each framework with the receiver at POST /hooks. */
const frameworks: Record<string, (options: ReceiverOptions, handler: WebhookHandler) => Promise<Running>> = {
  'node:http': (options, handler) =>
    listening((request, response) => void nodeReceiver(options, handler)(request, response)),
  Express: (options, handler) => {
    const app = express();
    app.post('/hooks', expressReceiver(options, handler));
    app.use(express.json());
    app.use(
      ((_error, _request, response, _next) => void response.sendStatus(500)) as express.ErrorRequestHandler,
    );
    return listening((request, response) => void app(request, response));
  },
  'Express behind express.raw()': (options, handler) => {
    const app = express();
    app.use(express.raw({ type: 'application/json' }));
    app.post('/hooks', expressReceiver(options, handler));
    app.use(
      ((_error, _request, response, _next) => void response.sendStatus(500)) as express.ErrorRequestHandler,
    );
    return listening((request, response) => void app(request, response));
  },
  Fastify: async (options, handler) => {
    const app = fastify();
    await app.register(fastifyReceiver({ ...options, path: '/hooks' }, handler));
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return { url, [Symbol.asyncDispose]: () => app.close() };
  },
  Hono: async (options, handler) => {
    const app = new Hono();
    app.post('/hooks', honoReceiver(options, handler));
    app.onError((_error, context) => context.text('failed', 500));
    return onNode((request) => app.fetch(request));
  },
  'Next.js': async (options, handler) => {
    const route = nextReceiver(options, handler);
    const parameters = { params: Promise.resolve({}) };
    return onNode((request) =>
      route(request, parameters).catch(() => new Response('failed', { status: 500 })),
    );
  },
  Fetch: async (options, handler) => {
    const receive = fetchReceiver(options, handler);
    return onNode((request) => receive(request).catch(() => new Response('failed', { status: 500 })));
  },
};

async function onNode(fetch: (request: Request) => Response | Promise<Response>): Promise<Running> {
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve({
        url: `http://127.0.0.1:${port}`,
        [Symbol.asyncDispose]: () => new Promise<void>((done) => void server.close(() => done())),
      }),
    );
  });
}

async function headersFor(text: string): Promise<Record<string, string>> {
  const timestamp = Math.floor(Date.now() / 1000);
  return {
    'content-type': 'application/json',
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': await signStandard(secret, { id: 'evt_1', timestamp, body: text }),
    connection: 'close',
  };
}

/** Sends a stream without its length. */
async function post(
  { url }: Running,
  sent: string | ReadableStream<Uint8Array>,
  headers: Record<string, string>,
) {
  const streaming = typeof sent === 'string' ? {} : { duplex: 'half' };
  const response = await fetch(`${url}/hooks`, { method: 'POST', body: sent, headers, ...streaming });
  return { status: response.status, text: await response.text() };
}

describe.each(Object.keys(frameworks))('the receiver for %s', (name) => {
  const start = frameworks[name];
  if (start === undefined) throw new Error(name);

  it('passes a verified event to the handler unchanged, and returns 200', async () => {
    const events: unknown[] = [];
    await using app = await start({ secret }, (event) => void events.push(event));
    expect(await post(app, body, await headersFor(body))).toEqual({ status: 200, text: '{"received":true}' });
    expect(events).toMatchObject([{ type: 'user.ban', id: 'evt_1', data: { username: 'Zoë 🚫' } }]);
  });

  it('returns the same response for all unverified requests, without calling the handler', async () => {
    const codes: unknown[] = [];
    const onFailure = (error: unknown) => void codes.push(isWebhookVerificationError(error) && error.code);
    await using app = await start({ secret, onFailure }, () => expect.unreachable());
    const right = await headersFor(body);
    const answers = [
      await post(app, `${body} `, right),
      await post(app, body, { ...right, 'webhook-timestamp': '1' }),
      await post(app, body, { 'content-type': 'application/json' }),
      await post(app, 'not json', { 'content-type': 'application/json' }),
    ];
    for (const answer of answers) expect(answer).toEqual({ status: 401, text: '{"error":"not_verified"}' });
    expect(codes).toEqual(['SIGNATURE_MISMATCH', 'SIGNATURE_MISMATCH', 'HEADER_MISSING', 'HEADER_MISSING']);
  });

  it('passes a verified event with an unknown shape to the handler, or returns 400 if asked to', async () => {
    const other = body.replace('"reason":"r"', '"reason":1');
    const events: unknown[] = [];
    await using app = await start({ secret }, (event) => void events.push(event));
    expect((await post(app, other, await headersFor(other))).status).toBe(200);
    expect(events).toMatchObject([{ type: 'unknown', eventType: 'user.ban', data: { reason: 1 } }]);
    await using strict = await start({ secret, onUnknownShape: 'reject' }, () => expect.unreachable());
    expect((await post(strict, other, await headersFor(other))).status).toBe(400);
  });

  it('asks a function for the secret of each request, and returns 500 while it fails', async () => {
    const codes: unknown[] = [];
    const onFailure = (error: unknown) => void codes.push(isWebhookVerificationError(error) && error.code);
    let isSealed = true;
    const find = () => (isSealed ? Promise.reject(new Error('vault is sealed')) : Promise.resolve(secret));
    await using app = await start({ secret: find, onFailure }, () => undefined);
    expect(await post(app, body, await headersFor(body))).toEqual({
      status: 500,
      text: '{"error":"receiver_failed"}',
    });
    isSealed = false;
    expect((await post(app, body, await headersFor(body))).status).toBe(200);
    expect(codes).toEqual(['SECRET_UNAVAILABLE']);
  });

  it('returns 500 if the handler fails, so that the sender retries', async () => {
    await using app = await start({ secret }, () => Promise.reject(new Error('database is away')));
    const answer = await post(app, body, await headersFor(body));
    expect(answer.status).toBe(500);
    if (name !== 'Fastify') expect(answer.text).not.toContain('database');
  });

  it('rejects a body above its limit', async () => {
    const long = body.replace('"r"', JSON.stringify('r'.repeat(5000)));
    const codes: unknown[] = [];
    const onFailure = (error: unknown) => void codes.push(isWebhookVerificationError(error) && error.code);
    await using app = await start({ secret, maxBodyBytes: 2000, onFailure }, () => expect.unreachable());
    const headers = await headersFor(long);
    const tooLarge = { status: 413, text: '{"error":"payload_too_large"}' };
    expect(await post(app, long, headers)).toEqual(tooLarge);
    expect(await post(app, new Blob([long]).stream(), headers)).toEqual(tooLarge);
    expect(codes).toEqual(['BODY_TOO_LARGE', 'BODY_TOO_LARGE']);
  });

  it('ignores errors of onFailure', async () => {
    const onFailure = () => Promise.reject(new Error('no log'));
    await using app = await start({ secret, onFailure }, () => undefined);
    expect((await post(app, body, {})).status).toBe(401);
    expect((await post(app, body, await headersFor(body))).status).toBe(200);
  });

  it('supports explainFailure in onFailure', async () => {
    const said: string[] = [];
    const onFailure: ReceiverOptions['onFailure'] = async (_error, request) => {
      said.push((await explainFailure(request, { secret })).code);
    };
    await using app = await start({ secret, onFailure }, () => undefined);
    await post(app, JSON.stringify(JSON.parse(body), null, 1), await headersFor(body));
    expect(said).toEqual(['BODY_RESERIALIZED']);
  });
});

describe.each(['node:http', 'Express'])('the receiver for %s', (name) => {
  it('ends when the sender left before it began, without calling the handler', async () => {
    const failures: unknown[] = [];
    const options = { secret, onFailure: (error: unknown) => void failures.push(error) };
    let ends = 0;
    await using app = await listening((request, response) => {
      const begin = async () => {
        if (name === 'Express') await expressReceiver(options, unexpected)(request, response, unexpected);
        else await nodeReceiver(options, unexpected)(request, response);
        ends++;
      };
      request.once('close', () => void begin());
    });
    const whole = (await headersFor(body))['webhook-signature'];
    const request = httpRequest(`${app.url}/hooks`, { method: 'POST', headers: { 'content-length': '999' } });
    request.on('error', () => undefined);
    request.write(`${whole}${body}`, () => request.destroy());
    await expect.poll(() => ends).toBe(1);
    expect(failures).toMatchObject([{ code: 'BODY_UNREADABLE' }]);
  });
});

function unexpected(): never {
  throw new Error('must not be called');
}

describe('the receiver for Express', () => {
  it('behind express.json() reports the parsed body, and returns 500', async () => {
    const failures: unknown[] = [];
    const app = express();
    app.use(express.json());
    app.post(
      '/hooks',
      expressReceiver({ secret, onFailure: (error) => void failures.push(error) }, () => undefined),
    );
    await using running = await listening((request, response) => void app(request, response));
    expect((await post(running, body, await headersFor(body))).status).toBe(500);
    expect(failures).toMatchObject([
      { code: 'BODY_NOT_RAW', message: expect.stringContaining('express.json()') as string },
    ]);
  });

  it('accepts the raw body that some platforms keep beside the parsed one', async () => {
    const app = express();
    app.use(
      express.json({ verify: (request, _response, raw) => void Object.assign(request, { rawBody: raw }) }),
    );
    app.post(
      '/hooks',
      expressReceiver({ secret }, () => undefined),
    );
    await using running = await listening((request, response) => void app(request, response));
    expect((await post(running, body, await headersFor(body))).status).toBe(200);
  });
});

describe('the receiver for Fastify', () => {
  it.each([
    ['a content type that Fastify rejects', { 'content-type': 'nonsense' }, 401, ['BODY_UNREADABLE']],
    ['no content type', {}, 200, []],
    ['a content type of a form', { 'content-type': 'application/x-www-form-urlencoded' }, 200, []],
  ] as const)('responds by itself to %s, and calls onFailure', async (_what, type, status, expected) => {
    const codes: unknown[] = [];
    const onFailure = (error: unknown) => void codes.push(isWebhookVerificationError(error) && error.code);
    const app = fastify({ bodyLimit: 10 });
    await app.register(fastifyReceiver({ secret, path: '/hooks', onFailure }, () => undefined));
    const { 'content-type': _json, ...headers } = await headersFor(body);
    const answer = await app.inject({
      method: 'POST',
      url: '/hooks',
      payload: body,
      headers: { ...headers, ...type },
    });
    expect([answer.statusCode, codes]).toEqual([status, expected]);
    expect(answer.json()).toEqual(status === 200 ? { received: true } : { error: 'not_verified' });
    await app.close();
  });

  it('passes an error of the handler to the error handler of the app', async () => {
    const app = fastify();
    app.setErrorHandler((error: Error, _request, reply) => reply.code(503).send({ own: error.message }));
    const handler = () => Promise.reject(new Error('database is away'));
    await app.register(fastifyReceiver({ secret, path: '/hooks' }, handler));
    const headers = await headersFor(body);
    const answer = await app.inject({ method: 'POST', url: '/hooks', payload: body, headers });
    expect([answer.statusCode, answer.json()]).toEqual([503, { own: 'database is away' }]);
    await app.close();
  });

  it('does not change the body parser of other routes', async () => {
    const app = fastify();
    await app.register(fastifyReceiver({ secret, path: '/hooks' }, () => undefined));
    app.post('/other', (request) => ({ got: request.body }));
    const answer = await app.inject({ method: 'POST', url: '/other', payload: { a: 1 } });
    expect(answer.json()).toEqual({ got: { a: 1 } });
    await app.close();
  });
});

describe('the receiver for Hono', () => {
  it('works behind middleware that has read the body', async () => {
    const app = new Hono();
    app.use(async (context, next) => {
      await context.req.json();
      await next();
    });
    app.post(
      '/hooks',
      honoReceiver({ secret }, () => undefined),
    );
    const answer = await app.request('/hooks', { method: 'POST', body, headers: await headersFor(body) });
    expect(answer.status).toBe(200);
  });
});

describe('the receiver for node:http', () => {
  it('reports a sender that disconnects in the middle of the body', async () => {
    const failures: unknown[] = [];
    const options = { secret, onFailure: (error: unknown) => void failures.push(error) };
    await using app = await listening(
      (request, response) => void nodeReceiver(options, () => undefined)(request, response),
    );
    const request = httpRequest(`${app.url}/hooks`, { method: 'POST', headers: { 'content-length': '100' } });
    request.on('error', () => undefined);
    request.write('half', () => request.destroy());
    await expect.poll(() => failures).toMatchObject([{ code: 'BODY_UNREADABLE' }]);
  });

  it('reports an error of the handler', async () => {
    const failures: unknown[] = [];
    const options = { secret, onFailure: (error: unknown) => void failures.push(error) };
    const handler = () => Promise.reject(new Error('database is away'));
    await using app = await listening(
      (request, response) => void nodeReceiver(options, handler)(request, response),
    );
    await post(app, body, await headersFor(body));
    expect(failures).toMatchObject([{ message: 'database is away' }]);
  });
});
