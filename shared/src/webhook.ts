import * as z from 'zod';
import { eventTypeName, eventTypeOrPattern, eventVersion, storedEventType } from './event-type.ts';
import { appId, webhookId } from './ids.ts';
import { pageCursor, pageSize } from './paging.ts';

/** The signing scheme and headers of a delivery. See docs/receivers.md. */
export const profile = z.enum(['authon', 'authforge', 'standard']);
export type SigningProfile = z.output<typeof profile>;

/**
 * The format of the body. `auto` selects it by the URL: a message for Discord and Slack, JSON for all others.
 */
export const format = z.enum(['auto', 'json', 'discord', 'slack', 'teams']);
export type Format = z.output<typeof format>;

/**
 * The signature of the profile `standard`:
 * - `hmac`: `v1` signatures with a shared secret, `whsec_...`.
 * - `ed25519`: `v1a` signatures with a private key. Receivers verify them with the public key, `whpk_...`.
 *
 * The other profiles support `hmac` only.
 */
export const signing = z.enum(['hmac', 'ed25519']);
export type Signing = z.output<typeof signing>;

/**
 * URL of a webhook, at most 4096 characters, because common servers reject longer ones. The SSRF guard checks
 * the rest.
 */
export const webhookUrl = z.string().min(1).max(4096);

/**
 * Custom request headers, at most 32. Names consist of letters, digits and dashes, values of visible ASCII
 * characters. The server rejects names that the platform sets or that control the connection.
 */
export const customHeaders = z.record(z.string(), z.string().max(1024));

/**
 * Maximum number of requests per second, 0.1 to 10,000. Without it, only the limit on concurrent requests
 * applies.
 */
export const rateLimitPerSecond = z.number().min(0.1).max(10_000);

/**
 * A client certificate (mTLS). The receiver asks for it in the TLS handshake. Both parts are PEM; the certificate may be
 * followed by its chain, and the key has no passphrase. No call returns it again; views show `clientCertificateView`.
 */
export const clientCertificateInput = z.strictObject({
  certificate: z.string().min(1).max(32_768),
  privateKey: z.string().min(1).max(16_384),
});
export type ClientCertificateInput = z.output<typeof clientCertificateInput>;

/** What readers see of a client certificate. */
export const clientCertificateView = z.object({
  /** The subject of the certificate, such as `O=Example, CN=webhooks`. */
  subject: z.string(),
  /** When the certificate expires. Receivers reject it from then on. */
  expiresAt: z.iso.datetime(),
  /** SHA-256 fingerprint of the certificate, such as `AB:CD:...`. */
  fingerprint: z.string(),
});
export type ClientCertificateView = z.output<typeof clientCertificateView>;

/** Fields that callers set, shared by create and update. */
const writable = {
  url: webhookUrl,
  events: z
    .array(eventTypeOrPattern)
    .min(1, 'must name at least one event')
    .max(200)
    .transform((names) => [...new Set(names)]),
  eventVersions: z
    .record(eventTypeName, eventVersion)
    .refine((versions) => Object.keys(versions).length <= 200, 'must name at most 200 event types'),
  enabled: z.boolean(),
  profile,
  format,
  headers: customHeaders,
  description: z.string().max(500),
  rateLimit: rateLimitPerSecond.nullable(),
  signing,
  clientCertificate: clientCertificateInput.nullable(),
};

/** Input of `webhooks.create`. */
export const createWebhookInput = z.strictObject({
  appId,
  /** Target of the deliveries: an https URL with a publicly routable host. */
  url: writable.url,
  /**
   * Event types to deliver, or patterns: `invoice.*` for all that start with `invoice.`, `*` for all. 1 to 200.
   * A pattern includes types that are added later. Duplicates are removed.
   */
  events: writable.events,
  /**
   * Versions of event types, such as `{ 'invoice.paid': 1 }`. The webhook gets the newest version of all others.
   * @default none
   */
  eventVersions: writable.eventVersions.optional(),
  /** @default true */
  enabled: writable.enabled.default(true),
  /**
   * The signing scheme and headers.
   * @default 'standard'
   */
  profile: writable.profile.default('standard'),
  /**
   * The format of the body.
   * @default 'auto'
   */
  format: writable.format.default('auto'),
  /** Custom request headers. */
  headers: writable.headers.optional(),
  /** A note for operators, at most 500 characters. */
  description: writable.description.optional(),
  /**
   * Maximum number of requests per second; null for no limit.
   * @default null
   */
  rateLimit: writable.rateLimit.optional(),
  /**
   * The signature of the profile `standard`: a shared secret (`hmac`) or a key pair (`ed25519`).
   * @default 'hmac'
   */
  signing: writable.signing.default('hmac'),
  /**
   * Client certificate for receivers that require one (mTLS); null for none. Not used for chat services.
   * @default null
   */
  clientCertificate: writable.clientCertificate.optional(),
});
export type CreateWebhookInput = z.output<typeof createWebhookInput>;

/**
 * What happens to the pending deliveries of a disabled webhook when it is enabled:
 * - `send`: all are sent.
 * - `cancel`: all are cancelled.
 * - `{ since }`: those of events accepted before this time (ISO 8601) are cancelled, the others are sent.
 */
const backlog = z.union([
  z.enum(['send', 'cancel']),
  z.strictObject({ since: z.iso.datetime({ offset: true }) }),
]);
export type Backlog = z.output<typeof backlog>;

/**
 * What happens to the pending deliveries of event types that an update takes off a webhook:
 * - `cancel`: they are cancelled with the reason `not_subscribed`. A request in flight can still deliver its
 *   event.
 * - `keep`: they are sent.
 */
const pendingDeliveries = z.enum(['cancel', 'keep']);

/**
 * Input of `webhooks.update`. Only the given fields change. A masked `url` or header value, as readers see
 * it, keeps the stored one.
 *
 * A change of `signing` generates a new secret. Deliveries are signed with both secrets for 24 hours.
 *
 * The profile `authon` sends the secret itself. A change to it, and a change of the origin of `url` under it,
 * generate a new secret and end the old ones immediately.
 *
 * A change of the origin of `url` drops the client certificate and all custom headers that the same call does not
 * give again, because they are credentials of the old receiver. `clientCertificate: null` removes the certificate.
 */
export const updateWebhookInput = z.strictObject({
  id: webhookId,
  url: writable.url.optional(),
  events: writable.events.optional(),
  eventVersions: writable.eventVersions.optional(),
  enabled: writable.enabled.optional(),
  profile: writable.profile.optional(),
  format: writable.format.optional(),
  headers: writable.headers.optional(),
  description: writable.description.optional(),
  rateLimit: writable.rateLimit.optional(),
  signing: writable.signing.optional(),
  clientCertificate: writable.clientCertificate.optional(),
  /**
   * What happens to pending deliveries. Only allowed together with `enabled: true` for a disabled webhook.
   * @default 'send'
   */
  backlog: backlog.optional(),
  /**
   * What happens to pending deliveries of the types that `events` no longer names. Only allowed together with
   * `events`.
   * @default 'cancel'
   */
  pendingDeliveries: pendingDeliveries.optional(),
});
export type UpdateWebhookInput = z.output<typeof updateWebhookInput>;

/** Input of `webhooks.list`: the webhooks of an app, the oldest first. */
export const listWebhooksInput = z.strictObject({
  appId,
  cursor: pageCursor.nullish(),
  /**
   * Page size, 1 to 200.
   * @default all webhooks of the app
   */
  limit: pageSize.optional(),
});
export type ListWebhooksInput = z.output<typeof listWebhooksInput>;

/** Input of `webhooks.rotateSecret`. */
export const rotateSecretInput = z.strictObject({
  id: webhookId,
  /**
   * How long the old secret stays valid, in hours, 0 to 168. 0 ends it and all older ones immediately, for a
   * secret that leaked.
   * @default 24
   */
  overlapHours: z.number().min(0).max(168).default(24),
});
export type RotateSecretInput = z.output<typeof rotateSecretInput>;

/**
 * Health of an endpoint:
 * - `healthy`: the last attempt succeeded, or there was none yet.
 * - `failing`: the last attempts failed.
 * - `paused`: the circuit breaker is open after too many consecutive failures, so only single probes are
 *   sent.
 * - `disabled`: nothing is sent.
 */
export const endpointState = z.enum(['healthy', 'failing', 'paused', 'disabled']);
export type EndpointState = z.output<typeof endpointState>;

/** Why a webhook is disabled. */
export const disabledReason = z.enum(['by_user', 'gone', 'failing_too_long', 'destination_removed']);
export type DisabledReason = z.output<typeof disabledReason>;

/** Health of a webhook's endpoint. */
export const endpointHealth = z.object({
  state: endpointState,
  /** Number of failed attempts since the last success. */
  failuresInARow: z.int(),
  lastSuccessAt: z.iso.datetime().nullable(),
  lastFailureAt: z.iso.datetime().nullable(),
  /** Reason code of the last failed attempt. */
  lastFailureReason: z.string().nullable(),
  /** Time of the first failure since the last success. Null if the last attempt succeeded. */
  failingSince: z.iso.datetime().nullable(),
});
export type EndpointHealthView = z.output<typeof endpointHealth>;

/** A webhook, without its secret. */
export const webhookView = z.object({
  id: webhookId,
  appId: z.string(),
  /** Without `webhooks:write`, the tokens in the path and the values of the query are `••••`. */
  url: z.string(),
  /** Event types, or patterns such as `invoice.*`. */
  events: z.array(z.string()),
  /** Versions that the webhook gets of some event types, by their names. */
  eventVersions: z.record(z.string(), z.int()),
  enabled: z.boolean(),
  /** Null while the webhook is enabled. */
  disabledReason: disabledReason.nullable(),
  profile,
  format,
  /** Custom request headers. Without `webhooks:write`, each value is `••••`. */
  headers: z.record(z.string(), z.string()),
  description: z.string().nullable(),
  /** Maximum number of requests per second. Null for no limit. */
  rateLimit: z.number().nullable(),
  signing,
  /** Public key for receivers, `whpk_...`. Null unless `signing` is `ed25519`. */
  publicKey: z.string().nullable(),
  /** The client certificate, without its key. Null if there is none. */
  clientCertificate: clientCertificateView.nullable(),
  /** When the last of the previous secrets expires. Null if only the current secret is valid. */
  previousSecretUntil: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Time of the last delivery. Null if there was none. */
  lastDeliveryAt: z.iso.datetime().nullable(),
  health: endpointHealth,
});
export type WebhookView = z.output<typeof webhookView>;

/**
 * Result of `webhooks.create`. Only this result and those of `webhooks.rotateSecret` and `webhooks.update`
 * contain a secret, each only when it is new.
 */
export const createdWebhook = webhookView.extend({ secret: z.string() });
export type CreatedWebhook = z.output<typeof createdWebhook>;

/** Result of `webhooks.update`. */
export const updatedWebhook = webhookView.extend({
  /** The new secret. Missing unless the update generated one. */
  secret: z.string().optional(),
  /** Names of the custom headers that a change of the URL's origin dropped. Missing if there are none. */
  droppedHeaders: z.array(z.string()).optional(),
  /** True if a change of the URL's origin dropped the client certificate. Missing otherwise. */
  droppedClientCertificate: z.literal(true).optional(),
});
export type UpdatedWebhook = z.output<typeof updatedWebhook>;

/**
 * Result of `webhooks.rotateSecret`. With `ed25519`, `secret` is the private key; receivers need only
 * `publicKey`.
 */
export const rotatedWebhook = webhookView.extend({ secret: z.string() });
export type RotatedWebhook = z.output<typeof rotatedWebhook>;

/** Result of `webhooks.test`. */
export const testResult = z.object({
  /** Whether the endpoint accepted the test ping. */
  delivered: z.boolean(),
  /** HTTP status of the response, also of one that broke off after it. Null if none arrived. */
  statusCode: z.int().nullable(),
  /** Reason code of the failure. Null if the ping was delivered. */
  reason: z.string().nullable(),
  /** Duration of the attempt, in ms. */
  durationMs: z.number(),
  /** The first 2 KiB of the response body, with the webhook's credentials redacted. */
  reply: z.string(),
  deliveryId: z.string(),
});
export type TestResult = z.output<typeof testResult>;

/** Input of `webhooks.preview`. */
export const previewInput = z.strictObject({
  format: format.exclude(['auto']),
  event: storedEventType,
  /**
   * Version of the event type.
   * @default the newest one
   */
  version: eventVersion.optional(),
  /**
   * Affects only the format `json`.
   * @default 'standard'
   */
  profile: profile.default('standard'),
});
export type PreviewInput = z.output<typeof previewInput>;

/** Result of `webhooks.preview`. */
export const preview = z.object({
  format: format.exclude(['auto']),
  /** The body that would be sent for the example of the event, as JSON text. */
  body: z.string(),
});
export type Preview = z.output<typeof preview>;
