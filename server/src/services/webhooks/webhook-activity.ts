import type { AttemptReason, WebhookActivity, WebhookActivityInput } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { latencyQuantile } from '../../domain/activity.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookActivityStore } from '../../domain/ports/webhook-activity-store.ts';
import {
  addWebhookCounts,
  noResponse,
  noWebhookActivity,
  otherTypes,
  type WebhookCounts,
  type WebhookSlot,
} from '../../domain/webhook-activity.ts';
import { toIso } from '../common/iso-time.ts';
import type { FindWebhook } from './find-webhook.ts';

export interface ReadWebhookActivityDeps {
  readonly activity: Pick<WebhookActivityStore, 'read'>;
  readonly findWebhook: FindWebhook;
  readonly clock: Clock;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Width of an interval, so that each chart has at most about 60 points. */
const intervalMs: Readonly<Record<WebhookActivityInput['hours'], number>> = {
  1: 5 * minuteMs,
  24: 30 * minuteMs,
  168: 3 * hourMs,
  720: 12 * hourMs,
};

/** Rows of a breakdown. */
const maxRows = 100;

/** Counts what the endpoint of a webhook did over a span, by time, status, reason and event type. */
export function createReadWebhookActivity({ activity, findWebhook, clock }: ReadWebhookActivityDeps) {
  return async function readWebhookActivity(
    actor: Actor,
    { id, hours }: WebhookActivityInput,
  ): Promise<WebhookActivity> {
    await findWebhook(actor, id, 'deliveries:read');
    const now = clock.now();
    const step = intervalMs[hours];
    const since = Math.floor((now - hours * hourMs) / step) * step;
    const slots = await activity.read(id, hours <= 24 ? 'fine' : 'coarse', since, now);
    const total = noWebhookActivity();
    for (const { counts } of slots) addWebhookCounts(total, counts);
    return {
      since: toIso(since),
      until: toIso(now),
      totals: toTotals(total),
      errorRate: total.attempts === 0 ? null : total.failedAttempts / total.attempts,
      latencyMs: toLatency(total),
      series: toIntervals(slots, since, now, step),
      statuses: toRows(total.statuses, (status) => ({
        statusCode: status === noResponse ? null : Number(status),
      })),
      // `as`: the recorder counts reasons of attempts only.
      reasons: toRows(total.reasons, (reason) => ({ reason: reason as AttemptReason })),
      types: [...total.types]
        .sort(([, a], [, b]) => b.attempts - a.attempts)
        .slice(0, maxRows)
        .map(([type, counts]) => ({ event: type === otherTypes ? null : type, ...counts })),
    };
  };
}

export type ReadWebhookActivity = ReturnType<typeof createReadWebhookActivity>;

function toIntervals(slots: readonly WebhookSlot[], since: number, now: number, step: number) {
  const intervals = Array.from({ length: Math.floor((now - since) / step) + 1 }, noWebhookActivity);
  for (const { at, counts } of slots) {
    const interval = intervals[Math.floor((at - since) / step)];
    if (interval !== undefined) addWebhookCounts(interval, counts);
  }
  return intervals.map((counts, index) => ({
    at: toIso(since + index * step),
    ...toTotals(counts),
    latencyMs: toLatency(counts),
  }));
}

function toTotals({ attempts, failedAttempts, delivered, failed, cancelled }: WebhookCounts) {
  return { attempts, failedAttempts, delivered, failed, cancelled };
}

function toLatency({ durations }: WebhookCounts): WebhookActivity['latencyMs'] {
  const p50 = latencyQuantile(durations, 0.5);
  const p95 = latencyQuantile(durations, 0.95);
  return p50 === null || p95 === null ? null : { p50, p95 };
}

function toRows<T>(
  counts: ReadonlyMap<string, number>,
  toKey: (key: string) => T,
): (T & { attempts: number })[] {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, maxRows)
    .map(([key, attempts]) => ({ ...toKey(key), attempts }));
}
