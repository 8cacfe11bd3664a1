import { describe, expect, it, vi } from 'vitest';
import { failure, ok, setUpScript } from './scripted-transport.ts';

const acceptAll = (events: readonly string[]) => events.map(() => ok);
const listed = (appId: string) => (index: number) => ({ text: `${appId}${index} `, appId });

describe('apps and callers', () => {
  it('take turns, so that a long list delays no single event', async () => {
    const { coalescer, sent } = setUpScript(acceptAll, { coalesce: { maxEvents: 10, maxInFlight: 1 } });
    const list = coalescer.addList(50_000, listed('big'));
    await vi.advanceTimersByTimeAsync(1);
    const done: string[] = [];
    void coalescer.add('other app', { appId: 'small' }).then(() => done.push('other app'));
    void coalescer.add('same app', { appId: 'big' }).then(() => done.push('same app'));
    await vi.advanceTimersByTimeAsync(3);
    expect(done.toSorted()).toEqual(['other app', 'same app']);
    await vi.advanceTimersByTimeAsync(6_000);
    expect((await list).filter((outcome) => outcome.ok)).toHaveLength(50_000);
    expect(sent.length).toBeLessThanOrEqual(5_002);
  });

  it('keep the order of one caller and app', async () => {
    const { coalescer, sent } = setUpScript(acceptAll, { coalesce: { maxEvents: 3, maxInFlight: 1 } });
    for (let n = 0; n < 10; n++) void coalescer.add(`a${n}`, { appId: 'a' });
    for (let n = 0; n < 5; n++) void coalescer.add(`b${n}`, { appId: 'b' });
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.slice(0, 2)).toEqual([
      ['a0', 'a1', 'b0'],
      ['a2', 'b1', 'b2'],
    ]);
    expect(sent.flat().filter((text) => text.startsWith('a'))).toEqual(
      Array.from({ length: 10 }, (_, n) => `a${n}`),
    );
  });

  it('have their share of the queue while another app fills it, within twice its size', async () => {
    const { coalescer } = setUpScript(acceptAll, { coalesce: { maxQueuedBytes: 100 } });
    void coalescer.add('x'.repeat(100), { appId: 'hog' });
    const full = { ok: false, error: { code: 'QUEUE_FULL' } };
    expect(await coalescer.add('x', { appId: 'hog' })).toMatchObject(full);
    const others = [coalescer.add('y'.repeat(50), { appId: 'other' })];
    expect(await coalescer.add('y', { appId: 'other' })).toMatchObject(full);
    for (const appId of 'abcdefgh') void others.push(coalescer.add('z'.repeat(10), { appId }));
    await vi.advanceTimersByTimeAsync(10);
    const outcomes = await Promise.all(others);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([
      ...Array.from({ length: 6 }, () => true),
      false,
      false,
      false,
    ]);
  });

  it('have the configured number of requests in flight, also without coalescing', async () => {
    const { coalescer, sent, inFlight } = setUpScript(acceptAll, {
      coalesce: { maxEvents: 1, maxInFlight: 7 },
    });
    for (let n = 0; n < 50; n++) void coalescer.add('a');
    await vi.advanceTimersByTimeAsync(100);
    expect(inFlight.most).toBe(7);
    expect(sent).toHaveLength(50);
  });
});

describe('backpressure', () => {
  it('lets a list wait for room, and return an outcome for each event', async () => {
    const { coalescer } = setUpScript(acceptAll, { coalesce: { maxQueuedBytes: 50, maxEvents: 5 } });
    const list = coalescer.addList(1_000, listed('a'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await list).filter((outcome) => outcome.ok)).toHaveLength(1_000);
  });

  it('reads a list only as far as its events are sent', async () => {
    const { coalescer } = setUpScript(acceptAll, { coalesce: { maxEvents: 10, maxInFlight: 2 } });
    let read = 0;
    const list = coalescer.addList(1_000, (index) => {
      read++;
      return listed('a')(index);
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(read).toBe(40);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await list).toHaveLength(1_000);
  });

  it('fails the rest of a list when the server accepts nothing for the time of a call', async () => {
    const { coalescer } = setUpScript(
      () => {
        throw failure('NETWORK');
      },
      { timeoutMs: 1_000, coalesce: { maxEvents: 5, maxInFlight: 1 } },
    );
    const list = coalescer.addList(100, listed('a'));
    await vi.advanceTimersByTimeAsync(1_100);
    const codes = (await list).map((outcome) => (outcome.ok ? 'ok' : outcome.error.code));
    expect(codes.filter((code) => code !== 'TIMEOUT' && code !== 'NETWORK')).toEqual([]);
    expect(codes).toHaveLength(100);
  });

  it('ready resolves when half of the queue is free', async () => {
    const { coalescer } = setUpScript(acceptAll, { coalesce: { maxQueuedBytes: 100 } });
    await coalescer.ready();
    void coalescer.add('x'.repeat(51));
    let isReady = false;
    void coalescer.ready().then(() => (isReady = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(isReady).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(isReady).toBe(true);
  });

  it('ready rejects when its signal aborts, and after close', async () => {
    const { coalescer } = setUpScript(acceptAll, { coalesce: { maxQueuedBytes: 100 } });
    void coalescer.add('x'.repeat(100));
    const abort = new AbortController();
    const ready = coalescer.ready({ signal: abort.signal });
    abort.abort();
    await expect(ready).rejects.toMatchObject({ code: 'ABORTED' });
    const waiting = coalescer.ready();
    const closing = coalescer.close();
    const moving = vi.advanceTimersByTimeAsync(5);
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' });
    await Promise.all([closing, moving]);
    await expect(coalescer.ready()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('close finishes a list that was accepted before', async () => {
    const { coalescer } = setUpScript(acceptAll, { coalesce: { maxEvents: 2, maxInFlight: 1 } });
    const list = coalescer.addList(100, listed('a'));
    const closing = coalescer.close();
    await vi.advanceTimersByTimeAsync(200);
    await closing;
    expect((await list).filter((outcome) => outcome.ok)).toHaveLength(100);
    expect(vi.getTimerCount()).toBe(0);
  });
});
