import type {
  AttemptView,
  DeliveryStatus,
  EndpointState,
  SigningProfile,
  Format,
  LimitName,
  Scope,
} from '@tocsin/shared';

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

export const deliveryStatusLabels = {
  delivered: 'Delivered',
  pending: 'Pending',
  failed: 'Failed',
  cancelled: 'Cancelled',
} as const satisfies Record<DeliveryStatus, string>;

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
