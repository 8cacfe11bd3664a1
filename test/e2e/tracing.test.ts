import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { startTestMongod } from '../support/mongod.ts';
import { loginData } from '../support/publishing.ts';
import { Receiver } from '../support/receiver.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

/** A span as OTLP writes it in JSON, as far as these tests look. */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly status: { readonly code: number };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

const spansOf = (collector: Receiver): OtlpSpan[] =>
  collector.requests.flatMap(({ text }) =>
    (JSON.parse(text) as OtlpBody).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans),
    ),
  );

function attributesOf(span: OtlpSpan | undefined): Record<string, unknown> {
  return Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));
}

async function stop(server: ServerProcess): Promise<void> {
  server.signal('SIGTERM');
  expect(await server.exited).toBe(0);
}

it('one trace connects the publisher with each attempt, also a retry in another process', async () => {
  await using mongod = await startTestMongod();
  await using collector = await Receiver.start();
  await using receiver = await Receiver.start({ answer: (_request, index) => (index === 0 ? 503 : 200) });
  const env = {
    MONGODB_URI: mongod.uri.replace('/?', '/tocsin?'),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
    RETRY_SCHEDULE: '3s',
  };
  const caller = { trace: randomBytes(16).toString('hex'), span: randomBytes(8).toString('hex') };

  await using first = await startServerProcess(env);
  await call(first, 'apps.create', { id: 'traced', name: 'Traced' });
  const url = `${receiver.origin}/hook?token=not-for-traces`;
  await call(first, 'webhooks.create', { appId: 'traced', url, events: ['user.login'] });
  const event = { appId: 'traced', event: 'user.login', data: loginData };
  await call(first, 'events.publish', event, { traceparent: `00-${caller.trace}-${caller.span}-01` });
  await receiver.waitFor(1);
  await stop(first);
  await using second = await startServerProcess(env);
  await receiver.waitFor(2);
  await stop(second);

  const spans = spansOf(collector).filter(({ traceId }) => traceId === caller.trace);
  const named = (wanted: string) => spans.filter(({ name }) => name === wanted);
  const [request] = named('POST /trpc/events.publish');
  const [publish] = named('publish');
  const [failed, delivered] = named('deliver');
  expect(spans.length).toBe(4);
  expect(request?.parentSpanId).toBe(caller.span);
  expect(publish?.parentSpanId).toBe(request?.spanId);
  expect([failed?.parentSpanId, delivered?.parentSpanId]).toEqual([publish?.spanId, publish?.spanId]);
  expect(attributesOf(failed)).toMatchObject({ 'tocsin.attempt': 1, 'error.type': 'http_status' });
  expect(attributesOf(delivered)).toMatchObject({ 'tocsin.attempt': 2, 'http.response.status_code': 200 });
  expect([failed?.status.code, delivered?.status.code]).toEqual([2, 0]);
  expect(attributesOf(delivered)['tocsin.event.id']).toBe(attributesOf(publish)['tocsin.event.id']);
  // What the receiver does next belongs under the attempt that reached it.
  expect(receiver.requests.map(({ headers }) => headers['traceparent'])).toEqual([
    `00-${caller.trace}-${failed?.spanId}-01`,
    `00-${caller.trace}-${delivered?.spanId}-01`,
  ]);
  expect(collector.requests.map(({ text }) => text).join('')).not.toContain('not-for-traces');
});

it('a collector that hangs loses no event and delays no shutdown', async () => {
  await using mongod = await startTestMongod();
  await using receiver = await Receiver.start();
  // Accepts connections and never responds; a refused connection would end at once.
  await using collector = await Receiver.start({ answer: 'hang' });
  await using server = await startServerProcess({
    MONGODB_URI: mongod.uri.replace('/?', '/tocsin?'),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
  });
  await call(server, 'apps.create', { id: 'traced', name: 'Traced' });
  await call(server, 'webhooks.create', { appId: 'traced', url: receiver.url, events: ['user.login'] });
  const event = { appId: 'traced', event: 'user.login', data: loginData };
  const { id } = await call(server, 'events.publish', event);
  const [request] = await receiver.waitFor(1);
  expect(request?.headers['webhook-id']).toBe(id);
  const stoppedAt = performance.now();
  await stop(server);
  // The spans were sent, and given up long before the twenty seconds after which a drain is given up.
  expect(collector.requests.length).toBeGreaterThan(0);
  expect(performance.now() - stoppedAt).toBeLessThan(15_000);
});
