import type { DeliveryState, IndexStatus, StatsInput, SystemStats } from '@tocsin/shared';
import { hasScope, type Actor } from '../../domain/access.ts';
import { addCounts, latencyQuantile, noActivity, type ActivityCounts } from '../../domain/activity.ts';
import type { ActivityStore } from '../../domain/ports/activity-store.ts';
import type { DeliveryStore, QueueState, UndeliveredCounts } from '../../domain/ports/delivery-store.ts';
import type { Visibility } from '../../domain/ports/page-request.ts';
import type { UnhealthyWebhooks } from '../../domain/ports/webhook-store.ts';
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
  readonly findUnhealthy: (visibility: Visibility) => Promise<UnhealthyWebhooks>;
  readonly findFailingWebhooks: FindFailingWebhooks;
}

/** Width of a bucket of the series, so that each chart has about 60 points. */
const bucketMs: Readonly<Record<StatsInput['hours'], number>> = { 1: 60_000, 24: 1_800_000, 168: 10_800_000 };

const maxFailing = 50;

const minuteMs = 60_000;

/**
 * Statistics of one app, or of all apps of the caller: counts of the last hours, the current queue and the
 * failing webhooks.
 */
export function createStats(deps: StatsDeps) {
  const { activity, deliveries, access, clock, deliveryState, getIndexStatus } = deps;
  const { findUnhealthy, findFailingWebhooks } = deps;
  return async function stats(actor: Actor, { appId, hours }: StatsInput): Promise<SystemStats> {
    const visibility = await access.narrow(actor, appId, 'deliveries:read');
    const now = clock.now();
    // Activity is counted by minute, so lists of the same span begin with a full one.
    const since = Math.floor(now / minuteMs) * minuteMs - hours * 3_600_000;
    const [entries, queue, undelivered, unhealthy, failingWebhooks, indexStatus] = await Promise.all([
      activity.read(visibility, since),
      deliveries.getQueueState(visibility, now, since),
      deliveries.countUndelivered(visibility, since),
      findUnhealthy(visibility),
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
      since: toIso(since),
      outcomes: toOutcomes(total, queue, undelivered),
      webhooks: countStates(unhealthy),
      queue: toQueueView(queue),
      delivery: deliveryState(),
      indexes: indexStatus,
      series: toSeries(entries, queue.pending - queue.inFlight, { since, now, stepMs: bucketMs[hours] }),
      failingWebhooks,
    };
  };
}

export type Stats = ReturnType<typeof createStats>;

function toQueueView({ pending, dueNow, oldestDueAt, isCapped }: QueueState): SystemStats['queue'] {
  return { pending, dueNow, oldestDueAt: toIsoOrNull(oldestDueAt), isCapped };
}

/** Delivered ones are the rest, because an index of them would cost each delivery a write. */
function toOutcomes(
  { deliveries }: ActivityCounts,
  queue: QueueState,
  { pending, failed, cancelled, isCapped }: UndeliveredCounts,
): SystemStats['outcomes'] {
  const waiting = pending + queue.inFlight;
  // Counts of activity are saved every few seconds, so they can be behind.
  const all = Math.max(deliveries, waiting + failed + cancelled);
  return {
    deliveries: all,
    delivered: all - waiting - failed - cancelled,
    waiting,
    failed,
    cancelled,
    isCapped: isCapped || queue.isCapped,
  };
}

function countStates({ webhooks, isCapped }: UnhealthyWebhooks): SystemStats['webhooks'] {
  const counts = { failing: 0, paused: 0, disabled: 0, disabledByPlatform: 0 };
  for (const { state, disabledBy } of webhooks) {
    counts[state]++;
    if (disabledBy === 'platform') counts.disabledByPlatform++;
  }
  return { ...counts, isCapped };
}

type Entries = readonly { readonly at: number; readonly appId: string; readonly counts: ActivityCounts }[];

interface Span {
  readonly since: number;
  readonly now: number;
  readonly stepMs: number;
}

function toSeries(entries: Entries, waitingNow: number, { since, now, stepMs }: Span): SystemStats['series'] {
  const start = Math.floor(since / stepMs) * stepMs;
  const toIndex = (at: number) => Math.floor((at - start) / stepMs);
  const length = toIndex(now) + 1;
  const buckets = Array.from({ length }, noActivity);
  for (const { at, counts } of entries) {
    const bucket = buckets[toIndex(at)];
    if (bucket !== undefined) addCounts(bucket, counts);
  }
  for (const [at, waiting] of countWaiting(entries)) {
    const bucket = buckets[toIndex(at)];
    if (bucket !== undefined) bucket.waiting = Math.max(bucket.waiting, waiting);
  }
  const last = buckets.at(-1);
  if (last !== undefined) last.waiting = Math.max(last.waiting, waitingNow);
  return buckets.map(
    ({ accepted, delivered, failed, attempts, failedAttempts, retried, waiting }, index) => ({
      at: toIso(start + index * stepMs),
      accepted,
      delivered,
      failed,
      attempts,
      failedAttempts,
      retried,
      waiting,
    }),
  );
}

/** Adds up the samples of all apps by minute. Two processes can sample an app in the minute of a handover. */
function countWaiting(entries: Entries): Map<number, number> {
  const byApp = new Map<string, { readonly at: number; waiting: number }>();
  for (const { at, appId, counts } of entries) {
    if (counts.waiting === 0) continue;
    const key = `${at} ${appId}`;
    const waiting = Math.max(byApp.get(key)?.waiting ?? 0, counts.waiting);
    byApp.set(key, { at, waiting });
  }
  const byMinute = new Map<number, number>();
  for (const { at, waiting } of byApp.values()) byMinute.set(at, (byMinute.get(at) ?? 0) + waiting);
  return byMinute;
}
