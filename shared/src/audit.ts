import * as z from 'zod';
import { apiKeyId, appId } from './ids.ts';
import { pageFields } from './paging.ts';

/** Actions in the audit log. The names are stable, so alerts can match on them. */
export const auditAction = z.enum([
  'account.created',
  'account.limits_changed', // details.changed: names of the changed limits
  'app.created',
  'app.deleted', // starts the erasure of what the app had; details.webhooks: their ids
  'app.erased', // by the platform; details: the numbers of erased objects
  'key.created', // the response contained the key
  'key.rotated', // the response contained the new key
  'key.revoked', // details.descendants: how many keys created by it ended too
  'webhook.created', // the response contained the secret
  'webhook.updated', // details.changed: names of the changed fields; secretReplaced; droppedHeaders: names
  'webhook.deleted',
  'webhook.tested',
  'webhook.secret_rotated', // the response contained the new secret
  'webhook.disabled', // by the platform; details.reason
  'delivery.retried',
  'deliveries.replayed',
  'deliveries.cancelled',
  'event_type.registered', // details.types: names of the types that changed
  'event_type.deleted', // details.type
  'encryption_key.rotated',
]);
export type AuditAction = z.output<typeof auditAction>;

/** The caller that performed an action. */
export const auditActor = z.object({
  /**
   * `root`: the operator's token; `key`: an API key; `token`: an access token of an OpenID Connect issuer;
   * `system`: the platform itself.
   */
  kind: z.enum(['root', 'key', 'token', 'system']),
  /** Null unless `kind` is `key`. */
  keyId: apiKeyId.nullable(),
  /** The first characters of the key, as `keys.list` shows them. */
  keyPrefix: z.string().nullable(),
  /** The claim `iss` of the access token. Null unless `kind` is `token`. */
  issuer: z.string().nullable(),
  /** The claim `sub` of the access token. Null unless `kind` is `token`. */
  subject: z.string().nullable(),
});

/** One entry of the audit log. Contains no secrets: changed fields appear by name only. */
export const auditEntryView = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  action: auditAction,
  actor: auditActor,
  /** The affected account. Null if the action affects the whole installation. */
  accountId: z.string().nullable(),
  /** The affected app, if any. */
  appId: z.string().nullable(),
  /** Id of the affected webhook, key, app, account or delivery. */
  targetId: z.string().nullable(),
  /**
   * Client address of the request. Null for `system`. Also null for `root` when an API key reads the log,
   * because the operator's address is private.
   */
  address: z.string().nullable(),
  /** Id of the request, as in the server's log. */
  requestId: z.string().nullable(),
  /** Further facts, depending on the action. */
  details: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]),
  ),
});
export type AuditEntryView = z.output<typeof auditEntryView>;
export type AuditActor = AuditEntryView['actor'];
export type AuditDetails = AuditEntryView['details'];

/** Filters of `auditLog.list`. Entries match all given filters. */
export const auditFilter = z.strictObject({ appId: appId.optional(), action: auditAction.optional() });
export type AuditFilter = z.output<typeof auditFilter>;

export const listAuditEntriesInput = auditFilter.extend(pageFields).prefault({});
export type ListAuditEntriesInput = z.input<typeof listAuditEntriesInput>;
