import type { DeliveryStatus } from '@tocsin/shared';

/** Upper bounds of the latency classes, ms. The last class has none. Fine where receivers usually are. */
export const latencyBoundsMs = [
  2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 30_000, 300_000, 3_600_000,
] as const;

/** What happened in one minute of one app. */
export interface ActivityCounts {
  accepted: number;
  delivered: number;
  failed: number;
  cancelled: number;
  /** Deliveries by latency class: as many as there are bounds, and one more. */
  latency: number[];
}

export function noActivity(): ActivityCounts {
  return {
    accepted: 0,
    delivered: 0,
    failed: 0,
    cancelled: 0,
    latency: Array.from({ length: latencyBoundsMs.length + 1 }, () => 0),
  };
}

export function countFinished(counts: ActivityCounts, status: DeliveryStatus, latencyMs: number): void {
  if (status === 'pending') return;
  counts[status]++;
  if (status !== 'delivered') return;
  const found = latencyBoundsMs.findIndex((bound) => latencyMs <= bound);
  const index = found === -1 ? latencyBoundsMs.length : found;
  counts.latency[index] = (counts.latency[index] ?? 0) + 1;
}

export function addCounts(into: ActivityCounts, more: ActivityCounts): void {
  into.accepted += more.accepted;
  into.delivered += more.delivered;
  into.failed += more.failed;
  into.cancelled += more.cancelled;
  for (const [index, count] of more.latency.entries())
    into.latency[index] = (into.latency[index] ?? 0) + count;
}

/** The latency that a share of deliveries did not exceed, as precise as the classes are; null without deliveries. */
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
