import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  expressReceiver,
  fetchReceiver,
  honoReceiver,
  isWebhookVerificationError,
  nodeReceiver,
} from '@tocsin/client/receiver';
import type {
  NodeRequest,
  ReceiverOptions,
  StreamingRequest,
  VerificationErrorCode,
  WebhookEvent,
} from '@tocsin/client/receiver';
import { signStandard } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const at = 1_775_835_000;
const now = () => at * 1000;
const body = JSON.stringify({
  type: 'user.ban',
  timestamp: '2026-04-10T15:30:00.000Z',
  data: { userId: 'u', username: 'Zoë', reason: 'r', bannedBy: 'b', appId: 'a' },
});
const bytes = new TextEncoder().encode(body);

async function headersFor(text: string): Promise<Record<string, string>> {
  return {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(at),
    'webhook-signature': await signStandard(secret, { id: 'evt_1', timestamp: at, body: text }),
  };
}

type Failure = VerificationErrorCode | 'other';

/** Options that collect the errors of `onFailure`, and a handler that collects events. */
function collecting(more: Partial<ReceiverOptions> = {}) {
  const failures: Failure[] = [];
  const bodies: unknown[] = [];
  const events: WebhookEvent[] = [];
  const options = {
    secret,
    now,
    onFailure: (error: unknown, request: object) => {
      failures.push(isWebhookVerificationError(error) ? error.code : 'other');
      bodies.push('body' in request ? request.body : undefined);
    },
    ...more,
  } as ReceiverOptions;
  return { failures, bodies, events, options, handler: (event: WebhookEvent) => void events.push(event) };
}

/** A response like Node's that records what is written to it. */
function responseOf() {
  const written: unknown[] = [];
  return {
    written,
    writeHead: (status: number, headers: Record<string, string>) => void written.push(status, headers),
    end: (text: string) => void written.push(text),
  };
}

const json = { 'content-type': 'application/json' };
const received = [200, json, '{"received":true}'];
const notVerified = [401, json, '{"error":"not_verified"}'];
const tooLarge = [413, { ...json, connection: 'close' }, '{"error":"payload_too_large"}'];
const failed = [500, json, '{"error":"receiver_failed"}'];

async function streamed(more: object = {}): Promise<PassThrough & NodeRequest> {
  return Object.assign(new PassThrough(), { headers: await headersFor(body), ...more });
}

/** A request whose stream was read to its end by a body parser. */
async function consumed(more: object): Promise<PassThrough & NodeRequest> {
  const request = await streamed(more);
  request.end(bytes);
  await buffer(request);
  return request;
}

describe('nodeReceiver', () => {
  it('concatenates the chunks of a body in order', async () => {
    const { events, options, handler } = collecting();
    const request = await streamed();
    const response = responseOf();
    const done = nodeReceiver(options, handler)(request, response);
    for (let start = 0; start < bytes.length; start += 7) request.write(bytes.slice(start, start + 7));
    request.end();
    await done;
    expect(response.written).toEqual(received);
    expect(events).toMatchObject([{ type: 'user.ban', data: { username: 'Zoë' } }]);
  });

  it('stops waiting when the stream closes early without an error', async () => {
    const { failures, options, handler } = collecting();
    const request = await streamed();
    const response = responseOf();
    const done = nodeReceiver(options, handler)(request, response);
    request.write(bytes.slice(0, 10));
    request.destroy();
    await done;
    expect(failures).toEqual(['BODY_UNREADABLE']);
    expect(response.written).toEqual(notVerified);
  });

  it('stops waiting when the stream fails', async () => {
    const { failures, options, handler } = collecting();
    const request = Object.assign(new EventEmitter(), { headers: {}, readableEnded: false });
    const response = responseOf();
    const done = nodeReceiver(options, handler)(request, response);
    request.emit('error', new Error('reset'));
    await done;
    expect(failures).toEqual(['BODY_UNREADABLE']);
    expect(response.written).toEqual(notVerified);
  });

  it.each([
    ['of exactly the limit is read', bytes.length, received, []],
    ['of one byte more is rejected', bytes.length - 1, tooLarge, ['BODY_TOO_LARGE']],
  ])('a body %s', async (_what, maxBodyBytes, answer, codes) => {
    const { failures, options, handler } = collecting({ maxBodyBytes });
    const request = await streamed();
    const response = responseOf();
    const done = nodeReceiver(options, handler)(request, response);
    for (const byte of bytes) request.write(Uint8Array.of(byte));
    request.end();
    await done;
    expect(response.written).toEqual(answer);
    expect(failures).toEqual(codes);
  });

  it.each([
    ['bytes in body', { body: bytes }],
    ['text in body', { body }],
    ['bytes in rawBody', { rawBody: bytes }],
    ['rawBody rather than a parsed body', { rawBody: bytes, body: JSON.parse(body) as object }],
    ['rawBody rather than a body of other bytes', { rawBody: bytes, body: 'other' }],
  ])('uses %s although the stream was already read', async (_what, kept) => {
    const { events, options, handler } = collecting();
    const response = responseOf();
    await nodeReceiver(options, handler)(await consumed(kept), response);
    expect(response.written).toEqual(received);
    expect(events).toHaveLength(1);
  });

  it('reads the stream if a parser that has not run yet left an object', async () => {
    const { events, options, handler } = collecting();
    const request = await streamed({ body: {} });
    const response = responseOf();
    const done = nodeReceiver(options, handler)(request, response);
    request.end(bytes);
    await done;
    expect(events).toHaveLength(1);
  });

  it('returns 500 for a body that was already parsed, and passes an empty one to onFailure', async () => {
    const { failures, bodies, options, handler } = collecting();
    const response = responseOf();
    const parsed = await consumed({ body: JSON.parse(body) as object });
    await nodeReceiver(options, handler)(parsed, response);
    expect(response.written).toEqual(failed);
    expect(failures).toEqual(['BODY_NOT_RAW']);
    expect(bodies).toEqual(['']);
  });

  it('waits for the handler, and returns 500 when it fails', async () => {
    const { failures, bodies, options } = collecting();
    const response = responseOf();
    const handler = () => Promise.reject(new Error('database is away'));
    await nodeReceiver(options, handler)(await streamed({ body }), response);
    expect(response.written).toEqual(failed);
    expect(failures).toEqual(['other']);
    expect(bodies).toEqual([body]);
  });
});

describe('expressReceiver', () => {
  it('responds to a verified event, and to one that fails verification', async () => {
    const { events, failures, options, handler } = collecting();
    const receiver = expressReceiver(options, handler);
    const [good, bad] = [responseOf(), responseOf()];
    await receiver(await streamed({ body }), good, () => expect.unreachable());
    await receiver(await streamed({ body: `${body} ` }), bad, () => expect.unreachable());
    expect(good.written).toEqual(received);
    expect(bad.written).toEqual(notVerified);
    expect(events).toHaveLength(1);
    expect(failures).toEqual(['SIGNATURE_MISMATCH']);
  });

  it('reports that the body was already parsed', async () => {
    const { failures, options, handler } = collecting();
    const response = responseOf();
    const request = await consumed({ body: {} });
    await expressReceiver(options, handler)(request, response, () => expect.unreachable());
    expect(response.written).toEqual(failed);
    expect(failures).toEqual(['BODY_NOT_RAW']);
  });

  it('passes an error of the handler to next, and sends no response itself', async () => {
    const { failures, options } = collecting();
    const response = responseOf();
    const passed: unknown[] = [];
    const cause = new Error('database is away');
    await expressReceiver(options, () => Promise.reject(cause))(await streamed({ body }), response, (error) =>
      passed.push(error),
    );
    expect(passed).toEqual([cause]);
    expect(response.written).toEqual([]);
    expect(failures).toEqual([]);
  });
});

describe('fetchReceiver', () => {
  const url = 'https://receiver.example/hooks';

  async function post(text: string | ReadableStream<Uint8Array>, options: Partial<ReceiverOptions> = {}) {
    const collected = collecting(options);
    const request = new Request(url, {
      method: 'POST',
      headers: await headersFor(body),
      body: text,
      ...(typeof text === 'string' ? {} : { duplex: 'half' }),
    });
    const response = await fetchReceiver(collected.options, collected.handler)(request);
    return { ...collected, status: response.status, text: await response.text(), response };
  }

  it('responds to a verified event with JSON', async () => {
    const { status, text, response, events } = await post(body);
    expect([status, text]).toEqual([200, '{"received":true}']);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(events).toHaveLength(1);
  });

  it.each([
    ['of exactly the limit is read', bytes.length, 200, []],
    ['of one byte more is rejected', bytes.length - 1, 413, ['BODY_TOO_LARGE']],
  ])('a body %s', async (_what, maxBodyBytes, expected, codes) => {
    const { status, failures } = await post(body, { maxBodyBytes });
    expect(status).toBe(expected);
    expect(failures).toEqual(codes);
  });

  it('stops reading a body that is too large', async () => {
    let pulled = 0;
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(1000));
      },
      cancel: () => void (isCancelled = true),
    });
    const { status } = await post(endless, { maxBodyBytes: 10_000 });
    expect(status).toBe(413);
    expect(isCancelled).toBe(true);
    expect(pulled).toBeLessThan(20);
  });

  it('reports a body that breaks off', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error('reset')),
    });
    const { status, failures } = await post(broken);
    expect(status).toBe(401);
    expect(failures).toEqual(['BODY_UNREADABLE']);
  });

  it('reports a body that was already read, and a missing one', async () => {
    const { failures, options, handler } = collecting();
    const used = new Request(url, { method: 'POST', body, headers: await headersFor(body) });
    await used.text();
    const none = new Request(url, { headers: await headersFor(body) });
    const receive = fetchReceiver(options, handler);
    expect((await receive(used as StreamingRequest & Request)).status).toBe(401);
    expect((await receive(none as StreamingRequest & Request)).status).toBe(401);
    expect(failures).toEqual(['BODY_UNREADABLE', 'SIGNATURE_MISMATCH']);
  });

  it('rethrows an error of the handler', async () => {
    const { options } = collecting();
    const request = new Request(url, { method: 'POST', body, headers: await headersFor(body) });
    const receive = fetchReceiver(options, () => Promise.reject(new Error('database is away')));
    await expect(receive(request as StreamingRequest & Request)).rejects.toThrow('database is away');
  });
});

describe('honoReceiver', () => {
  async function post(more: Record<string, string>, options: Partial<ReceiverOptions> = {}) {
    const collected = collecting(options);
    const headers = new Headers({ ...(await headersFor(body)), ...more });
    let reads = 0;
    const arrayBuffer = () => {
      reads++;
      return Promise.resolve(bytes.buffer);
    };
    const response = await honoReceiver(
      collected.options,
      collected.handler,
    )({
      req: { raw: { headers }, arrayBuffer },
    });
    return { ...collected, status: response.status, text: await response.text(), reads };
  }

  it.each([
    ['without a length', {}, bytes.length, [200, 1]],
    ['whose length is exactly the limit', { 'content-length': '141' }, 141, [200, 1]],
    ['without a length that is over the limit', {}, bytes.length - 1, [413, 1]],
    ['that says it is over the limit, unread', { 'content-length': '9999' }, 5000, [413, 0]],
    ['whose length is no number', { 'content-length': 'x' }, bytes.length, [200, 1]],
  ] as const)('takes or rejects a body %s', async (_what, headers, maxBodyBytes, expected) => {
    const result = await post(headers, { maxBodyBytes });
    const [status] = expected;
    expect([result.status, result.reads]).toEqual(expected);
    expect(result.failures).toEqual(status === 413 ? ['BODY_TOO_LARGE'] : []);
    expect(result.events).toHaveLength(status === 200 ? 1 : 0);
  });
});

describe('every receiver', () => {
  const statuses: [VerificationErrorCode, object, object, number][] = [
    ['SIGNATURE_MISMATCH', { body: `${body} ` }, {}, 401],
    ['HEADER_MISSING', { headers: {} }, {}, 401],
    ['HEADER_INVALID', { headers: { 'webhook-id': ['a', 'b'] } }, {}, 401],
    ['TIMESTAMP_TOO_OLD', {}, { now: () => (at + 301) * 1000 }, 401],
    ['TIMESTAMP_TOO_NEW', {}, { now: () => (at - 301) * 1000 }, 401],
    ['SECRET_INVALID', {}, { secret: '' }, 500],
    ['UNEXPECTED', {}, { profile: 'none' }, 500],
  ];

  it.each(statuses)('returns the same status for %s', async (code, change, more, status) => {
    const { failures, options, handler } = collecting(more);
    const response = responseOf();
    await nodeReceiver(options, handler)(await streamed({ body, ...change }), response);
    expect(failures).toEqual([code]);
    expect(response.written).toEqual(status === 401 ? notVerified : failed);
  });

  it.each([
    ['ENVELOPE_INVALID', '[]'],
    ['PAYLOAD_INVALID', '{"type":"user.ban","timestamp":"2026-04-10T15:30:00.000Z","data":{}}'],
  ])('returns 400 to a verified sender for %s', async (code, text) => {
    const { failures, options, handler } = collecting();
    const response = responseOf();
    const request = Object.assign(new PassThrough(), { headers: await headersFor(text), body: text });
    await nodeReceiver(options, handler)(request, response);
    expect(failures).toEqual([code]);
    expect(response.written).toEqual([400, json, '{"error":"bad_event"}']);
  });

  it('accepts bodies of up to a mebibyte by default', async () => {
    const { failures, options, handler } = collecting();
    const receiver = nodeReceiver(options, handler);
    for (const [length, expected] of [
      [1_048_576, notVerified],
      [1_048_577, tooLarge],
    ] as const) {
      const request = await streamed();
      const response = responseOf();
      const done = receiver(request, response);
      request.end(Buffer.alloc(length));
      await done;
      expect(response.written).toEqual(expected);
    }
    expect(failures).toEqual(['SIGNATURE_MISMATCH', 'BODY_TOO_LARGE']);
  });
});
