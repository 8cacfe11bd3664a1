import type { Outputs } from '../../lib/trpc.ts';

export type AuditEntry = Outputs['auditLog']['list']['items'][number];

/** The label of each action. The type requires one for every action. */
export const actionLabels: Record<AuditEntry['action'], string> = {
  'webhook.created': 'Webhook created',
  'webhook.updated': 'Webhook updated',
  'webhook.deleted': 'Webhook deleted',
  'webhook.backlog_sent': 'Waiting deliveries sent',
  'webhook.sample_sent': 'Sample sent',
  'webhook.tested': 'Webhook tested',
  'webhook.secret_rotated': 'Webhook secret rotated',
  'webhook.disabled': 'Webhook disabled',
  'delivery.retried': 'Delivery retried',
  'delivery.resent': 'Event sent by hand',
  'deliveries.retried': 'Deliveries retried',
  'deliveries.replayed': 'Deliveries replayed',
  'deliveries.cancelled': 'Deliveries cancelled',
  'app.created': 'App created',
  'app.deleted': 'App deleted',
  'app.erased': 'App erased',
  'incident.snoozed': 'Incident snoozed',
  'incident.noted': 'Note on an incident changed',
  'alert_channel.created': 'Alert channel created',
  'alert_channel.updated': 'Alert channel updated',
  'alert_channel.deleted': 'Alert channel deleted',
  'alert_channel.tested': 'Alert channel tested',
  'alert_rule.created': 'Alert rule created',
  'alert_rule.updated': 'Alert rule updated',
  'alert_rule.deleted': 'Alert rule deleted',
  'event_type.registered': 'Event types registered',
  'event_type.deleted': 'Event type deleted',
  'key.created': 'API key created',
  'key.rotated': 'API key rotated',
  'key.revoked': 'API key revoked',
  'account.created': 'Account created',
  'account.limits_changed': 'Account limits changed',
  'encryption_key.rotated': 'Encryption key rotated',
};

/** The kind of object that an action concerns: the part of its name before the dot. */
export function toSubject(action: AuditEntry['action']): string {
  return action.slice(0, action.indexOf('.'));
}

/** The name of a detail in words: `newKeyId` is `New key id`. */
export function toDetailLabel(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Whether the target does not exist after the action, so that a link to it would lead nowhere. */
export function endsTarget(action: AuditEntry['action']): boolean {
  return action.endsWith('.deleted') || action.endsWith('.erased');
}
