import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expressReceiver, nodeReceiver } from '@tocsin/client/receiver';
import type { VerificationErrorCode } from '@tocsin/client/receiver';
import { describe, expect, it } from 'vitest';
import {
  at,
  body,
  bytes,
  headersFor,
  collecting,
  ofOtherRealm,
  responseOf,
  json,
  received,
  notVerified,
  tooLarge,
  failed,
  streamed,
  consumed,
} from './adapter-scene.ts';

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

  it.each([
    ['is closed', (request: PassThrough) => void request.destroy()],
    ['is closed with bytes in its buffer', (request: PassThrough) => void request.end(bytes).destroy()],
    ['has failed', (request: PassThrough) => void request.on('error', () => {}).destroy(new Error('reset'))],
  ])('does not wait for a stream that %s before it begins', async (_what, leave) => {
    for (const receiver of [nodeReceiver, expressReceiver]) {
      const { failures, events, options, handler } = collecting();
      const request = await streamed();
      leave(request);
      await new Promise((resolve) => request.once('close', resolve));
      const response = responseOf();
      await receiver(options, handler)(request, response, () => expect.unreachable());
      expect(failures).toEqual(['BODY_UNREADABLE']);
      expect(events).toEqual([]);
      expect(response.written).toEqual(notVerified);
    }
  });

  it('resumes a stream that was paused', async () => {
    const { events, options, handler } = collecting();
    const request = await streamed();
    request.end(bytes);
    request.pause();
    await nodeReceiver(options, handler)(request, responseOf());
    expect(events).toHaveLength(1);
  });

  it('encodes the texts of setEncoding again, and says which encodings it cannot', async () => {
    const { events, failures, options, handler } = collecting();
    for (const encoding of ['utf8', 'utf-8', 'UTF-8', 'latin1', 'hex'] as const) {
      const request = await streamed();
      request.setEncoding(encoding as BufferEncoding);
      const done = nodeReceiver(options, handler)(request, responseOf());
      for (const byte of bytes) request.write(Uint8Array.of(byte));
      request.end();
      await done;
    }
    expect(events).toMatchObject([1, 2, 3].map(() => ({ data: { username: 'Zoë' } })));
    expect(failures).toEqual(['BODY_NOT_RAW', 'BODY_NOT_RAW']);
  });

  it('accepts bytes of another realm, in chunks and as a whole', async () => {
    const { events, options, handler } = collecting();
    const chunks = Object.assign(new EventEmitter(), {
      headers: await headersFor(body),
      readableEnded: false,
    });
    const done = nodeReceiver(options, handler)(chunks, responseOf());
    chunks.emit('data', ofOtherRealm(bytes.slice(0, 9)));
    chunks.emit('data', ofOtherRealm(bytes.slice(9)));
    chunks.emit('end');
    await done;
    await nodeReceiver(options, handler)(await consumed({ body: ofOtherRealm(bytes) }), responseOf());
    await nodeReceiver(options, handler)(await consumed({ rawBody: ofOtherRealm(bytes) }), responseOf());
    expect(events).toHaveLength(3);
  });

  it('reports a stream of objects', async () => {
    const { failures, options, handler } = collecting();
    const objects = Object.assign(new EventEmitter(), { headers: {}, readableEnded: false });
    const done = nodeReceiver(options, handler)(objects, responseOf());
    objects.emit('data', {});
    await done;
    expect(failures).toEqual(['BODY_NOT_RAW']);
  });

  it('does not respond a second time if other code has responded', async () => {
    const { events, options, handler } = collecting();
    const response = { ...responseOf(), headersSent: true };
    await nodeReceiver(options, handler)(await streamed({ body }), response);
    expect(events).toHaveLength(1);
    expect(response.written).toEqual([]);
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

  it.each([
    ['bytes in body', { body: bytes }],
    ['text in body', { body }],
    ['bytes in rawBody', { rawBody: bytes }],
  ])('rejects %s above the limit', async (_what, kept) => {
    // The text has one character less than bytes.
    const { events, failures, options, handler } = collecting({ maxBodyBytes: bytes.length - 1 });
    const response = responseOf();
    await nodeReceiver(options, handler)(await consumed(kept), response);
    expect(response.written).toEqual(tooLarge);
    expect(failures).toEqual(['BODY_TOO_LARGE']);
    expect(events).toEqual([]);
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

describe('every receiver', () => {
  const statuses: [VerificationErrorCode, object, object, number][] = [
    ['SIGNATURE_MISMATCH', { body: `${body} ` }, {}, 401],
    ['HEADER_MISSING', { headers: {} }, {}, 401],
    ['HEADER_INVALID', { headers: { 'webhook-id': ['a', 'b'] } }, {}, 401],
    ['TIMESTAMP_TOO_OLD', {}, { now: () => (at + 301) * 1000 }, 401],
    ['TIMESTAMP_TOO_NEW', {}, { now: () => (at - 301) * 1000 }, 401],
    ['SECRET_INVALID', {}, { secret: () => '' }, 500],
    ['SECRET_INVALID', {}, { secret: () => undefined }, 500],
    ['SECRET_INVALID', {}, { secret: () => [] }, 500],
    ['SIGNATURE_MISMATCH', {}, { secret: () => null }, 401],
    ['UNEXPECTED', {}, { now: () => BigInt(at) }, 500],
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
    const { failures, options, handler } = collecting({ onUnknownShape: 'reject' });
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
