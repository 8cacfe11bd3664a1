import { describe, expect, it } from 'vitest';
import type { AttemptView, DeliveryView } from '@tocsin/shared';
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
