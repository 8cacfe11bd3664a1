import type { AttemptReason, DeliveryReason, DeliveryStatus, StatusClass } from '@tocsin/shared';
import type { Attempt, Delivery } from './delivery.ts';

/* What filters of deliveries mean. Stores answer the same by queries. */

/** The statuses of deliveries that are not delivered. */
export const undeliveredStatuses = [
  'pending',
  'failed',
  'cancelled',
] as const satisfies readonly DeliveryStatus[];

/** The only status that a delivery with a reason has. */
export const statusOfReason: Readonly<Record<DeliveryReason, DeliveryStatus>> = {
  awaiting_first_attempt: 'pending',
  awaiting_retry: 'pending',
  webhook_paused: 'pending',
  destination_limited: 'pending',
  webhook_disabled: 'pending',
  not_sent: 'pending',
  retries_exhausted: 'failed',
  gone: 'failed',
  destination_removed: 'failed',
  webhook_deleted: 'cancelled',
  cancelled_by_user: 'cancelled',
  not_subscribed: 'cancelled',
  undeliverable: 'failed',
  test_failed: 'failed',
};

/** The lowest and the highest status of a class. */
export const statusRanges: Readonly<Record<Exclude<StatusClass, 'none'>, readonly [number, number]>> = {
  '1xx': [100, 199],
  '2xx': [200, 299],
  '3xx': [300, 399],
  '4xx': [400, 499],
  '5xx': [500, 599],
};

export function hasStatusClass({ attempts }: Delivery, statusClass: StatusClass): boolean {
  const last = attempts.at(-1);
  if (last === undefined) return false;
  if (statusClass === 'none') return last.statusCode === null;
  const [lowest, highest] = statusRanges[statusClass];
  return last.statusCode !== null && last.statusCode >= lowest && last.statusCode <= highest;
}

export function hasCause({ status, attempts }: Delivery, cause: AttemptReason): boolean {
  return status !== 'delivered' && attempts.at(-1)?.reason === cause;
}

export function tookAtLeast({ attempts }: Delivery, durationMs: number): boolean {
  const last: Attempt | undefined = attempts.at(-1);
  return last !== undefined && last.durationMs >= durationMs;
}
