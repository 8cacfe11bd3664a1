import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TocsinClientError } from '../../../../client/src/errors.ts';
import { normalizeOptions, type TocsinClientOptions } from '../../../../client/src/options.ts';
import { Coalescer } from '../../../../client/src/publish/coalescer.ts';
import type { PublishOutcome } from '../../../../client/src/publish/types.ts';

interface Sent {
  readonly events: readonly string[];
  readonly signal: AbortSignal;
  readonly answer: (outcomes: PublishOutcome[]) => void;
  readonly fail: (error: Error) => void;
}

const ok: PublishOutcome = { ok: true, id: 'evt_1', deliveries: 1 };
const unavailable = () => new TocsinClientError('UNAVAILABLE', 'away', { retryable: true });

/** The most bytes of text that one request holds. */
const maxRequestBytes = 500_000;

/** A coalescer over a transport whose responses the test controls. */
function setUp(options: Partial<TocsinClientOptions> = {}) {
  // Microtasks too: a loop that never ends in them then ends with an error instead of hanging the process.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'queueMicrotask'] });
  onTestFinished(() => void vi.useRealTimers());
  const sent: Sent[] = [];
  const config = normalizeOptions({ url: 'http://server.invalid', token: 't', ...options });
  const coalescer = new Coalescer(config, {
    publishMany: (events, { signal }) =>
      new Promise((answer, fail) => sent.push({ events, signal, answer, fail })),
  });
  const lengths = () => sent.map(({ events }) => events.map((text) => text.length));
  return { coalescer, sent, lengths };
}

/** Runs the timers that are due, and lets promises flush. */
const flush = () => vi.advanceTimersByTimeAsync(0);

describe('the text of one request', () => {
  it('may be larger than the limit when it is a single event', async () => {
    const { coalescer, sent, lengths } = setUp();
    const call = coalescer.add('x'.repeat(maxRequestBytes + 1));
    await flush();
    expect(lengths()).toEqual([[maxRequestBytes + 1]]);
    sent[0]?.answer([ok]);
    expect(await call).toEqual(ok);
  });

  it('is a single event when that is over the limit, and the others leave without it', async () => {
    const { coalescer, lengths } = setUp();
    void coalescer.add('a');
    void coalescer.add('x'.repeat(maxRequestBytes + 1));
    void coalescer.add('b');
    await vi.advanceTimersByTimeAsync(20);
    expect(lengths()).toEqual([[1], [maxRequestBytes + 1], [1]]);
  });

  it('holds events up to exactly half a million bytes', async () => {
    const { coalescer, lengths } = setUp();
    void coalescer.add('x'.repeat(maxRequestBytes - 1));
    void coalescer.add('a');
    void coalescer.add('b');
    await vi.advanceTimersByTimeAsync(20);
    expect(lengths()).toEqual([[maxRequestBytes - 1, 1], [1]]);
  });

  it('holds exactly the configured number of events', async () => {
    const { coalescer, lengths } = setUp({ coalesce: { maxEvents: 3, maxInFlight: 1 } });
    for (let i = 0; i < 4; i++) void coalescer.add('a');
    await flush();
    expect(lengths()).toEqual([[1, 1, 1]]);
  });
});

describe('requests in flight', () => {
  const texts = (sent: readonly Sent[]) => sent.map(({ events }) => events.join(''));

  it('are joined at once by a full batch, and by a smaller one after the linger time', async () => {
    const { coalescer, sent } = setUp({ coalesce: { maxEvents: 2, lingerMs: 1000 } });
    void coalescer.add('a');
    await flush();
    void coalescer.add('b');
    await vi.advanceTimersByTimeAsync(999);
    expect(texts(sent)).toEqual(['a']);
    void coalescer.add('c');
    await flush();
    expect(texts(sent)).toEqual(['a', 'bc']);
    void coalescer.add('d');
    await vi.advanceTimersByTimeAsync(999);
    expect(texts(sent)).toEqual(['a', 'bc']);
    await vi.advanceTimersByTimeAsync(1);
    expect(texts(sent)).toEqual(['a', 'bc', 'd']);
  });

  it('take the full batches of one turn, and leave the rest to be collected', async () => {
    const { coalescer, sent } = setUp({ coalesce: { maxEvents: 2, lingerMs: 5 } });
    for (const text of 'abcde') void coalescer.add(text);
    await flush();
    expect(texts(sent)).toEqual(['ab', 'cd']);
    await vi.advanceTimersByTimeAsync(5);
    expect(texts(sent)).toEqual(['ab', 'cd', 'e']);
  });

  it('do not contain calls that were aborted while they were collected', async () => {
    const { coalescer, sent } = setUp({ coalesce: { maxInFlight: 1 } });
    const abort = new AbortController();
    void coalescer.add('a');
    await flush();
    void coalescer.add('b', { signal: abort.signal });
    void coalescer.add('c');
    abort.abort();
    sent[0]?.answer([ok]);
    await flush();
    expect(texts(sent)).toEqual(['a', 'c']);
  });

  it('do not retry calls that were aborted meanwhile', async () => {
    const { coalescer, sent } = setUp();
    const abort = new AbortController();
    void coalescer.add('a', { signal: abort.signal });
    void coalescer.add('b');
    await flush();
    sent[0]?.fail(unavailable());
    abort.abort();
    await vi.advanceTimersByTimeAsync(200);
    expect(texts(sent)).toEqual(['ab', 'b']);
  });

  it('are halved in order when together they are too large', async () => {
    const { coalescer, sent } = setUp();
    const tooLarge = new TocsinClientError('PAYLOAD_TOO_LARGE', 'too large', { retryable: false });
    const calls = Array.from('abcLe', (text) => coalescer.add(text));
    for (let next = 0; next < 9; next++) {
      await flush();
      const request = sent[next];
      if (request?.events.includes('L') === true) request.fail(tooLarge);
      else request?.answer(request.events.map(() => ok));
    }
    expect(texts(sent)).toEqual(['abcLe', 'abc', 'Le', 'L', 'e']);
    expect((await Promise.all(calls)).map((outcome) => outcome.ok)).toEqual([true, true, true, false, true]);
  });
});

describe('the queue', () => {
  it('holds exactly the configured number of bytes', async () => {
    const { coalescer, lengths } = setUp({ coalesce: { maxQueuedBytes: 10 } });
    void coalescer.add('12345');
    void coalescer.add('67890');
    expect(await coalescer.add('x')).toMatchObject({
      error: {
        code: 'QUEUE_FULL',
        message: 'the pending events exceed coalesce.maxQueuedBytes (10 bytes)',
      },
    });
    await flush();
    expect(lengths()).toEqual([[5, 5]]);
  });

  it('has room again after an abort', async () => {
    const { coalescer, lengths } = setUp({ coalesce: { maxQueuedBytes: 10 } });
    const abort = new AbortController();
    void coalescer.add('1234567890', { signal: abort.signal });
    abort.abort();
    void coalescer.add('12345');
    await flush();
    expect(lengths()).toEqual([[5]]);
  });

  it('has room again after a timeout, but only once', async () => {
    const { coalescer, sent } = setUp({ timeoutMs: 1000, coalesce: { maxQueuedBytes: 10 } });
    const first = coalescer.add('1234567890');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await first).toMatchObject({ error: { code: 'TIMEOUT' } });
    sent[0]?.answer([ok]);
    await flush();
    void coalescer.add('1234567890');
    expect(await coalescer.add('x')).toMatchObject({ error: { code: 'QUEUE_FULL' } });
  });
});

describe('a call', () => {
  it('that times out names its limit and the last error', async () => {
    const { coalescer, sent } = setUp({ timeoutMs: 1000, retry: { baseDelayMs: 0 } });
    const failed = coalescer.add('a');
    await flush();
    sent[0]?.fail(unavailable());
    await vi.advanceTimersByTimeAsync(1000);
    expect(await failed).toMatchObject({
      error: { message: 'not published within 1000 ms; last error: away', retryable: true },
    });
    const silent = coalescer.add('b');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await silent).toMatchObject({ error: { message: 'not published within 1000 ms' } });
  });

  it('has its own time limit, also after an idle period', async () => {
    const { coalescer, sent } = setUp({ timeoutMs: 1000 });
    void coalescer.add('a');
    await flush();
    sent[0]?.answer([ok]);
    await vi.advanceTimersByTimeAsync(5_000);
    let outcome: PublishOutcome | undefined;
    void coalescer.add('b').then((it) => (outcome = it));
    await vi.advanceTimersByTimeAsync(999);
    expect(outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toMatchObject({ error: { code: 'TIMEOUT' } });
  });

  it('that ends with another error than the client’s has it as the cause', async () => {
    const { coalescer, sent } = setUp();
    const call = coalescer.add('a');
    await flush();
    const cause = new Error('socket hang up');
    sent[0]?.fail(cause);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await call).toMatchObject({ error: { name: 'TocsinClientError', retryable: false, cause } });
  });

  it('removes its listener from the signal once it has a response', async () => {
    const { coalescer, sent } = setUp();
    const { signal } = new AbortController();
    void coalescer.add('a', { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await flush();
    sent[0]?.answer([ok]);
    await flush();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('fails with the reason of a signal that was aborted before', async () => {
    const { coalescer } = setUp();
    expect(await coalescer.add('a', { signal: AbortSignal.abort(new Error('too late')) })).toMatchObject({
      ok: false,
      error: { code: 'ABORTED', cause: { message: 'too late' } },
    });
  });

  it('leaves no timer behind when all have a response', async () => {
    const { coalescer, sent } = setUp();
    void coalescer.add('a');
    void coalescer.add('b');
    await flush();
    expect(vi.getTimerCount()).toBe(1);
    sent[0]?.answer([ok, ok]);
    await flush();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('an outcome', () => {
  it('is not ok after an abort, a close or a rejection', async () => {
    const { coalescer } = setUp({ coalesce: { maxQueuedBytes: 10 } });
    const abort = new AbortController();
    const aborted = coalescer.add('a', { signal: abort.signal });
    abort.abort();
    const unanswered = coalescer.add('b');
    const rejected = await coalescer.add('x'.repeat(11));
    const closing = coalescer.close(500);
    const late = await coalescer.add('c');
    await vi.advanceTimersByTimeAsync(500);
    await closing;
    expect([await aborted, await unanswered, rejected, late]).toMatchObject(
      ['ABORTED', 'CLOSED', 'QUEUE_FULL', 'CLOSED'].map((code) => ({ ok: false, error: { code } })),
    );
  });
});

describe('closing', () => {
  it('ends with the last response, and leaves no timer behind', async () => {
    const { coalescer, sent } = setUp();
    void coalescer.add('a');
    await flush();
    let isClosed = false;
    const closing = coalescer.close(60_000).then(() => (isClosed = true));
    await flush();
    expect(isClosed).toBe(false);
    sent[0]?.answer([ok]);
    await closing;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('resolves every call of close', async () => {
    const { coalescer, sent } = setUp();
    void coalescer.add('a');
    await flush();
    const closings = [coalescer.close(1000), coalescer.close(1000)];
    sent[0]?.answer([ok]);
    expect(await Promise.all(closings)).toEqual([undefined, undefined]);
  });
});
