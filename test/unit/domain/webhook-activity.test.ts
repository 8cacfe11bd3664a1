import { describe, expect, it } from 'vitest';
import { latencyBoundsMs } from '../../../server/src/domain/activity.ts';
import {
  addWebhookCounts,
  countAttempt,
  noWebhookActivity,
} from '../../../server/src/domain/webhook-activity.ts';

function counted() {
  const counts = noWebhookActivity();
  const [lowest] = latencyBoundsMs;
  const above = (latencyBoundsMs.at(-1) ?? 0) + 1;
  const ok = { statusCode: 200, reason: null };
  countAttempt(counts, { status: 'delivered', type: 'a', attempt: { ...ok, durationMs: lowest } });
  countAttempt(counts, { status: 'delivered', type: 'b', attempt: { ...ok, durationMs: lowest + 1 } });
  const failed = { statusCode: null, reason: 'timeout', durationMs: above } as const;
  countAttempt(counts, { status: 'pending', type: 'a', attempt: failed });
  countAttempt(counts, { status: 'failed', type: 'a', attempt: failed });
  countAttempt(counts, { status: 'cancelled', type: 'a', attempt: undefined });
  return counts;
}

const classes = (...pairs: readonly (readonly [number, number])[]) => {
  const durations = Array.from({ length: latencyBoundsMs.length + 1 }, () => 0);
  for (const [index, count] of pairs) durations[index] = count;
  return durations;
};

describe('the activity of a webhook', () => {
  it('counts attempts by their result, and ended deliveries', () => {
    expect(counted()).toEqual({
      attempts: 4,
      failedAttempts: 2,
      delivered: 2,
      failed: 1,
      cancelled: 1,
      durations: classes([0, 1], [1, 1], [latencyBoundsMs.length, 2]),
      statuses: new Map([
        ['200', 2],
        ['none', 2],
      ]),
      reasons: new Map([['timeout', 2]]),
      types: new Map([
        ['a', { attempts: 3, failedAttempts: 2 }],
        ['b', { attempts: 1, failedAttempts: 0 }],
      ]),
    });
  });

  it('of two slots is added up, and the second one stays as it is', () => {
    const [into, more] = [counted(), counted()];
    addWebhookCounts(into, more);
    expect(more).toEqual(counted());
    expect(into).toEqual({
      attempts: 8,
      failedAttempts: 4,
      delivered: 4,
      failed: 2,
      cancelled: 2,
      durations: classes([0, 2], [1, 2], [latencyBoundsMs.length, 4]),
      statuses: new Map([
        ['200', 4],
        ['none', 4],
      ]),
      reasons: new Map([['timeout', 4]]),
      types: new Map([
        ['a', { attempts: 6, failedAttempts: 4 }],
        ['b', { attempts: 2, failedAttempts: 0 }],
      ]),
    });
    const empty = noWebhookActivity();
    addWebhookCounts(empty, more);
    expect(empty).toEqual(more);
    expect(empty.types.get('a')).not.toBe(more.types.get('a'));
  });
});
