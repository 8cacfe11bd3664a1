import type { AttemptReason, DeliveryReason } from './delivery.ts';
import type { DisabledReason } from './webhook.ts';

/* Reason codes in words: for the admin UI, and for sentences of the server. */

/** Why an attempt failed. The type requires a label for every reason code. */
export const attemptReasonLabels = {
  http_status: 'The endpoint returned an error status',
  redirect: 'The endpoint returned a redirect, and redirects are not followed',
  gone: 'The endpoint returned 410 Gone',
  destination_removed: 'The chat service reports that this webhook no longer exists',
  destination_refused: 'The chat service rejected the message',
  timeout: 'The request timed out',
  connection_refused: 'The connection was refused',
  connection_reset: 'The connection was closed before a response arrived',
  connect_failed: 'The connection could not be established',
  dns_failed: 'The host name could not be resolved',
  address_refused: 'The host resolves to an address that is not allowed',
  tls_expired: 'The TLS certificate has expired',
  tls_untrusted: 'The TLS certificate is not trusted',
  tls_wrong_host: 'The TLS certificate does not match the host',
  tls_failed: 'The TLS handshake failed',
  bad_response: 'The response was not valid HTTP',
  response_too_large: 'The response was too large',
  protocol_upgrade: 'The endpoint tried to switch protocols',
  internal_error: 'Internal error; the delivery will be retried',
  not_sent: 'The request could not be sent; the endpoint is not the cause',
} as const satisfies Record<AttemptReason, string>;

/** Why a delivery is in its current status. */
export const deliveryReasonLabels = {
  awaiting_first_attempt: 'Waiting for the first attempt',
  awaiting_retry: 'Waiting for the next attempt',
  webhook_paused: 'Waiting because the webhook is paused after repeated failures',
  destination_limited: 'Waiting because the chat service limits requests',
  webhook_disabled: 'Waiting because the webhook is disabled',
  not_sent: 'Waiting because it could not be sent; the endpoint is not the cause',
  retries_exhausted: 'All retries failed',
  gone: 'The endpoint returned 410 Gone, so retries stopped',
  destination_removed: 'The chat webhook no longer exists',
  webhook_deleted: 'The webhook was deleted',
  cancelled_by_user: 'Cancelled by a user',
  not_subscribed: 'The webhook is not subscribed to the event any more',
  undeliverable: 'The delivery is corrupt and was quarantined',
  test_failed: 'Test pings are not retried',
} as const satisfies Record<DeliveryReason, string>;

/** Why a webhook is disabled. */
export const disabledReasonLabels = {
  by_user: 'Switched off by a user',
  gone: 'Disabled because the endpoint returned 410 Gone',
  failing_too_long: 'Disabled after days of continuous failures',
  destination_removed: 'Disabled because the chat webhook no longer exists',
} as const satisfies Record<DisabledReason, string>;

/**
 * The label of any reason code. Falls back to the code itself, because it can be of a newer release.
 */
export function toReasonLabel(reason: string): string {
  if (Object.hasOwn(deliveryReasonLabels, reason)) return deliveryReasonLabels[reason as DeliveryReason];
  if (Object.hasOwn(attemptReasonLabels, reason)) return attemptReasonLabels[reason as AttemptReason];
  if (Object.hasOwn(disabledReasonLabels, reason)) return disabledReasonLabels[reason as DisabledReason];
  return reason.replaceAll('_', ' ');
}

/** Why an attempt failed, as part of a sentence: `the endpoint returned 500`. */
export function describeAttempt(reason: AttemptReason, statusCode: number | null): string {
  if (reason === 'http_status' && statusCode !== null) return `the endpoint returned ${statusCode}`;
  const words = toWords(attemptReasonLabels[reason]);
  return statusCode === null || reason === 'gone' ? words : `${words} (HTTP ${statusCode})`;
}

/** Any reason as part of a sentence: `the request timed out`. */
export function describeReason(reason: string): string {
  return toWords(toReasonLabel(reason));
}

/** Why a webhook is disabled, as part of a sentence: `switched off by a user`. Null: by an older release. */
export function describeDisabled(reason: DisabledReason | null): string {
  return toWords(disabledReasonLabels[reason ?? 'by_user']);
}

function toWords(label: string): string {
  return `${label.slice(0, 1).toLowerCase()}${label.slice(1)}`;
}
