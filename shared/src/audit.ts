import * as z from 'zod';
import { apiKeyId, appId } from './ids.ts';
import { pageFields } from './paging.ts';

export const auditAction = z
  .enum([
    'account.created',
    'account.limits_changed',
    'app.created',
    'app.deleted',
    'app.erased',
    'key.created',
    'key.rotated',
    'key.revoked',
    'webhook.created',
    'webhook.updated',
    'webhook.deleted',
    'webhook.tested',
    'webhook.sample_sent',
    'webhook.backlog_sent',
    'webhook.secret_rotated',
    'webhook.disabled',
    'incident.snoozed',
    'incident.noted',
    'delivery.retried',
    'delivery.resent',
    'deliveries.retried',
    'deliveries.replayed',
    'deliveries.cancelled',
    'event_type.registered',
    'event_type.deleted',
    'encryption_key.rotated',
    'alert_channel.created',
    'alert_channel.updated',
    'alert_channel.deleted',
    'alert_channel.tested',
    'alert_rule.created',
    'alert_rule.updated',
    'alert_rule.deleted',
  ])
  .describe(
    'Actions in the audit log. The names are stable, so alerts can match on them.\n' +
      '- `account.limits_changed`: Details.changed: names of the changed limits.\n' +
      '- `app.deleted`: Starts the erasure of what the app had; details.webhooks: their ids.\n' +
      '- `app.erased`: By the platform; details: the numbers of erased objects.\n' +
      '- `key.created`: The response contained the key.\n' +
      '- `key.rotated`: The response contained the new key.\n' +
      '- `key.revoked`: Details.descendants: how many keys created by it ended too.\n' +
      '- `webhook.created`: The response contained the secret.\n' +
      '- `webhook.updated`: Details.changed: names of the fields of the call whose value changed; ' +
      'secretReplaced; droppedHeaders: names; backlog and pendingDeliveries as given.\n' +
      '- `webhook.sample_sent`: Details.event: the event type; eventId: the id in the request.\n' +
      '- `webhook.backlog_sent`: Details.count: the waiting deliveries that were made due; resumed: whether the webhook was ' +
      'paused.\n' +
      '- `webhook.secret_rotated`: The response contained the new secret.\n' +
      '- `webhook.disabled`: By the platform; details.reason.\n' +
      '- `deliveries.retried`: Details.ids; the target is their webhook, if they have only one.\n' +
      '- `incident.snoozed`: Details.webhookId.\n' +
      '- `incident.noted`: Details.webhookId.\n' +
      '- `event_type.registered`: Details.types: names of the types that changed.\n' +
      '- `event_type.deleted`: Details.type.',
  );
export type AuditAction = z.output<typeof auditAction>;

const auditValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);

const auditActorKind = z
  .enum(['root', 'key', 'token', 'system'])
  .describe(
    "`root`: the operator's token; `key`: an API key; `token`: an access token of an OpenID " +
      'Connect issuer; `system`: the platform itself.',
  );

export const auditActor = z
  .object({
    kind: auditActorKind,
    keyId: apiKeyId.nullable().describe('The key. Null unless `kind` is `key`.'),
    keyPrefix: z.string().nullable().describe('The first characters of the key, as `keys.list` shows them.'),
    keyName: z
      .string()
      .nullable()
      .describe('The name of the key. Null unless `kind` is `key`, and in entries of older releases.'),
    issuer: z
      .string()
      .nullable()
      .describe('The claim `iss` of the access token. Null unless `kind` is `token`.'),
    subject: z
      .string()
      .nullable()
      .describe('The claim `sub` of the access token. Null unless `kind` is `token`.'),
  })
  .describe('The caller that performed an action.');

export const auditChange = z
  .object({
    field: z
      .string()
      .describe('Name of the field. Each custom header is a field of its own: `headers.x-tenant`.'),
    before: auditValue.describe('The value before. Null: the field had none.'),
    after: auditValue.describe('The value after. Null: the field has none.'),
  })
  .describe(
    'The change of one field. Tokens in URLs and values of headers are masked, so a change of them can ' +
      'have equal values.',
  );
export type AuditChange = z.output<typeof auditChange>;

export const auditEntryView = z
  .object({
    id: z.string().describe('Id of the entry.'),
    at: z.iso.datetime().describe('When the action happened.'),
    action: auditAction.describe('What happened.'),
    actor: auditActor.describe('The caller that performed the action.'),
    accountId: z
      .string()
      .nullable()
      .describe('The affected account. Null if the action affects the whole installation.'),
    appId: z.string().nullable().describe('The affected app, if any.'),
    targetId: z.string().nullable().describe('Id of the affected webhook, key, app, account or delivery.'),
    targetName: z
      .string()
      .nullable()
      .describe(
        'Name or description of the target at that time. Null if it has none, and in entries of older releases.',
      ),
    address: z
      .string()
      .nullable()
      .describe(
        'Client address of the request. Null for `system`. Also null for `root` when an API key reads ' +
          "the log, because the operator's address is private.",
      ),
    requestId: z.string().nullable().describe("Id of the request, as in the server's log."),
    details: z.record(z.string(), auditValue).describe('Further facts, depending on the action.'),
    changes: z
      .array(auditChange)
      .describe(
        'The changed fields with their values. Empty if the action changes none, and in entries of older releases.',
      ),
  })
  .describe('One entry of the audit log. Contains no secrets: tokens and values of headers are masked.');
export type AuditEntryView = z.output<typeof auditEntryView>;
export type AuditActor = AuditEntryView['actor'];
export type AuditDetails = AuditEntryView['details'];

/** Filters of `auditLog.list`. Entries match all given filters. */
export const auditFilter = z.strictObject({
  appId: appId.optional().describe('Only entries about this app.'),
  action: auditAction.optional().describe('Only entries of this action.'),
  targetId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Only entries about this webhook, key, app, account or delivery.'),
  keyId: apiKeyId.optional().describe('Only actions of this key.'),
  actorKind: auditActorKind.optional().describe('Only actions of callers of this kind.'),
  since: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Only entries at or after this time, ISO 8601.'),
  until: z.iso.datetime({ offset: true }).optional().describe('Only entries before this time, ISO 8601.'),
});
export type AuditFilter = z.output<typeof auditFilter>;

export const listAuditEntriesInput = auditFilter
  .extend(pageFields)
  .prefault({})
  .describe('Input of `auditLog.list`. Entries match all given filters.');
export type ListAuditEntriesInput = z.input<typeof listAuditEntriesInput>;
