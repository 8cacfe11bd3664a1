import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TocsinClientError } from '../../../../client/src/errors.ts';
import { normalizeOptions, type TocsinClientOptions } from '../../../../client/src/options.ts';
import { Coalescer } from '../../../../client/src/publish/coalescer.ts';
import type { PublishOutcome } from '../../../../client/src/publish/types.ts';

interface Sent {
  readonly events: readonly string[];
  readonly traceparent: string | undefined;
  readonly signal: AbortSignal;
  readonly answer: (outcomes: PublishOutcome[]) => void;
  readonly fail: (error: TocsinClientError) => void;
}

/** A coalescer over a transport whose answers the test gives by hand. */
function setUp(options: Partial<TocsinClientOptions> = {}) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const sent: Sent[] = [];
  const config = normalizeOptions({ url: 'http://server.invalid', token: 't', ...options });
  const coalescer = new Coalescer(config, {
    publishMany: (events, { signal, traceparent }) =>
      new Promise((answer, fail) => sent.push({ events, traceparent, signal, answer, fail })),
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
/** Lets everything run that waits for nothing but promises. */
const settle = () => vi.advanceTimersByTimeAsync(0);

function at(sent: readonly Sent[], index: number): Sent {
  const request = sent[index];
  if (request === undefined) throw new Error(`only ${sent.length} requests were made`);
  return request;
}

describe('gathering', () => {
  it('sends a single event in the same turn when nothing is under way', async () => {
    const { coalescer, sent } = setUp();
    void coalescer.add('a');
    await Promise.resolve();
    expect(sent.map(({ events }) => events)).toEqual([['a']]);
  });

  it('puts the calls of one turn into one request and gives each caller its own answer', async () => {
    const { coalescer, sent } = setUp();
    const calls = ['a', 'b', 'c'].map((text) => coalescer.add(text));
    await settle();
    expect(sent.map(({ events }) => events)).toEqual([['a', 'b', 'c']]);
    at(sent, 0).answer([ok('1'), { ok: false, error: error('INVALID_INPUT') }, ok('3')]);
    expect(await Promise.all(calls)).toMatchObject([
      { id: '1' },
      { error: { code: 'INVALID_INPUT' } },
      { id: '3' },
    ]);
  });

  it('gathers while a request is under way, and sends what has gathered when it returns', async () => {
    const { coalescer, sent } = setUp({ coalesce: { lingerMs: 1000 } });
    void coalescer.add('a');
    await settle();
    void coalescer.add('b');
    await settle();
    void coalescer.add('c');
    await settle();
    expect(sent).toHaveLength(1);
    at(sent, 0).answer([ok('1')]);
    await settle();
    expect(at(sent, 1).events).toEqual(['b', 'c']);
  });

  it('lets an event wait for company no longer than the linger time', async () => {
    const { coalescer, sent } = setUp({ coalesce: { lingerMs: 5 } });
    void coalescer.add('a');
    await settle();
    void coalescer.add('b');
    await vi.advanceTimersByTimeAsync(4);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(at(sent, 1).events).toEqual(['b']);
  });

  it('sends whole loads at once, and never more requests at a time than are allowed', async () => {
    const { coalescer, sent } = setUp({ coalesce: { maxEvents: 2, maxInFlight: 2 } });
    for (const text of 'abcdefg') void coalescer.add(text);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.map(({ events }) => events.join(''))).toEqual(['ab', 'cd']);
    at(sent, 0).answer(allOk(at(sent, 0)));
    await settle();
    expect(sent.map(({ events }) => events.join(''))).toEqual(['ab', 'cd', 'ef']);
  });

  it('sends each event by itself when coalescing is off', async () => {
    const { coalescer, sent } = setUp({ coalesce: false });
    for (const text of 'abc') void coalescer.add(text);
    await settle();
    expect(sent.map(({ events }) => events)).toEqual([['a'], ['b'], ['c']]);
  });

  it('keeps a request under half a megabyte of text', async () => {
    const { coalescer, sent } = setUp();
    const large = 'x'.repeat(200_000);
    for (let i = 0; i < 3; i++) void coalescer.add(large);
    await vi.advanceTimersByTimeAsync(5);
    expect(sent.map(({ events }) => events.length)).toEqual([2, 1]);
  });

  it('puts only events of the same trace together', async () => {
    let traceparent = 'trace-1';
    const { coalescer, sent } = setUp({ traceparent: () => traceparent });
    void coalescer.add('a');
    void coalescer.add('b');
    traceparent = 'trace-2';
    void coalescer.add('c');
    await vi.advanceTimersByTimeAsync(5);
    expect(sent.map(({ events, traceparent: trace }) => [trace, ...events])).toEqual([
      ['trace-1', 'a', 'b'],
      ['trace-2', 'c'],
    ]);
  });

  it('refuses more than it may hold, and takes again when there is room', async () => {
    const { coalescer, sent } = setUp({ coalesce: { maxQueuedChars: 10 } });
    void coalescer.add('12345678');
    expect(await coalescer.add('abc')).toMatchObject({
      ok: false,
      error: { code: 'QUEUE_FULL', retryable: true },
    });
    await settle();
    at(sent, 0).answer([ok('1')]);
    await settle();
    void coalescer.add('abc');
    await settle();
    expect(at(sent, 1).events).toEqual(['abc']);
  });
});

describe('repeating', () => {
  it('repeats the same texts after a failure that may pass', async () => {
    const { coalescer, sent } = setUp();
    const call = coalescer.add('a');
    await settle();
    at(sent, 0).fail(error('UNAVAILABLE'));
    await vi.advanceTimersByTimeAsync(200);
    expect(at(sent, 1).events).toEqual(['a']);
    at(sent, 1).answer([ok('1')]);
    expect(await call).toEqual(ok('1'));
  });

  it('repeats only those events of a request that were not accepted', async () => {
    const { coalescer, sent } = setUp();
    const calls = ['a', 'b', 'c'].map((text) => coalescer.add(text));
    await settle();
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
    await settle();
    at(sent, 0).fail(error('RATE_LIMITED', 3000));
    await vi.advanceTimersByTimeAsync(2999);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(201);
    expect(sent).toHaveLength(2);
  });

  it('fails at once when the server asks for more time than is left', async () => {
    const { coalescer, sent } = setUp({ timeoutMs: 1000 });
    const call = coalescer.add('a');
    await settle();
    at(sent, 0).fail(error('RATE_LIMITED', 3000));
    expect(await call).toMatchObject({ ok: false, error: { code: 'RATE_LIMITED', retryAfterMs: 3000 } });
  });

  it('gives up after its retries, with the last failure', async () => {
    const { coalescer, sent } = setUp({ retry: { retries: 2, baseDelayMs: 1 } });
    const call = coalescer.add('a');
    for (let attempt = 0; attempt < 3; attempt++) {
      await vi.advanceTimersByTimeAsync(10);
      at(sent, attempt).fail(error('UNAVAILABLE'));
    }
    expect(await call).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } });
    expect(sent).toHaveLength(3);
  });

  it('does not repeat what cannot succeed', async () => {
    const { coalescer, sent } = setUp();
    const call = coalescer.add('a');
    await settle();
    at(sent, 0).fail(error('INVALID_INPUT'));
    expect(await call).toMatchObject({ error: { code: 'INVALID_INPUT' } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(1);
  });

  it('halves a request that is too large until the one event is found that is', async () => {
    const { coalescer, sent } = setUp();
    const calls = ['a', 'b', 'LARGE', 'd'].map((text) => coalescer.add(text));
    for (let next = 0; next < 7; next++) {
      await settle();
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

describe('giving up', () => {
  it('ends a call with TIMEOUT when its time is over, and keeps the last failure as the cause', async () => {
    const { coalescer, sent } = setUp({ timeoutMs: 1000, retry: { baseDelayMs: 0 } });
    const call = coalescer.add('a');
    await settle();
    at(sent, 0).fail(error('UNAVAILABLE'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await call).toMatchObject({
      error: { code: 'TIMEOUT', retryable: true, cause: { code: 'UNAVAILABLE' } },
    });
    expect(at(sent, 1).signal.aborted).toBe(true);
  });

  it('ends each call at its own time', async () => {
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

  it('ends an aborted call at once, and the others of its request as if nothing had happened', async () => {
    const { coalescer, sent } = setUp();
    const abort = new AbortController();
    const aborted = coalescer.add('a', { signal: abort.signal });
    const kept = coalescer.add('b');
    await settle();
    abort.abort(new Error('changed my mind'));
    expect(await aborted).toMatchObject({
      error: { code: 'ABORTED', cause: { message: 'changed my mind' } },
    });
    expect(at(sent, 0).signal.aborted).toBe(false);
    at(sent, 0).answer(allOk(at(sent, 0)));
    expect(await kept).toMatchObject({ ok: true });
  });

  it('gives a request up when nobody waits for it any more', async () => {
    const { coalescer, sent } = setUp();
    const abort = new AbortController();
    void coalescer.add('a', { signal: abort.signal });
    void coalescer.add('b', { signal: abort.signal });
    await settle();
    abort.abort();
    expect(at(sent, 0).signal.aborted).toBe(true);
  });

  it('does not send what was aborted before its turn came', async () => {
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
  it('sends what has gathered, waits for its answers, and refuses what comes after', async () => {
    const { coalescer, sent } = setUp({ coalesce: { lingerMs: 1000 } });
    const calls = [coalescer.add('a')];
    await settle();
    calls.push(coalescer.add('b'));
    let isClosed = false;
    const closing = coalescer.close(5000).then(() => (isClosed = true));
    expect(await coalescer.add('c')).toMatchObject({ error: { code: 'CLOSED' } });
    expect(at(sent, 1).events).toEqual(['b']);
    at(sent, 0).answer(allOk(at(sent, 0)));
    await settle();
    expect(isClosed).toBe(false);
    at(sent, 1).answer(allOk(at(sent, 1)));
    await closing;
    expect((await Promise.all(calls)).map(({ ok }) => ok)).toEqual([true, true]);
  });

  it('ends with CLOSED what is not answered in time, and leaves no timer behind', async () => {
    const { coalescer } = setUp();
    const call = coalescer.add('a');
    const closing = coalescer.close(500);
    await vi.advanceTimersByTimeAsync(500);
    await closing;
    expect(await call).toMatchObject({ error: { code: 'CLOSED' } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is over at once when nothing is under way', async () => {
    const { coalescer } = setUp();
    await coalescer.close(500);
    expect(vi.getTimerCount()).toBe(0);
  });
});
