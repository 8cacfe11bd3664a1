import type {
  AttemptReason,
  AttemptView,
  DeliveryReason,
  DisabledReason,
  EndpointState,
  SigningProfile,
  Format,
  LimitName,
  Scope,
} from '@tocsin/shared';

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

export const healthLabels = {
  healthy: 'Healthy',
  failing: 'Failing',
  paused: 'Paused',
  disabled: 'Disabled',
} as const satisfies Record<EndpointState, string>;

export const profileLabels = {
  standard: {
    name: 'Standard Webhooks',
    hint: 'Signed according to the Standard Webhooks specification. Recommended for new receivers.',
  },
  authon: { name: 'Authon', hint: 'Sends the secret in X-Webhook-Secret, as Authon receivers expect.' },
  authforge: {
    name: 'AuthForge',
    hint: 'Sends an HMAC of the body in X-AuthForge-Signature, as AuthForge receivers expect.',
  },
} as const satisfies Record<SigningProfile, { name: string; hint: string }>;

export const formatLabels = {
  auto: {
    name: 'Auto-detect',
    hint: 'Discord and Slack URLs receive chat messages. All other URLs receive JSON.',
  },
  json: { name: 'JSON', hint: 'The event as JSON.' },
  discord: { name: 'Discord message', hint: 'An embed, without a secret or signature.' },
  slack: { name: 'Slack message', hint: 'Blocks, without a secret or signature.' },
  teams: { name: 'Teams card', hint: 'For a Teams workflow that posts Adaptive Cards.' },
} as const satisfies Record<Format, { name: string; hint: string }>;

export const scopeLabels = {
  '*': 'Full access to the account',
  'webhooks:read': 'View webhooks and apps',
  'webhooks:write': 'Create, edit, test and delete webhooks',
  'apps:write': 'Create and delete apps',
  'events:publish': 'Publish events',
  'events:read': 'View events and the live tail',
  'events:consume': 'Move and delete consumers of the feed',
  'deliveries:read': 'View deliveries',
  'deliveries:write': 'Retry, replay and cancel deliveries',
  'keys:write': 'Create and revoke API keys',
  'catalog:write': 'Register and delete event types',
  operator: 'Root token only',
} as const satisfies Record<Scope, string>;

/** The limits of an account. */
export const limitLabels = {
  apps: 'Apps',
  webhooks: 'Webhooks of all apps',
  keys: 'Valid API keys',
  replays: 'Running replays',
  changesPerHour: 'Changes this hour',
  changesPerDay: 'Changes today (UTC)',
  callsPerSecond: 'Burst of calls',
  eventsPerSecond: 'Burst of events',
} as const satisfies Record<LimitName, string>;

/** The result of an attempt in a few words: `500`, `timeout`. */
export function toAttemptSummary(attempt: Pick<AttemptView, 'reason' | 'statusCode'>): string {
  if (attempt.statusCode !== null) return String(attempt.statusCode);
  return attempt.reason === null ? 'delivered' : attempt.reason.replaceAll('_', ' ');
}

/**
 * The label of any reason code. Falls back to the code itself, because the server may be newer than this
 * page.
 */
export function toReasonLabel(reason: string): string {
  if (Object.hasOwn(deliveryReasonLabels, reason)) return deliveryReasonLabels[reason as DeliveryReason];
  if (Object.hasOwn(attemptReasonLabels, reason)) return attemptReasonLabels[reason as AttemptReason];
  if (Object.hasOwn(disabledReasonLabels, reason)) return disabledReasonLabels[reason as DisabledReason];
  return reason.replaceAll('_', ' ');
}
