import type { DeliveryState, IndexStatus, StatsInput, SystemStats } from '@tocsin/shared';
import { hasScope, type Actor } from '../../domain/access.ts';
import { addCounts, latencyQuantile, noActivity, type ActivityCounts } from '../../domain/activity.ts';
import type { ActivityStore } from '../../domain/ports/activity-store.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toIso, toIsoOrNull } from '../common/iso-time.ts';
import type { FindFailingWebhooks } from '../webhooks/failing-webhooks.ts';

export interface StatsDeps {
  readonly activity: ActivityStore;
  readonly deliveries: DeliveryStore;
  readonly access: AccessControl;
  readonly clock: Clock;
  readonly deliveryState: () => DeliveryState;
  /** Indexes that are missing, being built or conflicting. */
  readonly getIndexStatus: () => Promise<IndexStatus[]>;
  readonly findFailingWebhooks: FindFailingWebhooks;
}

/** Width of a bucket of the series, so that each chart has about 60 points. */
const bucketMs: Readonly<Record<StatsInput['hours'], number>> = { 1: 60_000, 24: 1_800_000, 168: 10_800_000 };

const maxFailing = 50;

/**
 * Statistics of one app, or of all apps of the caller: counts of the last hours, the current queue and the
 * failing webhooks.
 */
export function createStats(deps: StatsDeps) {
  const { activity, deliveries, access, clock, deliveryState, getIndexStatus, findFailingWebhooks } = deps;
  return async function stats(actor: Actor, { appId, hours }: StatsInput): Promise<SystemStats> {
    const visibility = await access.narrow(actor, appId, 'deliveries:read');
    const now = clock.now();
    const since = now - hours * 3_600_000;
    const [entries, queue, failingWebhooks, indexStatus] = await Promise.all([
      activity.read(visibility, since),
      deliveries.getQueueState(visibility, now),
      findFailingWebhooks(visibility, maxFailing),
      // Only for the operator: it queries the database, and only an operator can repair an index.
      hasScope(actor, 'operator') ? getIndexStatus() : [],
    ]);
    const total = noActivity();
    for (const { counts } of entries) addCounts(total, counts);
    const ended = total.delivered + total.failed;
    const p50 = latencyQuantile(total.latency, 0.5);
    const p99 = latencyQuantile(total.latency, 0.99);
    return {
      totals: {
        accepted: total.accepted,
        delivered: total.delivered,
        failed: total.failed,
        pending: queue.pending,
        cancelled: total.cancelled,
        attempts: total.attempts,
        failedAttempts: total.failedAttempts,
      },
      successRate: ended === 0 ? null : total.delivered / ended,
      attemptSuccessRate: total.attempts === 0 ? null : 1 - total.failedAttempts / total.attempts,
      latencyMs: p50 === null || p99 === null ? null : { p50, p99 },
      queue: { ...queue, oldestDueAt: toIsoOrNull(queue.oldestDueAt) },
      delivery: deliveryState(),
      indexes: indexStatus,
      series: toSeries(entries, since, now, bucketMs[hours]),
      failingWebhooks,
    };
  };
}

export type Stats = ReturnType<typeof createStats>;

function toSeries(
  entries: readonly { readonly at: number; readonly counts: ActivityCounts }[],
  since: number,
  now: number,
  stepMs: number,
): SystemStats['series'] {
  const start = Math.floor(since / stepMs) * stepMs;
  const buckets = Array.from({ length: Math.floor((now - start) / stepMs) + 1 }, noActivity);
  for (const { at, counts } of entries) {
    const bucket = buckets[Math.floor((at - start) / stepMs)];
    if (bucket !== undefined) addCounts(bucket, counts);
  }
  return buckets.map(({ accepted, delivered, failed, attempts, failedAttempts }, index) => ({
    at: toIso(start + index * stepMs),
    accepted,
    delivered,
    failed,
    attempts,
    failedAttempts,
  }));
}
