import * as z from 'zod';
import { anyEventTypes, eventTypes } from './events/catalog.ts';
import { appId, webhookId } from './ids.ts';

/** How a request is headed and proven. See docs/receivers.md. */
export const profile = z.enum(['authon', 'authforge', 'standard']);
export type SigningProfile = z.output<typeof profile>;

/** The shape of the body. `auto` looks at the URL: Discord and Slack get a message, everything else JSON. */
export const format = z.enum(['auto', 'json', 'discord', 'slack', 'teams']);
export type Format = z.output<typeof format>;

/**
 * How `standard` signs: `hmac` with a shared secret (`v1`, `whsec_`), or `ed25519` with a private key that the receiver
 * never holds (`v1a`, verified with `whpk_`). The other profiles know `hmac` only.
 */
export const signing = z.enum(['hmac', 'ed25519']);
export type Signing = z.output<typeof signing>;

/** The event names a webhook may subscribe. The test pings are not among them. */
export const subscribableEvent = z.enum(eventTypes, {
  error: (issue) => `unknown event ${quote(issue.input)}; known events are ${eventTypes.join(', ')}`,
});

function quote(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 80)}"` : `of type ${typeof value}`;
}

/** 4 KiB: longer URLs are refused by common servers and by Keygen's contract. Judged further by the address guard. */
export const webhookUrl = z.string().min(1, 'must not be empty').max(4096, 'must be at most 4096 characters');

/**
 * Extra request headers, at most 32. Names are letters, digits and dashes; values visible ASCII. Names that the
 * platform sets or that steer the connection are refused by the server.
 */
export const customHeaders = z.record(z.string(), z.string().max(1024));

/** Requests per second that the endpoint is sent at most. Unset: only the cap on requests in flight applies. */
export const rateLimitPerSecond = z.number().min(0.1).max(10_000);

const writable = {
  url: webhookUrl,
  events: z
    .array(subscribableEvent)
    .min(1, 'must name at least one event')
    .max(200)
    .transform((names) => [...new Set(names)]),
  enabled: z.boolean(),
  profile,
  format,
  headers: customHeaders,
  description: z.string().max(500),
  rateLimit: rateLimitPerSecond.nullable(),
  signing,
};

export const createWebhookInput = z.strictObject({
  appId,
  url: writable.url,
  events: writable.events,
  enabled: writable.enabled.default(true),
  profile: writable.profile.default('standard'),
  format: writable.format.default('auto'),
  headers: writable.headers.optional(),
  description: writable.description.optional(),
  rateLimit: writable.rateLimit.optional(),
  signing: writable.signing.default('hmac'),
});
export type CreateWebhookInput = z.output<typeof createWebhookInput>;

/**
 * What becomes of deliveries that waited while a webhook was disabled: all are sent, all are cancelled, or those of events
 * accepted before `since` are cancelled and the others sent.
 */
export const backlog = z.union([
  z.enum(['send', 'cancel']),
  z.strictObject({ since: z.iso.datetime({ offset: true }) }),
]);
export type Backlog = z.output<typeof backlog>;

/**
 * Only the given fields change. A change of `signing` makes a new secret and signs with both for a day: the public key is
 * in the answer, and a shared secret is shown by `rotateSecret`.
 */
export const updateWebhookInput = z.strictObject({
  id: webhookId,
  url: writable.url.optional(),
  events: writable.events.optional(),
  enabled: writable.enabled.optional(),
  profile: writable.profile.optional(),
  format: writable.format.optional(),
  headers: writable.headers.optional(),
  description: writable.description.optional(),
  rateLimit: writable.rateLimit.optional(),
  signing: writable.signing.optional(),
  /** Only where `enabled` makes a disabled webhook enabled; `send` unless given. */
  backlog: backlog.optional(),
});
export type UpdateWebhookInput = z.output<typeof updateWebhookInput>;

/** The longest that an old secret stays in force: a week, for receivers that are deployed weekly. */
export const rotateSecretInput = z.strictObject({
  id: webhookId,
  /** Hours in which the old secret is still in force. 0 ends it, and all older ones, at once: for one that leaked. */
  overlapHours: z.number().min(0).max(168).default(24),
});
export type RotateSecretInput = z.output<typeof rotateSecretInput>;

/**
 * How an endpoint is doing.
 * `healthy` the last delivery succeeded, or none was made yet; `failing` some failed in a row; `paused` so many failed
 * that only single probes are sent; `disabled` nothing is sent.
 */
export const endpointState = z.enum(['healthy', 'failing', 'paused', 'disabled']);
export type EndpointState = z.output<typeof endpointState>;

export const disabledReason = z.enum(['by_user', 'gone', 'failing_too_long', 'destination_removed']);
export type DisabledReason = z.output<typeof disabledReason>;

export const endpointHealth = z.object({
  state: endpointState,
  /** Failed attempts since the last success. */
  failuresInARow: z.int(),
  lastSuccessAt: z.iso.datetime().nullable(),
  lastFailureAt: z.iso.datetime().nullable(),
  /** Reason code of the last failed attempt. */
  lastFailureReason: z.string().nullable(),
  /** Since when there was nothing but failure. */
  failingSince: z.iso.datetime().nullable(),
});
export type EndpointHealthView = z.output<typeof endpointHealth>;

/** A webhook as it is shown. A secret is in no view. */
export const webhookView = z.object({
  id: webhookId,
  appId: z.string(),
  url: z.string(),
  events: z.array(z.enum(anyEventTypes)),
  enabled: z.boolean(),
  disabledReason: disabledReason.nullable(),
  profile,
  format,
  headers: z.record(z.string(), z.string()),
  description: z.string().nullable(),
  rateLimit: z.number().nullable(),
  signing,
  /** `whpk_...` that receivers verify with; null unless `signing` is `ed25519`. */
  publicKey: z.string().nullable(),
  /** Until when a secret from before the last rotation is in force; null when only the newest is. */
  previousSecretUntil: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  lastDeliveryAt: z.iso.datetime().nullable(),
  health: endpointHealth,
});
export type WebhookView = z.output<typeof webhookView>;

/** The answer to `create` and `rotateSecret`: the only places where a secret is ever shown. */
export const createdWebhook = webhookView.extend({ secret: z.string() });
export type CreatedWebhook = z.output<typeof createdWebhook>;

/** The answer to `rotateSecret`. With `ed25519` the secret is the private key, and receivers need `publicKey` alone. */
export const rotatedWebhook = createdWebhook;
export type RotatedWebhook = CreatedWebhook;

export const testResult = z.object({
  /** Whether the endpoint answered 2xx. */
  delivered: z.boolean(),
  /** What it answered, or null when it did not. */
  statusCode: z.int().nullable(),
  /** Why not, as a reason code. */
  reason: z.string().nullable(),
  durationMs: z.number(),
  /** The first 2 KiB of the reply. */
  reply: z.string(),
  deliveryId: z.string(),
});
export type TestResult = z.output<typeof testResult>;

/** A look at a body before anything is sent. */
export const previewInput = z.strictObject({
  format: format.exclude(['auto']),
  event: z.enum(anyEventTypes),
  /** Only the body of `json` depends on it. */
  profile: profile.default('standard'),
});
export type PreviewInput = z.output<typeof previewInput>;

export const preview = z.object({
  format: format.exclude(['auto']),
  /** JSON text, as it would be sent for the event's example. */
  body: z.string(),
});
export type Preview = z.output<typeof preview>;
