import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { byteLength, RequestSize } from '../../../../client/src/publish/request-size.ts';
import { failure, ok, setUpScript } from './scripted-transport.ts';

it('counts the bytes of UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const json = JSON.stringify(text);
      expect(byteLength(json)).toBe(Buffer.byteLength(json));
    }),
  );
});

describe('requests', () => {
  /** A server with a limit in bytes. */
  function withLimit(limit: number) {
    const bytesOf = (events: readonly string[]) => Buffer.byteLength(events.join(','));
    const rejected: number[] = [];
    const set = setUpScript(
      (events) => {
        if (bytesOf(events) <= limit) return events.map(() => ok);
        rejected.push(bytesOf(events));
        throw failure('PAYLOAD_TOO_LARGE', { httpStatus: 413, retryable: false });
      },
      { coalesce: { maxEvents: 200 } },
    );
    return { ...set, rejected };
  }

  it('are measured in bytes, so that Chinese text fits', async () => {
    const { coalescer, rejected } = withLimit(512 * 1024);
    const calls = Array.from({ length: 1_000 }, () => coalescer.add('事件'.repeat(1_000)));
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await Promise.all(calls)).every((outcome) => outcome.ok)).toBe(true);
    expect(rejected).toEqual([]);
  });

  it('stay below the limit of a proxy after a few rejections', async () => {
    const { coalescer, rejected, sent } = withLimit(100_000);
    const calls = Array.from({ length: 2_000 }, () => coalescer.add('x'.repeat(4_000)));
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await Promise.all(calls)).every((outcome) => outcome.ok)).toBe(true);
    expect(rejected.length).toBeLessThan(20);
    // 25 events fit. With much smaller requests, there would be more of them.
    expect(sent.length).toBeLessThan(160);
  });
});

describe('the size of a request', () => {
  it('grows again when the server accepts more', () => {
    const size = new RequestSize();
    const before = size.limit(0);
    size.recordTooLarge(before, 0);
    expect(size.limit(0)).toBe(before / 2);
    size.recordAccepted(size.limit(0));
    expect(size.limit(0)).toBe(before * 0.75);
    expect(size.limit(600_001)).toBe(before);
  });

  it('learns nothing from a single event that is larger than a request, or from a small one', () => {
    const size = new RequestSize();
    const before = size.limit(0);
    size.recordTooLarge(before + 1, 0);
    size.recordTooLarge(100, 0);
    expect(size.limit(0)).toBe(before);
  });
});
