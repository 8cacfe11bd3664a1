import { fetchReceiver, honoReceiver } from '@tocsin/client/receiver';
import type { ReceiverOptions, StreamingRequest } from '@tocsin/client/receiver';
import { describe, expect, it } from 'vitest';
import { body, bytes, headersFor, collecting } from './adapter-scene.ts';

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

  it('does not read a body whose content-length is above the limit', async () => {
    const { failures, options, handler } = collecting({ maxBodyBytes: 100 });
    let isCancelled = false;
    const stream = new ReadableStream<Uint8Array>(
      { pull: () => expect.unreachable(), cancel: () => void (isCancelled = true) },
      { highWaterMark: 0 },
    );
    const headers = { ...(await headersFor(body)), 'content-length': '101' };
    const streaming = { body: stream, duplex: 'half' };
    const request = new Request(url, { method: 'POST', headers, ...streaming });
    expect((await fetchReceiver(options, handler)(request)).status).toBe(413);
    expect([isCancelled, failures]).toEqual([true, ['BODY_TOO_LARGE']]);
  });

  it('reports a body that other code is reading', async () => {
    const { failures, options, handler } = collecting();
    const request = new Request(url, { method: 'POST', body, headers: await headersFor(body) });
    request.body?.getReader();
    expect((await fetchReceiver(options, handler)(request as StreamingRequest & Request)).status).toBe(401);
    expect(failures).toEqual(['BODY_UNREADABLE']);
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

  it('stops reading a stream that is too large', async () => {
    const { failures, options, handler } = collecting({ maxBodyBytes: 10_000 });
    let pulled = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(1000));
      },
    });
    const raw = { headers: new Headers(), body: stream, bodyUsed: false };
    const arrayBuffer = () => expect.unreachable();
    const response = await honoReceiver(options, handler)({ req: { raw, arrayBuffer } });
    expect([response.status, failures]).toEqual([413, ['BODY_TOO_LARGE']]);
    expect(pulled).toBeLessThan(20);
  });

  it('reports a body that Hono cannot read', async () => {
    const { failures, options, handler } = collecting();
    const raw = { headers: new Headers(), body: null, bodyUsed: true };
    const arrayBuffer = () => Promise.reject(new TypeError('already read'));
    const response = await honoReceiver(options, handler)({ req: { raw, arrayBuffer } });
    expect([response.status, failures]).toEqual([401, ['BODY_UNREADABLE']]);
  });

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
