import { expect, it } from 'vitest';
import type { WebhookActivityInput } from '@tocsin/shared';
import {
  countAttempt,
  noWebhookActivity,
  type WebhookSlot,
} from '../../../../server/src/domain/webhook-activity.ts';
import { createReadWebhookActivity } from '../../../../server/src/services/webhooks/webhook-activity.ts';
import { rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const minute = 60_000;
const now = new FakeClock().now() + 7 * minute;
const iso = (at: number) => new Date(at).toISOString();

/** A slot with attempts of these statuses. */
function slot(at: number, codes: readonly (number | null)[], type = 'user.login'): WebhookSlot {
  const counts = noWebhookActivity();
  for (const statusCode of codes) {
    const isDelivered = statusCode === 200;
    const reason = isDelivered ? null : statusCode === null ? 'timeout' : 'http_status';
    const attempt = { statusCode, reason, durationMs: 30 } as const;
    countAttempt(counts, { status: isDelivered ? 'delivered' : 'pending', type, attempt });
  }
  return { at, counts };
}

async function read(hours: WebhookActivityInput['hours'], slots: readonly WebhookSlot[] = []) {
  const clock = new FakeClock(now);
  const reads: unknown[] = [];
  const readActivity = createReadWebhookActivity({
    activity: {
      read: (...given) => {
        reads.push(given);
        return Promise.resolve([...slots]);
      },
    },
    findWebhook: (_, id, scope) => {
      reads.push(scope);
      return Promise.resolve(aWebhook({ id }));
    },
    clock,
  });
  return { ...(await readActivity(rootActor, { id: 'wh_1', hours })), reads };
}

it.each<[WebhookActivityInput['hours'], string, number, number]>([
  [1, 'fine', 5, 14],
  [24, 'fine', 30, 49],
  [168, 'coarse', 180, 57],
  [720, 'coarse', 720, 61],
])('over %i hours has %s intervals of %i min', async (hours, width, minutes, most) => {
  const { series, since, until, reads } = await read(hours);
  const step = minutes * minute;
  const start = Math.floor((now - hours * 60 * minute) / step) * step;
  expect([since, until]).toEqual([iso(start), iso(now)]);
  expect(reads).toEqual(['deliveries:read', ['wh_1', width, start, now]]);
  expect(series.map(({ at }) => at)).toEqual(series.map((_, n) => iso(start + n * step)));
  expect(Date.parse(series.at(-1)?.at ?? '')).toBeLessThanOrEqual(now);
  expect(Date.parse(series.at(-1)?.at ?? '')).toBeGreaterThan(now - step);
  expect(series.length).toBeLessThanOrEqual(most);
});

it('counts attempts by time, status, reason and event type, the most frequent first', async () => {
  const start = now - 62 * minute;
  const found = await read(1, [
    slot(start + 2 * minute, [200, 500, null]),
    slot(start + 20 * minute, [500, 500], 'user.ban'),
    slot(start + 20 * minute, [200], '*'),
    slot(start - 99 * minute, [200]),
  ]);
  expect(found.totals).toEqual({ attempts: 7, failedAttempts: 4, delivered: 3, failed: 0, cancelled: 0 });
  expect(found.errorRate).toBe(4 / 7);
  expect(found.latencyMs?.p50).toBeGreaterThan(0);
  expect(found.statuses).toEqual([
    { statusCode: 200, attempts: 3 },
    { statusCode: 500, attempts: 3 },
    { statusCode: null, attempts: 1 },
  ]);
  expect(found.reasons).toEqual([
    { reason: 'http_status', attempts: 3 },
    { reason: 'timeout', attempts: 1 },
  ]);
  expect(found.types).toEqual([
    { event: 'user.login', attempts: 4, failedAttempts: 2 },
    { event: 'user.ban', attempts: 2, failedAttempts: 2 },
    { event: null, attempts: 1, failedAttempts: 0 },
  ]);
  const busy = found.series.flatMap(({ attempts, failedAttempts }, n) =>
    attempts === 0 ? [] : [[n, attempts, failedAttempts]],
  );
  expect(busy).toEqual([
    [0, 3, 2],
    [4, 3, 2],
  ]);
  expect(found.series[1]).toMatchObject({ attempts: 0, latencyMs: null });
});

it('has no rate and no latency without attempts, and a hundred rows at most', async () => {
  expect(await read(1)).toMatchObject({ errorRate: null, latencyMs: null, statuses: [], types: [] });
  const many = Array.from({ length: 120 }, (_, n) => slot(now, [200 + n], `type.n${n}`));
  const { statuses, types } = await read(1, many);
  expect([statuses.length, types.length]).toEqual([100, 100]);
});
