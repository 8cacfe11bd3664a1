import { describe, expect, it } from 'vitest';
import type { AttemptView, DeliveryView } from '@tocsin/shared';
import {
  changeInBatches,
  collectMatching,
  maxCollected,
  noProgress,
  type BatchProgress,
} from '../../../admin/src/features/deliveries/bulk/change-matching.ts';
import { toMatchingInput } from '../../../admin/src/features/deliveries/bulk/matching-input.ts';
import { compareAttempts } from '../../../admin/src/features/deliveries/detail/compare-attempts.ts';
import { toCurl } from '../../../admin/src/features/deliveries/detail/to-curl.ts';
import { toPeriodStart } from '../../../admin/src/features/deliveries/filters/delivery-filters.ts';
import { toCause } from '../../../admin/src/features/deliveries/list/delivery-cause.ts';

const attempt: AttemptView = {
  at: '2026-01-01T00:00:00.000Z',
  durationMs: 5,
  statusCode: 500,
  reason: 'http_status',
  reply: 'down',
  request: null,
  responseHeaders: null,
};

const delivery: DeliveryView = {
  id: 'dlv_1',
  eventId: 'evt_1',
  webhookId: 'wh_000000000001',
  appId: 'app',
  event: 'user.ban',
  status: 'failed',
  reason: 'retries_exhausted',
  attemptCount: 3,
  createdAt: attempt.at,
  nextAttemptAt: null,
  finishedAt: attempt.at,
  lastAttempt: attempt,
  endpoint: null,
};

it('a curl command survives quotes in the body', () => {
  expect(toCurl('https://example.com/h', [{ name: 'a', value: 'b' }], `{"name":"o'n"}`)).toBe(
    ["curl -X POST 'https://example.com/h'", "-H 'a: b'", `--data-raw '{"name":"o'\\''n"}'`].join(' \\\n  '),
  );
});

it('a cause says what happened instead of that all retries failed', () => {
  expect(toCause(delivery)).toBe('The endpoint returned 500');
  const timedOut = { ...attempt, statusCode: null, reason: 'timeout' as const };
  expect(toCause({ ...delivery, lastAttempt: timedOut })).toBe('The request timed out');
  expect(toCause({ ...delivery, status: 'cancelled', reason: 'cancelled_by_user' })).toBe(
    'Cancelled by a user',
  );
  expect(toCause({ ...delivery, status: 'delivered', reason: null })).toBe('');
});

it('two attempts are compared with the headers that differ', () => {
  const after = {
    ...attempt,
    statusCode: 502,
    responseHeaders: [
      { name: 'server', value: 'b' },
      { name: 'via', value: 'proxy' },
    ],
  };
  const before = {
    ...attempt,
    responseHeaders: [
      { name: 'server', value: 'a' },
      { name: 'via', value: 'proxy' },
    ],
  };
  const differing = compareAttempts(before, after).filter(({ isSame }) => !isSame);
  expect(differing).toMatchObject([
    { name: 'Status', before: '500', after: '502' },
    { name: 'Response server', before: 'a', after: 'b' },
  ]);
});

describe('all that match', () => {
  const webhookId = 'wh_000000000001';

  it('are replayed, or cancelled if they are pending', () => {
    expect(toMatchingInput({ webhookId, status: 'failed', event: 'user.*' })).toEqual({
      kind: 'replay',
      input: { webhookId, status: 'failed', since: '1970-01-01T00:00:00.000Z', events: ['user.*'] },
    });
    expect(toMatchingInput({ webhookId, status: 'pending' })).toEqual({
      kind: 'cancel',
      input: { webhookId },
    });
  });

  it.each([
    [{ status: 'failed' as const }],
    [{ webhookId }],
    [{ webhookId, status: 'failed' as const, cause: 'timeout' as const }],
  ])('are not changed if more would be changed than %o lists', (filter) => {
    expect(toMatchingInput(filter)).toBeUndefined();
  });
});

it('a period begins at a whole minute', () => {
  expect(toPeriodStart('1h', Date.parse('2026-01-01T10:30:45.000Z'))).toBe('2026-01-01T09:30:00.000Z');
  expect(toPeriodStart('soon', 0)).toBeUndefined();
});

describe('a change of all that match', () => {
  const pagesOf =
    (total: number) => (page: { readonly cursor: string | undefined; readonly limit: number }) => {
      const from = Number(page.cursor ?? 0);
      const to = Math.min(total, from + page.limit);
      const items = Array.from({ length: to - from }, (_, n) => ({ ...delivery, id: `dlv_${from + n}` }));
      return Promise.resolve({ items, nextCursor: to < total ? String(to) : null });
    };

  it('collects every delivery of the pages once', async () => {
    const counts: number[] = [];
    const { deliveries, hasMore } = await collectMatching(pagesOf(450), (count) => counts.push(count));
    expect(new Set(deliveries.map(({ id }) => id)).size).toBe(450);
    expect([hasMore, counts]).toEqual([false, [200, 400, 450]]);
  });

  it('says that more match than it collects', async () => {
    const { deliveries, hasMore } = await collectMatching(pagesOf(maxCollected + 1), () => undefined);
    expect([deliveries.length, hasMore]).toEqual([maxCollected, true]);
  });

  it('goes on after a failed or stopped batch, and sums what was skipped', async () => {
    const ids = Array.from({ length: 450 }, (_, n) => `dlv_${n}`);
    const batches: number[] = [];
    const change = (batch: readonly string[]) => {
      batches.push(batch.length);
      const results = batch.map((id, n) => ({
        id,
        ok: n > 0,
        skipped: n > 0 ? null : ('being_sent' as const),
        message: null,
      }));
      return Promise.resolve({ changed: batch.length - 1, results });
    };
    let progress: BatchProgress = noProgress;
    const keep = (isGoingOn: boolean) => (next: BatchProgress) => {
      progress = next;
      return isGoingOn;
    };
    await changeInBatches(ids, change, progress, keep(false));
    expect(progress).toMatchObject({ done: 200, changed: 199 });
    await expect(
      changeInBatches(ids, () => Promise.reject(new Error('offline')), progress, keep(true)),
    ).rejects.toThrow('offline');
    await changeInBatches(ids, change, progress, keep(true));
    expect(batches).toEqual([200, 200, 50]);
    expect(progress).toEqual({ done: 450, changed: 447, skipped: new Map([['being_sent', 3]]) });
  });
});
