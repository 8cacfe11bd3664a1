import type { AttemptReason, DeliveryStatus } from '@tocsin/shared';
import { toHref } from '../../lib/url-state.ts';

interface ListedDeliveries {
  readonly status?: DeliveryStatus;
  /** ISO 8601. */
  readonly since?: string;
  readonly until?: string;
  readonly type?: string;
  readonly cause?: AttemptReason;
  /** Class of the HTTP status of the last attempt. */
  readonly statusClass?: string;
}

/** The list of the deliveries of a webhook that a number stands for. */
export function toDeliveriesHref(webhookId: string, filter: ListedDeliveries = {}): string {
  return toHref('/deliveries', { webhook: webhookId, ...filter });
}

/** `5xx` for 503, `none` if no response arrived. */
export function toStatusClass(statusCode: number | null): string {
  return statusCode === null ? 'none' : `${Math.floor(statusCode / 100)}xx`;
}
