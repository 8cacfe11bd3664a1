import * as z from 'zod';
import { eventTypeName, eventTypeOrPattern, eventVersion, storedEventType } from './event-type.ts';
import { callKey } from './call-key.ts';
import { appId, webhookId } from './ids.ts';
import { pageCursor, pageSize } from './paging.ts';

export const profile = z
  .enum(['authon', 'authforge', 'standard'])
  .describe('The signing scheme and headers of a delivery.');
export type SigningProfile = z.output<typeof profile>;

export const format = z
  .enum(['auto', 'json', 'discord', 'slack', 'teams'])
  .describe(
    'The format of the body. `auto` selects it by the URL: a message for Discord and Slack, JSON ' +
      'for all others.',
  );
export type Format = z.output<typeof format>;

export const signing = z
  .enum(['hmac', 'ed25519'])
  .describe(
    'The signature of the profile `standard`:\n' +
      '- `hmac`: `v1` signatures with a shared secret, `whsec_...`.\n' +
      '- `ed25519`: `v1a` signatures with a private key. Receivers verify them with the public key, ' +
      '`whpk_...`.\n' +
      '\n' +
      'The other profiles support `hmac` only.',
  );
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

export const clientCertificateInput = z
  .strictObject({
    certificate: z.string().min(1).max(32_768).describe('The certificate in PEM. Its chain can follow.'),
    privateKey: z.string().min(1).max(16_384).describe('The private key in PEM, without a passphrase.'),
  })
  .describe(
    'A client certificate (mTLS). The receiver asks for it in the TLS handshake. Both parts are PEM. No call ' +
      'returns it again.',
  );
export type ClientCertificateInput = z.output<typeof clientCertificateInput>;

export const clientCertificateView = z
  .object({
    subject: z.string().describe('The subject of the certificate, such as `O=Example, CN=webhooks`.'),
    expiresAt: z.iso.datetime().describe('When the certificate expires. Receivers reject it from then on.'),
    fingerprint: z.string().describe('SHA-256 fingerprint of the certificate, such as `AB:CD:...`.'),
  })
  .describe('A client certificate, without its key.');
export type ClientCertificateView = z.output<typeof clientCertificateView>;

/** Fields that callers set, shared by create and update. An update replaces lists and maps as a whole. */
const writable = {
  url: webhookUrl.describe('Target of the deliveries: an https URL with a publicly routable host.'),
  events: z
    .array(eventTypeOrPattern)
    .min(1, 'must name at least one event')
    .max(200)
    .transform((names) => [...new Set(names)])
    .describe(
      'Event types to deliver, or patterns: `invoice.*` for all that start with `invoice.`, `*` for all. 1 to ' +
        '200. A pattern includes types that are added later. Duplicates are removed.',
    ),
  eventVersions: z
    .record(eventTypeName, eventVersion)
    .refine((versions) => Object.keys(versions).length <= 200, 'must name at most 200 event types')
    .describe(
      "Versions of event types, such as `{ 'invoice.paid': 1 }`, at most 200. The webhook gets the newest " +
        'version of all others.',
    ),
  enabled: z.boolean().describe('Whether deliveries are sent. While false, they stay pending.'),
  profile: profile.describe('The signing scheme and headers.'),
  format: format.describe('The format of the body.'),
  headers: customHeaders.describe('Custom request headers, at most 32.'),
  description: z.string().max(500).describe('A note for operators, at most 500 characters.'),
  rateLimit: rateLimitPerSecond
    .nullable()
    .describe('Maximum number of requests per second, 0.1 to 10,000. Null for no limit.'),
  signing: signing.describe(
    'The signature of the profile `standard`: a shared secret (`hmac`) or a key pair (`ed25519`).',
  ),
  clientCertificate: clientCertificateInput
    .nullable()
    .describe(
      'Client certificate for receivers that require one (mTLS). Null for none. Not used for chat services.',
    ),
};

const webhookRevision = z.int().nonnegative();

export const createWebhookInput = z
  .strictObject({
    appId: appId.describe('The app that the webhook belongs to.'),
    url: writable.url,
    events: writable.events,
    eventVersions: writable.eventVersions.optional(),
    enabled: writable.enabled.default(true),
    profile: writable.profile.default('standard'),
    format: writable.format.default('auto'),
    headers: writable.headers.optional(),
    description: writable.description.optional(),
    rateLimit: writable.rateLimit.optional(),
    signing: writable.signing.default('hmac'),
    clientCertificate: writable.clientCertificate.optional(),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `webhooks.create`.');
export type CreateWebhookInput = z.output<typeof createWebhookInput>;

const backlog = z
  .union([
    z.enum(['send', 'cancel']),
    z
      .strictObject({ since: z.iso.datetime({ offset: true }).describe('A time, ISO 8601.') })
      .describe('Cancels pending deliveries of events accepted before `since`, and sends the others.'),
  ])
  .describe(
    'What happens to the pending deliveries of a disabled webhook when it is enabled:\n' +
      '- `send`: all are sent.\n' +
      '- `cancel`: all are cancelled.\n' +
      '- `{ since }`: those of events accepted before this time (ISO 8601) are cancelled, the ' +
      'others are sent.',
  );
export type Backlog = z.output<typeof backlog>;

const pendingDeliveries = z
  .enum(['cancel', 'keep'])
  .describe(
    'What happens to the pending deliveries of event types that an update takes off a webhook:\n' +
      '- `cancel`: they are cancelled with the reason `not_subscribed`. A request in flight can ' +
      'still deliver its event.\n' +
      '- `keep`: they are sent.',
  );

export const updateWebhookInput = z
  .strictObject({
    id: webhookId.describe('The webhook to change.'),
    expectedRevision: webhookRevision
      .optional()
      .describe('The `revision` that the webhook must have. Default: any.'),
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
    backlog: backlog
      .optional()
      .describe(
        'What happens to pending deliveries. Only allowed together with `enabled: true` for a ' +
          "disabled webhook. Default: 'send'.",
      ),
    pendingDeliveries: pendingDeliveries
      .optional()
      .describe(
        'What happens to pending deliveries of the types that `events` no longer names. Only allowed ' +
          "together with `events`. Default: 'cancel'.",
      ),
  })
  .describe(
    'Input of `webhooks.update`. Only the given fields change. A masked `url` or header value, as ' +
      'readers see it, keeps the stored one.\n' +
      '\n' +
      'A change of `signing` generates a new secret. Deliveries are signed with both secrets for 24 ' +
      'hours.\n' +
      '\n' +
      'The profile `authon` sends the secret itself. A change to it, and a change of the origin of ' +
      '`url` under it, generate a new secret and end the old ones immediately.\n' +
      '\n' +
      'A change of the origin of `url` drops the client certificate and all custom headers that the ' +
      'same call does not give again, because they are credentials of the old receiver. ' +
      '`clientCertificate: null` removes the certificate.',
  );
export type UpdateWebhookInput = z.output<typeof updateWebhookInput>;

export const deleteWebhookInput = z
  .strictObject({
    id: webhookId.describe('The webhook to delete.'),
    expectedRevision: webhookRevision
      .optional()
      .describe('The `revision` that the webhook must have. Default: any.'),
  })
  .describe('Input of `webhooks.delete`.');

export const disabledBy = z
  .enum(['user', 'platform'])
  .describe(
    'Only webhooks that are disabled, by whom:\n' +
      '- `user`: a user switched them off.\n' +
      '- `platform`: the server disabled them; `disabledReason` says why.',
  );
export type DisabledBy = z.output<typeof disabledBy>;

export const listWebhooksInput = z
  .strictObject({
    appId: appId.describe('The app whose webhooks are listed.'),
    cursor: pageCursor.nullish().describe('The `nextCursor` of the previous page. Default: the first page.'),
    limit: pageSize.optional().describe('Page size, 1 to 200. Default: all webhooks of the app.'),
    search: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(200)
      .optional()
      .describe(
        'Words to search for in the description, the id, and the host and path of the URL. Each must begin a ' +
          'word there.',
      ),
    state: z
      .enum(['healthy', 'failing', 'paused', 'disabled'])
      .optional()
      .describe('Only webhooks in this state. Default: all.'),
    disabledBy: disabledBy.optional(),
  })
  .describe('Input of `webhooks.list`: the webhooks of an app, the oldest first.');
export type ListWebhooksInput = z.output<typeof listWebhooksInput>;

export const rotateSecretInput = z
  .strictObject({
    id: webhookId.describe('The webhook.'),
    overlapHours: z
      .number()
      .min(0)
      .max(168)
      .default(24)
      .describe(
        'How long the old secret stays valid, in hours, 0 to 168. 0 ends it and all older ones ' +
          'immediately, for a secret that leaked.',
      ),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `webhooks.rotateSecret`.');
export type RotateSecretInput = z.output<typeof rotateSecretInput>;

export const endpointState = z
  .enum(['healthy', 'failing', 'paused', 'disabled'])
  .describe(
    'Health of an endpoint:\n' +
      '- `healthy`: the last attempt succeeded, or there was none yet.\n' +
      '- `failing`: the last attempts failed.\n' +
      '- `paused`: the circuit breaker is open after too many consecutive failures, so only single ' +
      'probes are sent.\n' +
      '- `disabled`: nothing is sent.',
  );
export type EndpointState = z.output<typeof endpointState>;

export const disabledReason = z
  .enum(['by_user', 'gone', 'failing_too_long', 'destination_removed'])
  .describe('Why a webhook is disabled.');
export type DisabledReason = z.output<typeof disabledReason>;

export const endpointHealth = z
  .object({
    state: endpointState.describe('State of the endpoint.'),
    failuresInARow: z.int().describe('Number of failed attempts since the last success.'),
    lastSuccessAt: z.iso
      .datetime()
      .nullable()
      .describe('Time of the last successful attempt. Null if there was none.'),
    lastFailureAt: z.iso
      .datetime()
      .nullable()
      .describe('Time of the last failed attempt. Null if there was none.'),
    lastFailureReason: z.string().nullable().describe('Reason code of the last failed attempt.'),
    failingSince: z.iso
      .datetime()
      .nullable()
      .describe('Time of the first failure since the last success. Null if the last attempt succeeded.'),
  })
  .describe("Health of a webhook's endpoint.");
export type EndpointHealthView = z.output<typeof endpointHealth>;

export const webhookView = z
  .object({
    id: webhookId.describe('Id of the webhook.'),
    revision: webhookRevision.describe(
      'Number of the configuration, which starts at 1. Each change of the webhook raises it, also a ' +
        'new secret and disabling by the server. Webhooks from before this field start at 0.',
    ),
    appId: z.string().describe('The app that the webhook belongs to.'),
    url: z
      .string()
      .describe('Without `webhooks:write`, the tokens in the path and the values of the query are `••••`.'),
    events: z.array(z.string()).describe('Event types, or patterns such as `invoice.*`.'),
    eventVersions: z
      .record(z.string(), z.int())
      .describe('Versions that the webhook gets of some event types, by their names.'),
    enabled: z.boolean().describe('Whether deliveries are sent.'),
    disabledReason: disabledReason
      .nullable()
      .describe('Why the webhook is disabled. Null while it is enabled.'),
    profile: profile.describe('The signing scheme and headers.'),
    format: format.describe('The format of the body.'),
    headers: z
      .record(z.string(), z.string())
      .describe('Custom request headers. Without `webhooks:write`, each value is `••••`.'),
    description: z.string().nullable().describe('A note for operators. Null if there is none.'),
    rateLimit: z.number().nullable().describe('Maximum number of requests per second. Null for no limit.'),
    signing: signing.describe('The signature of the profile `standard`.'),
    publicKey: z
      .string()
      .nullable()
      .describe('Public key for receivers, `whpk_...`. Null unless `signing` is `ed25519`.'),
    clientCertificate: clientCertificateView
      .nullable()
      .describe('The client certificate, without its key. Null if there is none.'),
    previousSecretUntil: z.iso
      .datetime()
      .nullable()
      .describe('When the last of the previous secrets expires. Null if only the current secret is valid.'),
    createdAt: z.iso.datetime().describe('When the webhook was created.'),
    updatedAt: z.iso.datetime().describe('When the webhook was last changed.'),
    lastDeliveryAt: z.iso
      .datetime()
      .nullable()
      .describe('Time of the last delivery. Null if there was none.'),
    health: endpointHealth.describe("Health of the webhook's endpoint."),
  })
  .describe('A webhook, without its secret.');
export type WebhookView = z.output<typeof webhookView>;

export const createdWebhook = webhookView
  .extend({
    secret: z.string().describe('The secret. Store it: no other response contains it.'),
  })
  .describe(
    'Result of `webhooks.create`. Only this result and those of `webhooks.rotateSecret` and ' +
      '`webhooks.update` contain a secret, each only when it is new.',
  );
export type CreatedWebhook = z.output<typeof createdWebhook>;

export const updatedWebhook = webhookView
  .extend({
    secret: z.string().optional().describe('The new secret. Missing unless the update generated one.'),
    droppedHeaders: z
      .array(z.string())
      .optional()
      .describe(
        "Names of the custom headers that a change of the URL's origin dropped. Missing if there are " +
          'none.',
      ),
    droppedClientCertificate: z
      .literal(true)
      .optional()
      .describe("True if a change of the URL's origin dropped the client certificate. Missing otherwise."),
  })
  .describe('Result of `webhooks.update`.');
export type UpdatedWebhook = z.output<typeof updatedWebhook>;

export const rotatedWebhook = webhookView
  .extend({
    secret: z.string().describe('The new secret. Store it: no other response contains it.'),
  })
  .describe(
    'Result of `webhooks.rotateSecret`. With `ed25519`, `secret` is the private key; receivers ' +
      'need only `publicKey`.',
  );
export type RotatedWebhook = z.output<typeof rotatedWebhook>;

export const testResult = z
  .object({
    delivered: z.boolean().describe('Whether the endpoint accepted the test ping.'),
    statusCode: z
      .int()
      .nullable()
      .describe('HTTP status of the response, also of one that broke off after it. Null if none arrived.'),
    reason: z.string().nullable().describe('Reason code of the failure. Null if the ping was delivered.'),
    durationMs: z.number().describe('Duration of the attempt, in ms.'),
    reply: z
      .string()
      .describe("The first 2 KiB of the response body, with the webhook's credentials redacted."),
    deliveryId: z.string().describe('Id of the delivery of the test ping.'),
  })
  .describe('Result of `webhooks.test`.');
export type TestResult = z.output<typeof testResult>;

export const previewInput = z
  .strictObject({
    format: format.exclude(['auto']).describe('The format of the body.'),
    event: storedEventType.describe('The event type whose example is shown.'),
    version: eventVersion.optional().describe('Version of the event type. Default: the newest one.'),
    profile: profile.default('standard').describe('Affects only the format `json`.'),
  })
  .describe('Input of `webhooks.preview`.');
export type PreviewInput = z.output<typeof previewInput>;

export const preview = z
  .object({
    format: format.exclude(['auto']).describe('The format of the body.'),
    body: z.string().describe('The body that would be sent for the example of the event, as JSON text.'),
  })
  .describe('Result of `webhooks.preview`.');
export type Preview = z.output<typeof preview>;
