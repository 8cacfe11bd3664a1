import type {
  AttemptReason,
  AttemptView,
  DeliveryReason,
  DisabledReason,
  EndpointState,
  SigningProfile,
  Format,
  Scope,
} from '@tocsin/shared';

/** Why one attempt failed, for people. Every code has its words: a new one does not compile without. */
export const attemptWords = {
  http_status: 'The endpoint answered with an error status',
  redirect: 'The endpoint answered with a redirect, which is never followed',
  gone: 'The endpoint answered 410: it asks to be left alone',
  destination_removed: 'The chat service says that this webhook no longer exists',
  destination_refused: 'The chat service took the message and refused it',
  timeout: 'No full answer came in time',
  connection_refused: 'The connection was refused: nothing listens there',
  connection_reset: 'The connection was cut before an answer came',
  connect_failed: 'No connection could be made',
  dns_failed: 'The host name could not be resolved',
  address_refused: 'The name points to an address that must not be called',
  tls_expired: 'The TLS certificate has expired',
  tls_untrusted: 'The TLS certificate is from nobody trusted',
  tls_wrong_host: 'The TLS certificate is for another host',
  tls_failed: 'No TLS connection could be made',
  bad_response: 'The answer was not proper HTTP',
  response_too_large: 'The answer was too large',
  protocol_upgrade: 'The endpoint answered by changing the protocol',
  internal_error: 'A fault on our side; it is tried again',
} as const satisfies Record<AttemptReason, string>;

export const deliveryWords = {
  awaiting_first_attempt: 'Waiting for its first attempt',
  awaiting_retry: 'Waiting for its next attempt',
  webhook_paused: 'Waiting: the webhook fails so often that only probes are sent',
  webhook_disabled: 'Waiting until the webhook is enabled again',
  retries_exhausted: 'All retries were used up',
  gone: 'The endpoint answered 410, which ends it',
  destination_removed: 'The chat webhook no longer exists',
  webhook_deleted: 'The webhook was deleted',
  cancelled_by_user: 'Cancelled by a person',
  undeliverable: 'It cannot be sent and was set aside',
  test_failed: 'A test ping, which is tried once',
} as const satisfies Record<DeliveryReason, string>;

export const disabledWords = {
  by_user: 'Switched off by a person',
  gone: 'Switched off because the endpoint answered 410',
  failing_too_long: 'Switched off after nothing but failure for days',
  destination_removed: 'Switched off because the chat webhook no longer exists',
} as const satisfies Record<DisabledReason, string>;

export const healthWords = {
  healthy: 'Healthy',
  failing: 'Failing',
  paused: 'Paused',
  disabled: 'Disabled',
} as const satisfies Record<EndpointState, string>;

export const profileWords = {
  standard: {
    name: 'Standard Webhooks',
    hint: 'Signed by the open specification. The choice for anything new.',
  },
  authon: { name: 'Authon', hint: 'The secret itself in X-Webhook-Secret, as Authon’s receivers expect it.' },
  authforge: {
    name: 'AuthForge',
    hint: 'An HMAC of the body in X-AuthForge-Signature, as AuthForge’s receivers expect it.',
  },
} as const satisfies Record<SigningProfile, { name: string; hint: string }>;

export const formatWords = {
  auto: {
    name: 'By the URL',
    hint: 'Discord and Slack addresses get a message for people, all others JSON.',
  },
  json: { name: 'JSON', hint: 'The event as it is.' },
  discord: { name: 'Discord message', hint: 'An embed, without secret or signature.' },
  slack: { name: 'Slack message', hint: 'Blocks, without secret or signature.' },
  teams: { name: 'Teams card', hint: 'For a Teams workflow that posts cards.' },
} as const satisfies Record<Format, { name: string; hint: string }>;

export const scopeWords = {
  '*': 'Everything within its account',
  'webhooks:read': 'See webhooks and apps',
  'webhooks:write': 'Create, change, test and delete webhooks and apps',
  'events:publish': 'Publish events',
  'events:read': 'Read events and the live tail',
  'deliveries:read': 'Read deliveries',
  'deliveries:write': 'Retry, replay and cancel deliveries',
  'keys:write': 'Create and revoke API keys',
  operator: 'The root token’s alone',
} as const satisfies Record<Scope, string>;

/** One attempt in a few words: `500`, `timeout`. */
export function attemptOutcome(attempt: Pick<AttemptView, 'reason' | 'statusCode'>): string {
  if (attempt.statusCode !== null) return String(attempt.statusCode);
  return attempt.reason === null ? 'delivered' : attempt.reason.replaceAll('_', ' ');
}

/** A reason code that may be of either kind, or newer than this page. */
export function reasonWords(reason: string): string {
  if (Object.hasOwn(deliveryWords, reason)) return deliveryWords[reason as DeliveryReason];
  if (Object.hasOwn(attemptWords, reason)) return attemptWords[reason as AttemptReason];
  if (Object.hasOwn(disabledWords, reason)) return disabledWords[reason as DisabledReason];
  return reason.replaceAll('_', ' ');
}
