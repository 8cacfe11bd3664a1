import { describe, expect, it, vi } from 'vitest';
import { failure, ok, setUpScript } from './scripted-transport.ts';

const refused = (retryAfterMs?: number) =>
  ({ ok: false, error: failure('UNAVAILABLE', retryAfterMs === undefined ? {} : { retryAfterMs }) }) as const;
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `${n} `);

describe('an event that is refused for now', () => {
  it('gives its place to the others while it waits', async () => {
    const { coalescer, texts } = setUpScript(
      (events) => events.map((text) => (text === 'x' ? refused(5_000) : ok)),
      { coalesce: { maxInFlight: 1, lingerMs: 0 } },
    );
    void coalescer.add('a', { appId: 'good' });
    void coalescer.add('x', { appId: 'bad' });
    await vi.advanceTimersByTimeAsync(2);
    const other = coalescer.add('b', { appId: 'good' });
    await vi.advanceTimersByTimeAsync(2);
    expect(await other).toEqual(ok);
    expect(texts()).toEqual(['ax', 'b']);
  });

  it('waits as long as its own error says, and no other one does', async () => {
    const waits: Record<string, number> = { x: 3_000, y: 9_000 };
    const { coalescer, texts } = setUpScript((events, index) =>
      events.map((text) => {
        const waitMs = waits[text];
        return index === 0 && waitMs !== undefined ? refused(waitMs) : ok;
      }),
    );
    for (const text of 'axy') void coalescer.add(text);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(texts()).toEqual(['axy']);
    await vi.advanceTimersByTimeAsync(201);
    expect(texts()).toEqual(['axy', 'x']);
    await vi.advanceTimersByTimeAsync(5_798);
    expect(texts()).toEqual(['axy', 'x']);
    await vi.advanceTimersByTimeAsync(210);
    expect(texts()).toEqual(['axy', 'x', 'y']);
  });

  it('is sent again until its time limit', async () => {
    const { coalescer, sent } = setUpScript((events) => events.map(() => refused()), { timeoutMs: 60_000 });
    const call = coalescer.add('a');
    await vi.advanceTimersByTimeAsync(59_999);
    expect(sent.length).toBeGreaterThan(7);
    await vi.advanceTimersByTimeAsync(1);
    const outcome = await call;
    expect(outcome.ok ? 'ok' : outcome.error.code).toMatch(/^(UNAVAILABLE|TIMEOUT)$/);
  });
});

describe('a server that is away', () => {
  it('for most of the time limit loses nothing', async () => {
    let isAway = true;
    const { coalescer } = setUpScript((events) => {
      if (isAway) throw failure('NETWORK');
      return events.map(() => ok);
    });
    const calls = numbered(500).map((text) => coalescer.add(text));
    await vi.advanceTimersByTimeAsync(45_000);
    isAway = false;
    await vi.advanceTimersByTimeAsync(15_000);
    expect((await Promise.all(calls)).filter((outcome) => !outcome.ok)).toEqual([]);
  });

  it('gets fewer requests, although more events are published all the time', async () => {
    const { coalescer, sent, inFlight } = setUpScript(() => {
      throw failure('UNAVAILABLE', { httpStatus: 503 });
    });
    for (let ms = 0; ms < 20_000; ms += 20) {
      void coalescer.add('a');
      await vi.advanceTimersByTimeAsync(20);
    }
    // Without a pause, each event would be sent at once.
    expect(sent.length).toBeLessThan(100);
    expect(inFlight.most).toBeLessThanOrEqual(2);
  });

  it('gets no request before the time that it asks for', async () => {
    const { coalescer, texts } = setUpScript((events, index) => {
      if (index === 0) throw failure('RATE_LIMITED', { httpStatus: 429, retryAfterMs: 5_000 });
      return events.map(() => ok);
    });
    void coalescer.add('a');
    await vi.advanceTimersByTimeAsync(10);
    const later = coalescer.add('b');
    await vi.advanceTimersByTimeAsync(4_980);
    expect(texts()).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(420);
    expect(await later).toEqual(ok);
  });
});

describe('an event that makes the server fail', () => {
  const poisoned = (
    isPoison: (text: string) => boolean,
    error = failure('BAD_RESPONSE', { httpStatus: 500 }),
  ) =>
    setUpScript(
      (events) => {
        if (events.some(isPoison)) throw error;
        return events.map(() => ok);
      },
      { retry: { baseDelayMs: 1 } },
    );

  it.each([
    ['a bare 500', failure('BAD_RESPONSE', { httpStatus: 500 })],
    ['INTERNAL', failure('INTERNAL', { httpStatus: 500 })],
    ['INTERNAL, for good', failure('INTERNAL', { httpStatus: 500, retryable: false })],
    ['a bare 403 of a firewall', failure('BAD_RESPONSE', { httpStatus: 403, retryable: false })],
  ])('fails alone after %s, with a bounded number of requests', async (_what, error) => {
    const { coalescer, sent } = poisoned((text) => text === '7 ', error);
    const calls = numbered(200).map((text) => coalescer.add(text));
    await vi.advanceTimersByTimeAsync(5_000);
    const outcomes = await Promise.all(calls);
    expect(outcomes.flatMap((outcome, index) => (outcome.ok ? [] : [index]))).toEqual([7]);
    expect(outcomes[7]).toMatchObject({ error: { code: error.code } });
    expect(sent.length).toBeLessThanOrEqual(25);
  });

  it('fails alone when several do', async () => {
    const { coalescer } = poisoned((text) => ['3 ', '60 ', '61 ', '199 '].includes(text));
    const calls = numbered(200).map((text) => coalescer.add(text));
    await vi.advanceTimersByTimeAsync(5_000);
    const failed = (await Promise.all(calls)).flatMap((outcome, index) => (outcome.ok ? [] : [index]));
    expect(failed).toEqual([3, 60, 61, 199]);
  });

  it('does not delay others, also if it breaks the connection', async () => {
    const { coalescer } = poisoned((text) => text === '7 ', failure('NETWORK'));
    const calls = numbered(50).map((text) => coalescer.add(text));
    for (let turn = 0; turn < 100; turn++) {
      calls.push(coalescer.add('later'));
      await vi.advanceTimersByTimeAsync(20);
    }
    const settled = await Promise.race([
      Promise.all(calls.filter((_, index) => index !== 7)),
      Promise.resolve().then(() => vi.advanceTimersByTimeAsync(1).then(() => 'pending')),
    ]);
    expect(settled).not.toBe('pending');
  });

  it('is not blamed while the server fails for all, and is stored once it works', async () => {
    let isBroken = true;
    const { coalescer, sent } = setUpScript((events) => {
      if (isBroken) throw failure('BAD_RESPONSE', { httpStatus: 500 });
      return events.map(() => ok);
    });
    const calls = numbered(200).map((text) => coalescer.add(text));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(sent.length).toBeLessThanOrEqual(100);
    isBroken = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await Promise.all(calls)).filter((outcome) => !outcome.ok)).toEqual([]);
  });
});
