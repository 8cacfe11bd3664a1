import { expect, it, onTestFinished, vi } from 'vitest';
import { TocsinClientError } from '../../../../client/src/errors.ts';
import { withRetries } from '../../../../client/src/http/retry.ts';
import { normalizeOptions, type RetryOptions } from '../../../../client/src/options.ts';

/** Runs attempts of a call with a time limit of a minute. Each fails until `failures` have. */
function setUp(failures: number, options: { retry?: RetryOptions; retryAfterMs?: number } = {}) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { retry, retryAfterMs } = options;
  const config = normalizeOptions({ url: 'http://server.invalid', token: 't', retry });
  const startedAt = Date.now();
  const times: number[] = [];
  const call = withRetries(
    config,
    {
      call: 'apps.list',
      isRetryable: ({ retryable }) => retryable,
      deadline: () => startedAt + 60_000,
      signal: new AbortController().signal,
    },
    async () => {
      times.push(Date.now() - startedAt);
      if (times.length > failures) return await Promise.resolve('done');
      throw new TocsinClientError('UNAVAILABLE', 'away', { retryable: true, retryAfterMs });
    },
  ).catch((error: unknown) => error);
  return { call, times };
}

it('repeats a call until its time limit, with a last attempt near the end', async () => {
  const { call, times } = setUp(Number.POSITIVE_INFINITY);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await call).toMatchObject({ code: 'UNAVAILABLE' });
  expect(times.length).toBeGreaterThan(8);
  expect(times.at(-1)).toBeGreaterThan(45_000);
});

it('succeeds after more failures than the former limit of five', async () => {
  const { call, times } = setUp(8);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await call).toBe('done');
  expect(times).toHaveLength(9);
});

it('repeats a call at most as often as retry.retries says', async () => {
  const { call, times } = setUp(Number.POSITIVE_INFINITY, { retry: { retries: 2 } });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await call).toMatchObject({ code: 'UNAVAILABLE' });
  expect(times).toHaveLength(3);
});

it('tries once more within its time limit if the server asks for a longer delay', async () => {
  const { call, times } = setUp(Number.POSITIVE_INFINITY, { retryAfterMs: 3_600_000 });
  await vi.advanceTimersByTimeAsync(50_000);
  expect(times).toEqual([0, 50_000]);
  expect(await call).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 3_600_000 });
});
