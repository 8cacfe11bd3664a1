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
const deliveries = async () => await import('./api/deliveries.ts');
const eventTypes = async () => await import('./api/event-types.ts');
const accounts = async () => await import('./api/accounts.ts');
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
    name: 'deliveries cancel',
    summary: 'Cancel pending deliveries of a webhook',
    load: async () => (await deliveries()).deliveriesCancel,
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

/** Finds the command that the words begin with. Further words are operands. */
export function findCommand(words: readonly string[]): CommandEntry | undefined {
  return registry.find(({ name }) => {
    const length = name.split(' ').length;
    return words.slice(0, length).join(' ') === name;
  });
}

/** The commands of a group, such as `apps`. Empty for other words. */
export function findGroup(word: string): readonly CommandEntry[] {
  return registry.filter(({ name }) => name.startsWith(`${word} `));
}

/** The first words of all commands. */
export function getFirstWords(): readonly string[] {
  return [...new Set(registry.map(({ name }) => name.split(' ')[0] ?? ''))];
}
