import type { DeliveryStatus } from '@tocsin/shared';

/** Upper bounds of the latency classes, ms. The last class has no bound. Most precise at usual latencies. */
export const latencyBoundsMs = [
  2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 30_000, 300_000, 3_600_000,
] as const;

/** The activity of one app in one minute. */
export interface ActivityCounts {
  accepted: number;
  /** Deliveries of the accepted events. */
  deliveries: number;
  delivered: number;
  failed: number;
  cancelled: number;
  /** Requests to receivers, also those of deliveries that are tried again. */
  attempts: number;
  failedAttempts: number;
  /** Failed requests whose delivery is tried again. */
  retried: number;
  /** Deliveries that waited for their next attempt, when they were counted last. Not a sum over time. */
  waiting: number;
  /** Successful deliveries by latency class. One class more than there are bounds. */
  latency: number[];
}

/** Returns counts of 0. */
export function noActivity(): ActivityCounts {
  return {
    accepted: 0,
    deliveries: 0,
    delivered: 0,
    failed: 0,
    cancelled: 0,
    attempts: 0,
    failedAttempts: 0,
    retried: 0,
    waiting: 0,
    latency: Array.from({ length: latencyBoundsMs.length + 1 }, () => 0),
  };
}

/** What a result of a delivery adds to the counts. */
export interface CountedResult {
  readonly status: DeliveryStatus;
  /** Undefined: the delivery went on or ended without a request. */
  readonly hasSucceeded: boolean | undefined;
  /** Time since the event was accepted. */
  readonly latencyMs: number;
}

export function countResult(
  counts: ActivityCounts,
  { status, hasSucceeded, latencyMs }: CountedResult,
): void {
  if (hasSucceeded !== undefined) counts.attempts++;
  if (hasSucceeded === false) counts.failedAttempts++;
  if (hasSucceeded === false && status === 'pending') counts.retried++;
  if (status === 'pending') return;
  counts[status]++;
  if (status !== 'delivered') return;
  const found = latencyBoundsMs.findIndex((bound) => latencyMs <= bound);
  const index = found === -1 ? latencyBoundsMs.length : found;
  counts.latency[index] = (counts.latency[index] ?? 0) + 1;
}

/** Adds `more` to `into`, except what is not a sum over time. */
export function addCounts(into: ActivityCounts, more: ActivityCounts): void {
  into.accepted += more.accepted;
  into.deliveries += more.deliveries;
  into.delivered += more.delivered;
  into.failed += more.failed;
  into.cancelled += more.cancelled;
  into.attempts += more.attempts;
  into.failedAttempts += more.failedAttempts;
  into.retried += more.retried;
  for (const [index, count] of more.latency.entries())
    into.latency[index] = (into.latency[index] ?? 0) + count;
}

/**
 * Estimates the latency that a share (0 to 1) of deliveries did not exceed, ms. Interpolates within a class.
 * Null without deliveries.
 */
export function latencyQuantile(latency: readonly number[], share: number): number | null {
  const total = latency.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let below = 0;
  for (const [index, count] of latency.entries()) {
    const lower = index === 0 ? 0 : (latencyBoundsMs[index - 1] ?? 0);
    const upper = latencyBoundsMs[index] ?? lower;
    if (count > 0 && below + count >= total * share) {
      return Math.round((lower + ((upper - lower) * (total * share - below)) / count) * 10) / 10;
    }
    below += count;
  }
  return null;
}
