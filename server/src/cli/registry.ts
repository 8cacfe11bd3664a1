import type { Command } from './command.ts';

/** A command by its name. What it does is loaded when it is needed. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const apps = async () => await import('./api/apps.ts');
const keys = async () => await import('./api/keys.ts');
const webhooks = async () => await import('./api/webhooks.ts');
const events = async () => await import('./api/events.ts');
const feed = async () => await import('./api/feed.ts');
const deliveries = async () => await import('./api/deliveries.ts');
const eventTypes = async () => await import('./api/event-types.ts');
const incidents = async () => await import('./api/incidents.ts');
const accounts = async () => await import('./api/accounts.ts');
const alerts = async () => await import('./api/alerts.ts');
const search = async () => await import('./api/search.ts');
const replay = async () => (await import('./replay.ts')).replay;

/** Names and summaries only, so that the overview loads no command. */
export const registry: readonly CommandEntry[] = [
  {
    name: 'start',
    summary: 'Run the server',
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: 'doctor',
    summary: 'Check configuration, database, server and webhooks, and say what to do',
    load: async () => (await import('./doctor/doctor.ts')).doctor,
  },
  { name: 'apps list', summary: 'List apps', load: async () => (await apps()).appsList },
  { name: 'apps get', summary: 'Print an app', load: async () => (await apps()).appsGet },
  {
    name: 'apps create',
    summary: 'Create an app and print its id',
    load: async () => (await apps()).appsCreate,
  },
  {
    name: 'apps delete',
    summary: 'Delete an app and start the erasure of what it had',
    load: async () => (await apps()).appsDelete,
  },
  {
    name: 'apps deletions',
    summary: 'List deleted apps with the progress of their erasure',
    load: async () => (await apps()).appsDeletions,
  },
  { name: 'keys list', summary: 'List API keys', load: async () => (await keys()).keysList },
  {
    name: 'keys create',
    summary: 'Create an API key and print it, once',
    load: async () => (await keys()).keysCreate,
  },
  {
    name: 'keys rotate',
    summary: 'Replace an API key and print the new one, once',
    load: async () => (await keys()).keysRotate,
  },
  { name: 'keys revoke', summary: 'Revoke an API key', load: async () => (await keys()).keysRevoke },
  {
    name: 'webhooks list',
    summary: 'List the webhooks of an app',
    load: async () => (await webhooks()).webhooksList,
  },
  {
    name: 'webhooks summaries',
    summary: 'List webhooks of one app or of all, by state or words',
    load: async () => (await webhooks()).webhooksSummaries,
  },
  { name: 'webhooks get', summary: 'Print a webhook', load: async () => (await webhooks()).webhooksGet },
  {
    name: 'webhooks create',
    summary: 'Create a webhook and print its secret, once',
    load: async () => (await webhooks()).webhooksCreate,
  },
  {
    name: 'webhooks update',
    summary: 'Change a webhook',
    load: async () => (await webhooks()).webhooksUpdate,
  },
  {
    name: 'webhooks enable',
    summary: 'Enable a webhook',
    load: async () => (await webhooks()).webhooksEnable,
  },
  {
    name: 'webhooks disable',
    summary: 'Disable a webhook',
    load: async () => (await webhooks()).webhooksDisable,
  },
  {
    name: 'webhooks delete',
    summary: 'Delete a webhook',
    load: async () => (await webhooks()).webhooksDelete,
  },
  {
    name: 'webhooks test',
    summary: 'Send a test ping and print the result',
    load: async () => (await webhooks()).webhooksTest,
  },
  {
    name: 'webhooks backlog',
    summary: 'Count what a webhook still has to get',
    load: async () => (await webhooks()).webhooksBacklog,
  },
  {
    name: 'webhooks send-waiting',
    summary: 'Send all waiting deliveries of a webhook now',
    load: async () => (await webhooks()).webhooksSendWaiting,
  },
  {
    name: 'webhooks send-sample',
    summary: 'Send the example of an event type to one webhook',
    load: async () => (await webhooks()).webhooksSendSample,
  },
  {
    name: 'webhooks activity',
    summary: 'Count the attempts of a webhook over a span',
    load: async () => (await webhooks()).webhooksActivity,
  },
  {
    name: 'webhooks rotate-secret',
    summary: 'Replace the secret of a webhook and print the new one, once',
    load: async () => (await webhooks()).webhooksRotateSecret,
  },
  {
    name: 'webhooks preview',
    summary: 'Print the body that a format has for an event type',
    load: async () => (await webhooks()).webhooksPreview,
  },
  { name: 'events list', summary: 'List events', load: async () => (await events()).eventsList },
  { name: 'events get', summary: 'Print an event', load: async () => (await events()).eventsGet },
  {
    name: 'events publish',
    summary: 'Publish an event and print its id',
    load: async () => (await events()).eventsPublish,
  },
  {
    name: 'events explain',
    summary: 'Say what happened to an event at each webhook',
    load: async () => (await events()).eventsExplain,
  },
  {
    name: 'feed read',
    summary: 'Print events of an app in the order of their commits',
    load: async () => (await feed()).feedRead,
  },
  {
    name: 'feed commit',
    summary: 'Move a consumer of the feed',
    load: async () => (await feed()).feedCommit,
  },
  {
    name: 'feed consumers',
    summary: 'List the consumers of the feed',
    load: async () => (await feed()).feedConsumers,
  },
  {
    name: 'feed delete-consumer',
    summary: 'Delete a consumer of the feed and its position',
    load: async () => (await feed()).feedDeleteConsumer,
  },
  {
    name: 'deliveries list',
    summary: 'List deliveries',
    load: async () => (await deliveries()).deliveriesList,
  },
  {
    name: 'deliveries get',
    summary: 'Print a delivery with its attempts',
    load: async () => (await deliveries()).deliveriesGet,
  },
  {
    name: 'deliveries attempts',
    summary: 'List the attempts of a delivery',
    load: async () => (await deliveries()).deliveriesAttempts,
  },
  {
    name: 'deliveries retry',
    summary: 'Retry a delivery',
    load: async () => (await deliveries()).deliveriesRetry,
  },
  {
    name: 'deliveries resend',
    summary: 'Send an event to a webhook of its app',
    load: async () => (await deliveries()).deliveriesResend,
  },
  {
    name: 'deliveries cancel',
    summary: 'Cancel pending deliveries of a webhook',
    load: async () => (await deliveries()).deliveriesCancel,
  },
  {
    name: 'deliveries retry-many',
    summary: 'Retry chosen deliveries',
    load: async () => (await deliveries()).deliveriesRetryMany,
  },
  {
    name: 'deliveries cancel-many',
    summary: 'Cancel chosen pending deliveries',
    load: async () => (await deliveries()).deliveriesCancelMany,
  },
  {
    name: 'deliveries replay',
    summary: 'Resend finished deliveries of a webhook',
    load: replay,
  },
  {
    name: 'deliveries replays',
    summary: 'List replays',
    load: async () => (await deliveries()).deliveriesReplays,
  },
  {
    name: 'deliveries cancel-replay',
    summary: 'Cancel a replay',
    load: async () => (await deliveries()).deliveriesCancelReplay,
  },
  {
    name: 'event-types list',
    summary: 'List the event types of an account',
    load: async () => (await eventTypes()).eventTypesList,
  },
  {
    name: 'event-types get',
    summary: 'Print an event type with its schema',
    load: async () => (await eventTypes()).eventTypesGet,
  },
  {
    name: 'event-types delete',
    summary: 'Delete a registered event type',
    load: async () => (await eventTypes()).eventTypesDelete,
  },
  { name: 'incidents list', summary: 'List incidents', load: async () => (await incidents()).incidentsList },
  { name: 'incidents get', summary: 'Print an incident', load: async () => (await incidents()).incidentsGet },
  {
    name: 'incidents count',
    summary: 'Count the open incidents',
    load: async () => (await incidents()).incidentsCount,
  },
  {
    name: 'incidents webhooks',
    summary: 'List the webhooks that are failing, paused or disabled',
    load: async () => (await incidents()).incidentsWebhooks,
  },
  {
    name: 'incidents snooze',
    summary: 'Snooze an incident until a time',
    load: async () => (await incidents()).incidentsSnooze,
  },
  {
    name: 'incidents note',
    summary: 'Set or remove the note of an incident',
    load: async () => (await incidents()).incidentsNote,
  },
  { name: 'accounts list', summary: 'List accounts', load: async () => (await accounts()).accountsList },
  {
    name: 'accounts create',
    summary: 'Create an account and print its id',
    load: async () => (await accounts()).accountsCreate,
  },
  {
    name: 'accounts usage',
    summary: 'Print the limits of an account and how much of each is used',
    load: async () => (await accounts()).accountsUsage,
  },
  {
    name: 'accounts set-limits',
    summary: 'Change the limits of an account',
    load: async () => (await accounts()).accountsSetLimits,
  },
  {
    name: 'alert-channels list',
    summary: 'List where alerts are sent',
    load: async () => (await alerts()).alertChannelsList,
  },
  {
    name: 'alert-channels create',
    summary: 'Create an alert channel and print its id',
    load: async () => (await alerts()).alertChannelsCreate,
  },
  {
    name: 'alert-channels update',
    summary: 'Change an alert channel',
    load: async () => (await alerts()).alertChannelsUpdate,
  },
  {
    name: 'alert-channels delete',
    summary: 'Delete an alert channel',
    load: async () => (await alerts()).alertChannelsDelete,
  },
  {
    name: 'alert-channels test',
    summary: 'Send a test message to an alert channel and print the result',
    load: async () => (await alerts()).alertChannelsTest,
  },
  {
    name: 'alert-rules list',
    summary: 'List when alerts are sent',
    load: async () => (await alerts()).alertRulesList,
  },
  {
    name: 'alert-rules create',
    summary: 'Create an alert rule and print its id',
    load: async () => (await alerts()).alertRulesCreate,
  },
  {
    name: 'alert-rules update',
    summary: 'Change an alert rule',
    load: async () => (await alerts()).alertRulesUpdate,
  },
  {
    name: 'alert-rules delete',
    summary: 'Delete an alert rule',
    load: async () => (await alerts()).alertRulesDelete,
  },
  {
    name: 'alerts history',
    summary: 'List the alerts that were sent',
    load: async () => (await alerts()).alertsHistory,
  },
  {
    name: 'alerts settings',
    summary: 'Print what the server allows alerts to do',
    load: async () => (await alerts()).alertsSettings,
  },
  {
    name: 'audit-log list',
    summary: 'List who changed what',
    load: async () => (await import('./api/audit-log.ts')).auditLogList,
  },
  {
    name: 'search',
    summary: 'Find ids, names, hosts and values of payloads',
    load: async () => (await search()).search,
  },
  {
    name: 'timeline',
    summary: 'List the events of a customer, and why each webhook got them or not',
    load: async () => (await search()).timeline,
  },
  {
    name: 'stats',
    summary: 'Print counts, the queue and the failing webhooks',
    load: async () => (await import('./api/stats.ts')).stats,
  },
  {
    name: 'audit',
    summary: 'Check that every accepted event was delivered or has a reason (reconciliation)',
    load: async () => (await import('./audit.ts')).audit,
  },
  {
    name: 'check',
    summary: 'Compare a catalog with a snapshot or a server, and say what breaks receivers or publishers',
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'push',
    summary: 'Register the event types of a catalog with a server',
    load: async () => (await import('./push.ts')).push,
  },
  {
    name: 'types',
    summary: 'Write the types of a catalog as TypeScript, for services that do not build schemas',
    load: async () => (await import('./types.ts')).types,
  },
  { name: 'replay', summary: 'Resend finished deliveries of a webhook', load: replay },
  {
    name: 'relay',
    summary: 'Publish the events that services write to an outbox in their own MongoDB',
    load: async () => (await import('./relay.ts')).relay,
  },
  {
    name: 'listen',
    summary: 'Send the events of an app to a receiver on this machine, signed as a webhook does it',
    load: async () => (await import('./listen/listen.ts')).listen,
  },
  {
    name: 'trigger',
    summary: 'Publish the example of an event type, with values of your own',
    load: async () => (await import('./trigger/trigger.ts')).trigger,
  },
  {
    name: 'rotate-key',
    summary: 'Encrypt all webhook secrets with the key in ENCRYPTION_KEY',
    load: async () => (await import('./rotate-key.ts')).rotateKey,
  },
  {
    name: 'completion',
    summary: 'Print the completion script of a shell',
    load: async () => (await import('./completion.ts')).completion,
  },
];
