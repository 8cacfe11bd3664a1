import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import Fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createLog } from '../../../server/src/telemetry/log.ts';
import { getTraceFields } from '../../../server/src/telemetry/tracing.ts';
import { registerRequestSpans } from '../../../server/src/transport/http/request-span.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { openEventStream } from '../../support/event-stream.ts';
import { startMemoryTracing, type MemoryTracing } from '../../support/memory-tracing.ts';
import { loginData, subscribe, type Subscribed } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';

type Line = Readonly<Record<string, unknown>>;

let tracing: MemoryTracing;
let app: TestApp;
let receiver: Receiver;
let subscribed: Subscribed;
const lines: Line[] = [];

beforeAll(async () => {
  tracing = startMemoryTracing();
  const write = (line: string) => void lines.push(JSON.parse(line) as Line);
  const log = createLog('debug', { destination: { write }, getFields: getTraceFields });
  app = await startTestApp({ tracer: tracing.tracer, log, env: { RETRY_SCHEDULE: '1h' } });
  receiver = await Receiver.start({ answer: (_request, index) => (index === 0 ? 500 : 200) });
  subscribed = await subscribe(app, receiver.url);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  tracing[Symbol.dispose]();
});

beforeEach(() => {
  tracing.clear();
  lines.length = 0;
});

const aCaller = () => {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
};

const anEvent = () => ({ appId: subscribed.appId, event: 'user.login', data: loginData });

/** A span ends when its response has left, which the caller can see before. */
const untilSpan = async (name: string) => await expect.poll(() => tracing.find(name)).toBeDefined();

it('one trace leads from the request to the event, its delivery, and what is logged of each', async () => {
  const caller = aCaller();
  await app.trpc('events.publish', anEvent(), { headers: caller.headers });
  await untilSpan('deliver');
  await untilSpan('POST /trpc/events.publish');

  const request = tracing.find('POST /trpc/events.publish');
  const publish = tracing.find('publish');
  const deliver = tracing.find('deliver');
  expect([request?.kind, publish?.kind, deliver?.kind]).toEqual([
    SpanKind.SERVER,
    SpanKind.PRODUCER,
    SpanKind.CLIENT,
  ]);
  expect(tracing.spans.map((span) => span.spanContext().traceId)).toEqual(Array(3).fill(caller.traceId));
  expect(request?.parentSpanContext?.spanId).toBe(caller.spanId);
  expect(publish?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(deliver?.parentSpanContext?.spanId).toBe(publish?.spanContext().spanId);
  expect(deliver?.links.map((link) => link.context.spanId)).toEqual([publish?.spanContext().spanId]);
  expect(publish?.links).toEqual([]);

  const { trace_id, span_id } = lines.find(({ msg }) => msg === 'published') ?? {};
  expect([trace_id, span_id]).toEqual([caller.traceId, publish?.spanContext().spanId]);
  const failed = lines.find(({ msg }) => msg === 'attempt failed');
  expect([failed?.['trace_id'], failed?.['span_id']]).toEqual([
    caller.traceId,
    deliver?.spanContext().spanId,
  ]);
});

it('spans have the attributes of the semantic conventions', async () => {
  const { id } = await app.call('events.publish', anEvent());
  await untilSpan('deliver');
  await untilSpan('POST /trpc/events.publish');

  expect(tracing.find('POST /trpc/events.publish')?.attributes).toEqual({
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'http.route': '/trpc/events.publish',
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(app.url).port),
    'tocsin.request.id': expect.any(String) as string,
    'url.path': '/trpc/events.publish',
    'url.scheme': 'http',
  });
  const message = {
    'messaging.destination.name': 'user.login',
    'messaging.message.id': id,
    'messaging.system': 'tocsin',
    'tocsin.app.id': subscribed.appId,
    'tocsin.event.id': id,
    'tocsin.event.type': 'user.login',
  };
  expect(tracing.find('publish')?.attributes).toEqual({
    ...message,
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'create',
    'tocsin.deliveries': 1,
  });
  expect(tracing.find('deliver')?.attributes).toEqual({
    ...message,
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'messaging.destination.subscription.name': subscribed.webhookId,
    'messaging.operation.name': 'deliver',
    'messaging.operation.type': 'send',
    'tocsin.attempt': 1,
    'tocsin.delivery.id': id.replace('evt_', 'dlv_'),
    'tocsin.webhook.id': subscribed.webhookId,
  });
});

it.each([
  ['GET', '/api/v1/webhooks/wh_000000000000', 'GET /api/v1/webhooks/:id', 404],
  ['GET', '/v1/apps/none/webhooks', 'GET /v1/apps/:appId/webhooks', 403],
  ['GET', '/trpc/no.such,events.types?batch=1', 'GET /trpc/:path', 207],
  ['GET', '/trpc/no.such', 'GET /trpc/:path', 404],
  ['GET', '/v1/no/such/route', 'GET', 404],
  ['PROPFIND', '/v1/no/such/route', 'HTTP', 404],
])('%s %s is named %j, whatever its ids', async (method, path, name, status) => {
  await app.rest(method, path);
  await untilSpan(name);
  const span = tracing.find(name);
  expect(span?.attributes['http.response.status_code']).toBe(status);
  // A refused request is no failure of the server.
  expect([span?.status.code, span?.attributes['error.type']]).toEqual([SpanStatusCode.UNSET, undefined]);
});

it('a span has no query, no credential and no long path', async () => {
  const token = `tsk_${'0123456789abcdef'.repeat(3)}`;
  await app.rest('GET', `/v1/no/${token}/${'x'.repeat(500)}?token=of-the-caller`, undefined, { token });
  await untilSpan('GET');
  const written = JSON.stringify(tracing.find('GET')?.attributes);
  expect(written).not.toMatch(/6789abcdef|of-the-caller|x{300}/);
});

it('a batch names its size, and an event of its own trace has a link to the request', async () => {
  await app.call('events.publishMany', {
    events: [anEvent(), anEvent(), { ...anEvent(), event: 'no.such' }],
  });
  await untilSpan('POST /trpc/events.publishMany');
  const request = tracing.find('POST /trpc/events.publishMany');
  expect(request?.attributes).toMatchObject({
    'messaging.batch.message_count': 3,
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
  });
  const published = tracing.spans.filter(({ name }) => name === 'publish');
  const errors = published.flatMap(({ attributes }) => attributes['error.type'] ?? []);
  expect([published.length, errors]).toEqual([3, ['UNKNOWN_EVENT']]);
  if (request === undefined) throw new Error('no span of the request');
  const other = aCaller();
  const publication = { appId: 'app_1', type: 'user.login', traceparent: other.headers.traceparent };
  context.with(trace.setSpan(context.active(), trace.wrapSpanContext(request.spanContext())), () => {
    tracing.tracer.publish(publication).end(undefined);
  });
  const linked = tracing.spans.at(-1);
  expect(linked?.spanContext().traceId).toBe(other.traceId);
  expect(linked?.links.map((link) => link.context.spanId)).toEqual([request.spanContext().spanId]);
});

it('the span of a live subscription ends when its stream opens', async () => {
  const stream = openEventStream(app);
  await untilSpan('GET /trpc/events.subscribe');
  expect(stream.isEnded).toBe(false);
  expect(tracing.find('GET /trpc/events.subscribe')?.attributes['http.response.status_code']).toBe(200);
  stream.close();
});

it('a request whose caller hangs up has a span that says so', async () => {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  const head = ['POST /trpc/events.publish HTTP/1.1', 'host: x', `authorization: Bearer ${app.rootToken}`];
  socket.write([...head, 'content-type: application/json', 'content-length: 9', '', '{'].join('\r\n'));
  await new Promise((resolve) => setImmediate(resolve));
  socket.end();
  await untilSpan('POST /trpc/:path');
  expect(tracing.find('POST /trpc/:path')?.attributes['error.type']).toBe('aborted');
});

it('the handler of a request with a body runs within its span', async () => {
  await using server = Fastify();
  registerRequestSpans(server, tracing.tracer);
  server.post('/echo', () => getTraceFields());
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  const { traceId, headers } = aCaller();
  const caller = httpRequest(`${url}/echo`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
  });
  // The rest of the body arrives in an event of its own.
  server.server.once('request', () => caller.end('"'));
  caller.write('"');
  const [answer] = (await once(caller, 'response')) as [IncomingMessage];
  const fields: unknown = JSON.parse(await text(answer));
  await untilSpan('POST /echo');
  const spanId = tracing.find('POST /echo')?.spanContext().spanId;
  expect(fields).toEqual({ trace_id: traceId, span_id: spanId });
});

it('without a tracer a request has no hooks and no span', async () => {
  await using server = Fastify();
  const hooks = vi.spyOn(server, 'addHook');
  registerRequestSpans(server, undefined);
  expect(hooks).not.toHaveBeenCalled();
});

it('probes and scrapes have no span', async () => {
  await app.rest('GET', '/healthz');
  await app.rest('GET', '/readyz');
  await app.rest('GET', '/metrics');
  await app.rest('GET', '/no/such');
  await untilSpan('GET');
  expect(tracing.spans.map(({ name }) => name)).toEqual(['GET']);
});

it('a span of an SDK that instruments HTTP itself stands for the request', () => {
  const preloaded = trace.getTracer('preloaded').startSpan('POST', { kind: SpanKind.SERVER });
  const request = context.with(trace.setSpan(context.active(), preloaded), () =>
    tracing.tracer.request({
      id: 'a-request',
      method: 'POST',
      path: '/trpc/events.publish',
      route: '/trpc/:path',
      scheme: 'http',
      host: 'x',
      port: null,
      traceparent: undefined,
    }),
  );
  request.setRoute('/trpc/events.publish');
  request.end(undefined);
  expect(request.traceparent).toContain(preloaded.spanContext().spanId);
  expect(tracing.spans).toEqual([]);
  preloaded.end();
  expect(tracing.spans.map(({ name }) => name)).toEqual(['POST /trpc/events.publish']);
});

it('a line that is written after the end of a span names no span', () => {
  const span = tracing.tracer.publish({ appId: 'a', type: 't', traceparent: undefined });
  span.run(() => {
    expect(getTraceFields()).toEqual({
      trace_id: expect.any(String) as string,
      span_id: expect.any(String) as string,
    });
    span.end(undefined);
    expect(getTraceFields()).toEqual({});
  });
});

it('with SEND_TRACEPARENT=false receivers get no traceparent', async () => {
  const options = { tracer: tracing.tracer, database: app.database };
  await using silent = await startTestApp({ ...options, env: { SEND_TRACEPARENT: 'false' } });
  await using quiet = await Receiver.start();
  await app.stop();
  const { publish } = await subscribe(silent, quiet.url);
  await publish();
  const [request] = await quiet.waitFor(1);
  expect(request?.headers['webhook-id']).toBeDefined();
  expect(request?.headers['traceparent']).toBeUndefined();
  expect(receiver.requests.every(({ headers }) => headers['traceparent'] !== undefined)).toBe(true);
});
