import type { RestProcedure } from './procedures.ts';

/** The route of one procedure. Everything else comes from the procedure. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`. Its parameters are fields of the input. */
  readonly path: string;
  /** Status of a success. `accepted`: 202, or 200 if the result has no job. */
  readonly status: 200 | 201 | 202 | 'accepted';
  /** The path of a created object, whose id is that of the result. Only if a route reads it. */
  readonly location?: string;
  readonly summary: string;
}

/** Every procedure has one row; the compiler asks for it. Subscriptions have none. */
export const routes = {
  'accounts.create': { method: 'POST', path: '/accounts', status: 201, summary: 'Create an account' },
  'accounts.list': { method: 'GET', path: '/accounts', status: 200, summary: 'List accounts' },
  'accounts.setLimits': {
    method: 'PATCH',
    path: '/accounts/:accountId',
    status: 200,
    summary: 'Change the limits of an account',
  },
  'accounts.usage': {
    method: 'GET',
    path: '/usage',
    status: 200,
    summary: 'Get the limits of an account and how much of each is used',
  },
  'keys.create': { method: 'POST', path: '/keys', status: 201, summary: 'Create an API key' },
  'keys.list': { method: 'GET', path: '/keys', status: 200, summary: 'List API keys' },
  'keys.rotate': { method: 'POST', path: '/keys/:id/rotate', status: 200, summary: 'Rotate an API key' },
  'keys.revoke': { method: 'DELETE', path: '/keys/:id', status: 200, summary: 'Revoke an API key' },
  'apps.create': {
    method: 'POST',
    path: '/apps',
    status: 201,
    location: '/apps',
    summary: 'Create an app',
  },
  'apps.list': { method: 'GET', path: '/apps', status: 200, summary: 'List apps' },
  'apps.get': { method: 'GET', path: '/apps/:id', status: 200, summary: 'Get an app' },
  'apps.delete': {
    method: 'DELETE',
    path: '/apps/:id',
    status: 200,
    summary: 'Delete an app and start the erasure of what it had',
  },
  'apps.deletions': {
    method: 'GET',
    path: '/app-deletions',
    status: 200,
    summary: 'List deleted apps with the progress of their erasure',
  },
  'webhooks.create': {
    method: 'POST',
    path: '/webhooks',
    status: 201,
    location: '/webhooks',
    summary: 'Create a webhook',
  },
  'webhooks.list': { method: 'GET', path: '/webhooks', status: 200, summary: 'List the webhooks of an app' },
  'webhooks.summaries': {
    method: 'GET',
    path: '/webhook-summaries',
    status: 200,
    summary: 'List webhooks of one app or of all, with what a table shows of them',
  },
  'webhooks.get': { method: 'GET', path: '/webhooks/:id', status: 200, summary: 'Get a webhook' },
  'webhooks.update': {
    method: 'PATCH',
    path: '/webhooks/:id',
    status: 200,
    summary: 'Update a webhook: only included fields change',
  },
  'webhooks.delete': { method: 'DELETE', path: '/webhooks/:id', status: 200, summary: 'Delete a webhook' },
  'webhooks.test': {
    method: 'POST',
    path: '/webhooks/:id/test',
    status: 200,
    summary: 'Send a test ping and return the result',
  },
  'webhooks.rotateSecret': {
    method: 'POST',
    path: '/webhooks/:id/rotate-secret',
    status: 200,
    summary: 'Rotate the secret of a webhook',
  },
  'webhooks.backlog': {
    method: 'GET',
    path: '/webhooks/:id/backlog',
    status: 200,
    summary: 'Count the deliveries that a webhook still has to get, and those that failed for good',
  },
  'webhooks.sendWaiting': {
    method: 'POST',
    path: '/webhooks/:id/send-waiting',
    status: 200,
    summary: 'Send all waiting deliveries of a webhook now',
  },
  'webhooks.sendSample': {
    method: 'POST',
    path: '/webhooks/:id/sample',
    status: 200,
    summary: 'Send the example of an event type to one webhook only',
  },
  'webhooks.activity': {
    method: 'GET',
    path: '/webhooks/:id/activity',
    status: 200,
    summary: 'Count the attempts of a webhook by time, status, reason and event type',
  },
  'webhooks.preview': {
    method: 'GET',
    path: '/preview',
    status: 200,
    summary: 'Preview the body that a format has for an event type',
  },
  'events.publish': {
    method: 'POST',
    path: '/events',
    status: 202,
    location: '/events',
    summary: 'Publish an event',
  },
  'events.publishMany': {
    method: 'POST',
    path: '/events/batch',
    status: 200,
    summary: 'Publish up to 500 events; each has its own result',
  },
  'events.list': { method: 'GET', path: '/events', status: 200, summary: 'List events' },
  'events.get': { method: 'GET', path: '/events/:id', status: 200, summary: 'Get an event' },
  'events.explain': {
    method: 'GET',
    path: '/events/:id/explain',
    status: 200,
    summary: 'Explain what happened to an event at each webhook',
  },
  'events.types': {
    method: 'GET',
    path: '/event-catalog',
    status: 200,
    summary: 'List the event types that all accounts have, with schema and example',
  },
  'feed.read': {
    method: 'GET',
    path: '/apps/:appId/feed',
    status: 200,
    summary: 'Read the events of an app in the order of their commits',
  },
  'feed.consumers': {
    method: 'GET',
    path: '/apps/:appId/feed/consumers',
    status: 200,
    summary: 'List the consumers of the feed of an app',
  },
  'feed.commit': {
    method: 'PUT',
    path: '/apps/:appId/feed/consumers/:consumer',
    status: 200,
    summary: 'Store the cursor of a consumer',
  },
  'feed.deleteConsumer': {
    method: 'DELETE',
    path: '/apps/:appId/feed/consumers/:consumer',
    status: 200,
    summary: 'Delete a consumer',
  },
  'eventTypes.register': {
    method: 'POST',
    path: '/event-types',
    status: 200,
    summary: 'Register event types: all, or none',
  },
  'eventTypes.list': { method: 'GET', path: '/event-types', status: 200, summary: 'List event types' },
  'eventTypes.get': {
    method: 'GET',
    path: '/event-types/:type',
    status: 200,
    summary: 'Get an event type with all its versions',
  },
  'eventTypes.delete': {
    method: 'DELETE',
    path: '/event-types/:type',
    status: 200,
    summary: 'Delete a registered event type',
  },
  'deliveries.list': { method: 'GET', path: '/deliveries', status: 200, summary: 'List deliveries' },
  'deliveries.get': {
    method: 'GET',
    path: '/deliveries/:id',
    status: 200,
    summary: 'Get a delivery with its attempts',
  },
  'deliveries.retry': {
    method: 'POST',
    path: '/deliveries/:id/retry',
    status: 202,
    summary: 'Retry a delivery',
  },
  'deliveries.resend': {
    method: 'POST',
    path: '/deliveries/resend',
    status: 202,
    summary: 'Send an event to a webhook of its app',
  },
  'deliveries.retryMany': {
    method: 'POST',
    path: '/deliveries/retry-many',
    status: 200,
    summary: 'Retry chosen deliveries',
  },
  'deliveries.cancelMany': {
    method: 'POST',
    path: '/deliveries/cancel-many',
    status: 200,
    summary: 'Cancel chosen pending deliveries',
  },
  'deliveries.cancel': {
    method: 'POST',
    path: '/deliveries/cancel',
    status: 200,
    summary: 'Cancel pending deliveries of a webhook',
  },
  'deliveries.replay': {
    method: 'POST',
    path: '/replays',
    status: 'accepted',
    summary: 'Replay finished deliveries of a webhook',
  },
  'deliveries.replays': { method: 'GET', path: '/replays', status: 200, summary: 'List replays' },
  'deliveries.cancelReplay': {
    method: 'POST',
    path: '/replays/:id/cancel',
    status: 200,
    summary: 'Cancel a replay',
  },
  'incidents.list': { method: 'GET', path: '/incidents', status: 200, summary: 'List incidents' },
  'incidents.get': { method: 'GET', path: '/incidents/:id', status: 200, summary: 'Get an incident' },
  'incidents.count': {
    method: 'GET',
    path: '/incident-counts',
    status: 200,
    summary: 'Count the open incidents',
  },
  'incidents.webhooks': {
    method: 'GET',
    path: '/unhealthy-webhooks',
    status: 200,
    summary: 'List webhooks that are failing, paused or disabled',
  },
  'incidents.snooze': {
    method: 'POST',
    path: '/incidents/:id/snooze',
    status: 200,
    summary: 'Snooze an incident',
  },
  'incidents.note': {
    method: 'POST',
    path: '/incidents/:id/note',
    status: 200,
    summary: 'Set the note of an incident',
  },
  'alertChannels.create': {
    method: 'POST',
    path: '/alert-channels',
    status: 201,
    summary: 'Create an alert channel',
  },
  'alertChannels.list': {
    method: 'GET',
    path: '/alert-channels',
    status: 200,
    summary: 'List alert channels',
  },
  'alertChannels.update': {
    method: 'PATCH',
    path: '/alert-channels/:id',
    status: 200,
    summary: 'Update an alert channel: only included fields change',
  },
  'alertChannels.delete': {
    method: 'DELETE',
    path: '/alert-channels/:id',
    status: 200,
    summary: 'Delete an alert channel',
  },
  'alertChannels.test': {
    method: 'POST',
    path: '/alert-channels/:id/test',
    status: 200,
    summary: 'Send a test message to an alert channel',
  },
  'alertRules.create': { method: 'POST', path: '/alert-rules', status: 201, summary: 'Create an alert rule' },
  'alertRules.list': { method: 'GET', path: '/alert-rules', status: 200, summary: 'List alert rules' },
  'alertRules.update': {
    method: 'PATCH',
    path: '/alert-rules/:id',
    status: 200,
    summary: 'Update an alert rule: only included fields change',
  },
  'alertRules.delete': {
    method: 'DELETE',
    path: '/alert-rules/:id',
    status: 200,
    summary: 'Delete an alert rule',
  },
  'alerts.history': {
    method: 'GET',
    path: '/alert-messages',
    status: 200,
    summary: 'List the alert messages that were sent',
  },
  'alerts.settings': {
    method: 'GET',
    path: '/alert-settings',
    status: 200,
    summary: 'Get what the server allows alerts to do',
  },
  'auditLog.list': { method: 'GET', path: '/audit-log', status: 200, summary: 'List audit log entries' },
  'search.find': {
    method: 'GET',
    path: '/search',
    status: 200,
    summary: 'Search ids, names, hosts and values of payloads',
  },
  'search.timeline': {
    method: 'GET',
    path: '/timeline',
    status: 200,
    summary: 'List the events of a customer, an app or a webhook with their verdicts',
  },
  'system.stats': { method: 'GET', path: '/system/stats', status: 200, summary: 'Get statistics' },
  'system.audit': {
    method: 'GET',
    path: '/system/audit',
    status: 200,
    summary: 'Check that every accepted event has its deliveries',
  },
} as const satisfies Record<RestProcedure, Route>;

/** Where the routes are mounted. */
export const apiPrefix = '/api/v1';
