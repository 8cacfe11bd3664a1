import * as z from 'zod';
import { apiKeyId, appId } from './ids.ts';
import { pageFields } from './paging.ts';

/** Everything that is put on record. Stable names: alerts may match on them. */
export const auditAction = z.enum([
  'account.created',
  'app.created',
  'app.deleted',
  'key.created', // the key was shown
  'key.revoked',
  'webhook.created', // the secret was shown
  'webhook.updated', // details.changed: the names of the fields
  'webhook.deleted',
  'webhook.tested',
  'webhook.secret_rotated', // the new secret was shown
  'webhook.disabled', // by the platform; details.reason
  'delivery.retried',
  'deliveries.replayed',
  'deliveries.cancelled',
  'encryption_key.rotated',
]);
export type AuditAction = z.output<typeof auditAction>;

export const auditActor = z.object({
  /** `root` the operator's token; `key` an API key; `system` the platform itself. */
  kind: z.enum(['root', 'key', 'system']),
  keyId: apiKeyId.nullable(),
  /** The first characters of the key, as its list shows them. */
  keyPrefix: z.string().nullable(),
});

/** Who did what to what, when, and from where. Never holds a secret: fields are told by their names. */
export const auditEntryView = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  action: auditAction,
  actor: auditActor,
  /** The account that it concerns; null for what concerns the whole installation. */
  accountId: z.string().nullable(),
  appId: z.string().nullable(),
  /** Id of the webhook, key, app, account or delivery. */
  targetId: z.string().nullable(),
  /** Where the request came from. Null for `system`, and for `root` when an API key asks: the operator's is private. */
  address: z.string().nullable(),
  requestId: z.string().nullable(),
  details: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]),
  ),
});
export type AuditEntryView = z.output<typeof auditEntryView>;
export type AuditActor = AuditEntryView['actor'];
export type AuditDetails = AuditEntryView['details'];

/** The filters of `auditLog.list`. An entry is listed if it matches all that are given. */
export const auditFilter = z.strictObject({ appId: appId.optional(), action: auditAction.optional() });
export type AuditFilter = z.output<typeof auditFilter>;

export const listAuditEntriesInput = auditFilter.extend(pageFields).prefault({});
export type ListAuditEntriesInput = z.input<typeof listAuditEntriesInput>;
