import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TocsinClientError } from '../../../../client/src/errors.ts';
import { normalizeOptions, type TocsinClientOptions } from '../../../../client/src/options.ts';
import { Coalescer } from '../../../../client/src/publish/coalescer.ts';
import type { PublishOutcome } from '../../../../client/src/publish/types.ts';

interface Sent {
  readonly events: readonly string[];
  readonly signal: AbortSignal;
  readonly answer: (outcomes: PublishOutcome[]) => void;
  readonly fail: (error: TocsinClientError) => void;
}

/** A coalescer over a transport whose responses the test controls. */
function setUp(options: Partial<TocsinClientOptions> = {}) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const sent: Sent[] = [];
  const config = normalizeOptions({ url: 'http://server.invalid', token: 't', ...options });
  const coalescer = new Coalescer(config, {
    publishMany: (events, { signal }) =>
      new Promise((answer, fail) => sent.push({ events, signal, answer, fail })),
  });
  return { coalescer, sent };
}

const ok = (id: string): PublishOutcome => ({ ok: true, id, deliveries: 1 });
const allOk = ({ events }: Sent) => events.map((text) => ok(`id of ${text}`));
const error = (
  code: 'UNAVAILABLE' | 'INVALID_INPUT' | 'RATE_LIMITED' | 'PAYLOAD_TOO_LARGE',
  retryAfterMs?: number,
) =>
  new TocsinClientError(code, code, {
    retryable: code === 'UNAVAILABLE' || code === 'RATE_LIMITED',
    retryAfterMs,
  });
/** Runs everything that depends only on promises, without moving the clock. */
const flush = () => vi.advanceTimersByTimeAsync(0);

function at(sent: readonly Sent[], index: number): Sent {
  const request = sent[index];
  if (request === undefined) throw new Error(`only ${sent.length} requests were made`);
  return request;
}

describe('combining calls', () => {
  it('sends a single event in the same turn if no request is in flight', async () => {
    const { coalescer, sent } = setUp();
    void coalescer.add('a');
    await Promise.resolve();
    expect(sent.map(({ events }) => events)).toEqual([['a']]);
  });

  it('combines the calls of one turn into one request and returns to each its own outcome', async () => {
    const { coalescer, sent } = setUp();
    const calls = ['a', 'b', 'c'].map((text) => coalescer.add(text));
    await flush();
    expect(sent.map(({ events }) => events)).toEqual([['a', 'b', 'c']]);
    at(sent, 0).answer([ok('1'), { ok: false, error: error('INVALID_INPUT') }, ok('3')]);
    expect(await Promise.all(calls)).toMatchObject([
      { id: '1' },
      { error: { code: 'INVALID_INPUT' } },
      { id: '3' },
    ]);
  });

  it('queues events while a request is in flight, and sends them when it returns', async () => {
    const { coalescer, sent } = setUp({ coalesce: { lingerMs: 1000 } });
    void coalescer.add('a');
    await flush();
    void coalescer.add('b');
    await flush();
    void coalescer.add('c');
    await flush();
    expect(sent).toHaveLength(1);
    at(sent, 0).answer([ok('1')]);
    await flush();
    expect(at(sent, 1).events).toEqual(['b', 'c']);
  });

  it('holds an event no longer than the linger time', async () => {
    const { coalescer, sent } = setUp({ coalesce: { lingerMs: 5 } });
    void coalescer.add('a');
    await flush();
    void coalescer.add('b');
    await vi.advanceTimersByTimeAsync(4);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(at(sent, 1).events).toEqual(['b']);
  });

  it('sends full requests immediately, and at most maxInFlight at a time', async () => {
    const { coalescer, sent } = setUp({ coalesce: { maxEvents: 2, maxInFlight: 2 } });
    for (const text of 'abcdefg') void coalescer.add(text);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.map(({ events }) => events.join(''))).toEqual(['ab', 'cd']);
    at(sent, 0).answer(allOk(at(sent, 0)));
    await flush();
    expect(sent.map(({ events }) => events.join(''))).toEqual(['ab', 'cd', 'ef']);
  });

  it('sends each event in its own request if coalescing is off', async () => {
    const { coalescer, sent } = setUp({ coalesce: false });
    for (const text of 'abc') void coalescer.add(text);
    await flush();
    expect(sent.map(({ events }) => events)).toEqual([['a'], ['b'], ['c']]);
  });

  it('limits a request to half a megabyte of text', async () => {
    const { coalescer, sent } = setUp();
    const large = 'x'.repeat(200_000);
    for (let i = 0; i < 3; i++) void coalescer.add(large);
    await vi.advanceTimersByTimeAsync(5);
    expect(sent.map(({ events }) => events.length)).toEqual([2, 1]);
  });

  it('rejects events above maxQueuedBytes, and accepts events again when there is room', async () => {
    const { coalescer, sent } = setUp({ coalesce: { maxQueuedBytes: 10 } });
    void coalescer.add('12345678');
    expect(await coalescer.add('abc')).toMatchObject({
      ok: false,
      error: { code: 'QUEUE_FULL', retryable: true },
    });
    await flush();
    at(sent, 0).answer([ok('1')]);
    await flush();
    void coalescer.add('abc');
    await flush();
    expect(at(sent, 1).events).toEqual(['abc']);
  });
});

describe('retrying', () => {
  it('sends the same text again after a temporary failure', async () => {
    const { coalescer, sent } = setUp();
    const call = coalescer.add('a');
    await flush();
    at(sent, 0).fail(error('UNAVAILABLE'));
    await vi.advanceTimersByTimeAsync(200);
    expect(at(sent, 1).events).toEqual(['a']);
    at(sent, 1).answer([ok('1')]);
    expect(await call).toEqual(ok('1'));
  });

  it('retries only those events of a request that were not accepted', async () => {
    const { coalescer, sent } = setUp();
    const calls = ['a', 'b', 'c'].map((text) => coalescer.add(text));
    await flush();
    at(sent, 0).answer([
      ok('1'),
      { ok: false, error: error('UNAVAILABLE') },
      { ok: false, error: error('INVALID_INPUT') },
    ]);
    await vi.advanceTimersByTimeAsync(200);
    expect(at(sent, 1).events).toEqual(['b']);
    at(sent, 1).answer([ok('2')]);
    expect(await Promise.all(calls)).toMatchObject([
      { id: '1' },
      { id: '2' },
      { error: { code: 'INVALID_INPUT' } },
    ]);
  });

  it('waits at least as long as the server asks for', async () => {
    const { coalescer, sent } = setUp();
    void coalescer.add('a');
    await flush();
    at(sent, 0).fail(error('RATE_LIMITED', 3000));
    await vi.advanceTimersByTimeAsync(2999);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(201);
    expect(sent).toHaveLength(2);
  });

  it('tries once more within its time limit if the server asks for more time than is left', async () => {
    const { coalescer, sent } = setUp({ timeoutMs: 1000 });
    const call = coalescer.add('a');
    await flush();
    at(sent, 0).fail(error('RATE_LIMITED', 3000));
    await vi.advanceTimersByTimeAsync(500);
    at(sent, 1).fail(error('RATE_LIMITED', 3000));
    expect(await call).toMatchObject({ ok: false, error: { code: 'RATE_LIMITED', retryAfterMs: 3000 } });
  });

  it('fails with the last error after its retries', async () => {
    const { coalescer, sent } = setUp({ retry: { retries: 2, baseDelayMs: 1 } });
    const call = coalescer.add('a');
    for (let attempt = 0; attempt < 3; attempt++) {
      await vi.advanceTimersByTimeAsync(10);
      at(sent, attempt).fail(error('UNAVAILABLE'));
    }
    expect(await call).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } });
    expect(sent).toHaveLength(3);
  });

  it('does not retry a permanent error', async () => {
    const { coalescer, sent } = setUp();
    const call = coalescer.add('a');
    await flush();
    at(sent, 0).fail(error('INVALID_INPUT'));
    expect(await call).toMatchObject({ error: { code: 'INVALID_INPUT' } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(1);
  });

  it('halves a request that is too large until it finds the event that is', async () => {
    const { coalescer, sent } = setUp();
    const calls = ['a', 'b', 'LARGE', 'd'].map((text) => coalescer.add(text));
    for (let next = 0; next < 7; next++) {
      await flush();
      const request = sent[next];
      if (request === undefined) break;
      if (request.events.includes('LARGE')) request.fail(error('PAYLOAD_TOO_LARGE'));
      else request.answer(allOk(request));
    }
    const outcomes = await Promise.all(calls);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, false, true]);
    expect(outcomes[2]).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
  });
});

describe('ending a call', () => {
  it('fails with TIMEOUT at the time limit, and keeps the last error as the cause', async () => {
    const { coalescer, sent } = setUp({ timeoutMs: 1000, retry: { baseDelayMs: 0 } });
    const call = coalescer.add('a');
    await flush();
    at(sent, 0).fail(error('UNAVAILABLE'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await call).toMatchObject({
      error: { code: 'TIMEOUT', retryable: true, cause: { code: 'UNAVAILABLE' } },
    });
    expect(at(sent, 1).signal.aborted).toBe(true);
  });

  it('ends each call at its own time limit', async () => {
    const { coalescer } = setUp({ timeoutMs: 1000 });
    const ends: string[] = [];
    void coalescer.add('a').then(() => ends.push('a'));
    await vi.advanceTimersByTimeAsync(600);
    void coalescer.add('b').then(() => ends.push('b'));
    await vi.advanceTimersByTimeAsync(400);
    expect(ends).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(600);
    expect(ends).toEqual(['a', 'b']);
  });

  it('ends an aborted call immediately, without affecting the others of its request', async () => {
    const { coalescer, sent } = setUp();
    const abort = new AbortController();
    const aborted = coalescer.add('a', { signal: abort.signal });
    const kept = coalescer.add('b');
    await flush();
    abort.abort(new Error('cancelled by the user'));
    expect(await aborted).toMatchObject({
      error: { code: 'ABORTED', cause: { message: 'cancelled by the user' } },
    });
    expect(at(sent, 0).signal.aborted).toBe(false);
    at(sent, 0).answer(allOk(at(sent, 0)));
    expect(await kept).toMatchObject({ ok: true });
  });

  it('aborts a request when all of its calls have ended', async () => {
    const { coalescer, sent } = setUp();
    const abort = new AbortController();
    void coalescer.add('a', { signal: abort.signal });
    void coalescer.add('b', { signal: abort.signal });
    await flush();
    abort.abort();
    expect(at(sent, 0).signal.aborted).toBe(true);
  });

  it('does not send an event that was aborted before it was sent', async () => {
    const { coalescer, sent } = setUp();
    const abort = new AbortController();
    void coalescer.add('a', { signal: abort.signal });
    abort.abort();
    expect(await coalescer.add('b', { signal: abort.signal })).toMatchObject({ error: { code: 'ABORTED' } });
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toHaveLength(0);
  });
});

describe('closing', () => {
  it('sends the queued events, waits for their outcomes, and rejects later ones', async () => {
    const { coalescer, sent } = setUp({ coalesce: { lingerMs: 1000 } });
    const calls = [coalescer.add('a')];
    await flush();
    calls.push(coalescer.add('b'));
    let isClosed = false;
    const closing = coalescer.close(5000).then(() => (isClosed = true));
    expect(await coalescer.add('c')).toMatchObject({ error: { code: 'CLOSED' } });
    expect(at(sent, 1).events).toEqual(['b']);
    at(sent, 0).answer(allOk(at(sent, 0)));
    await flush();
    expect(isClosed).toBe(false);
    at(sent, 1).answer(allOk(at(sent, 1)));
    await closing;
    expect((await Promise.all(calls)).map(({ ok }) => ok)).toEqual([true, true]);
  });

  it('fails unfinished events with CLOSED at the time limit, and leaves no timer behind', async () => {
    const { coalescer } = setUp();
    const call = coalescer.add('a');
    const closing = coalescer.close(500);
    await vi.advanceTimersByTimeAsync(500);
    await closing;
    expect(await call).toMatchObject({ error: { code: 'CLOSED' } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends immediately if no event is pending', async () => {
    const { coalescer } = setUp();
    await coalescer.close(500);
    expect(vi.getTimerCount()).toBe(0);
  });
});
