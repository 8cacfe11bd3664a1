/** The option of a field of an input: its name and what the help says of it. */
interface FieldWords {
  /** @default the name of the field, with dashes */
  readonly option?: string;
  readonly alias?: string;
  /** Placeholder of the value. @default the name of the option */
  readonly value?: string;
  readonly summary: string;
}

const time = 'time';

/**
 * The words of the options, by field. A field has the same option in all commands. Types, possible values and defaults
 * come from the schemas.
 */
export const fieldWords: Readonly<Record<string, FieldWords>> = {
  accountId: { option: 'account', value: 'id', summary: 'account; another one needs the root token' },
  action: { summary: 'only entries of this action' },
  after: { value: 'cursor', summary: 'start after this cursor (default: the position of the consumer)' },
  afterSeconds: {
    value: 'number',
    summary: 'how long the condition must last, in seconds; before a disabling: how long before',
  },
  appId: { option: 'app', value: 'id', summary: 'id of the app' },
  channelIds: { option: 'channel', value: 'id', summary: 'alert channel to send to' },
  consumer: { value: 'name', summary: 'name of the consumer, unique within its app' },
  cursor: { value: 'cursor', summary: 'where the consumer continues: the cursor of an event or a page' },
  description: { value: 'text', summary: 'a note for operators' },
  cause: { summary: 'only deliveries whose last attempt failed for this reason' },
  dryRun: { summary: 'only count the deliveries' },
  enabled: { value: 'state', summary: 'whether it is in use' },
  event: { alias: 'type', value: 'type', summary: 'event type' },
  eventId: { option: 'event-id', value: 'id', summary: 'only deliveries of this event' },
  eventVersions: {
    option: 'event-version',
    value: 'type=version',
    summary: 'version of an event type that the webhook gets, such as invoice.paid=1',
  },
  events: {
    option: 'event',
    alias: 'type',
    value: 'type',
    summary: 'event type, or pattern such as invoice.*',
  },
  expectedRevision: {
    value: 'number',
    summary: 'change the webhook only if it still has this revision',
  },
  expiresAt: {
    option: 'expires',
    value: time,
    summary: 'when the key stops working, ISO 8601 (default: never)',
  },
  format: { summary: 'format of the body' },
  headers: { option: 'header', value: 'name: value', summary: 'custom request header' },
  host: { value: 'name', summary: 'only deliveries to webhooks whose URL has this host' },
  hours: { value: 'number', summary: 'span of the statistics, in hours' },
  id: { value: 'id', summary: 'id; choosing it needs the root token (default: generated)' },
  idempotencyKey: {
    value: 'key',
    summary: 'makes a repeated call safe: the same key returns the first result again',
  },
  ids: { option: 'delivery', value: 'id', summary: 'only this delivery' },
  kind: { summary: 'kind of the alert channel, or what the rule watches' },
  limit: { value: 'number', summary: 'most items to print' },
  minAttempts: { value: 'number', summary: 'only deliveries with at least this number of attempts' },
  minDurationMs: { value: 'ms', summary: 'only deliveries whose last attempt took at least this time' },
  name: { value: 'name', summary: 'display name' },
  origin: { summary: 'only event types of this origin' },
  overlapHours: { value: 'number', summary: 'hours for which the old one stays valid, 0 to 168' },
  pendingDeliveries: { summary: 'what happens to pending deliveries of event types that are taken off' },
  prefix: { value: 'text', summary: 'only event types that start with this text' },
  profile: { summary: 'signing scheme and headers' },
  rateLimit: { value: 'number', summary: 'most requests a second' },
  reason: { summary: 'only deliveries that have their status for this reason' },
  remindAfterSeconds: {
    value: 'number',
    summary: 'send an alert that is not over again after this many seconds',
  },
  scopes: { option: 'scope', value: 'scope', summary: 'what the key may do' },
  search: { value: 'text', summary: 'only event types whose name contains this text' },
  signing: { summary: 'signature of the profile standard' },
  since: { value: time, summary: 'only events accepted at or after this time, ISO 8601' },
  start: { summary: 'where to start without a cursor' },
  status: { summary: 'only items with this status' },
  statusClass: { summary: 'only deliveries whose last attempt got a status of this class' },
  target: { value: 'target', summary: 'https URL, or e-mail address of a channel of the kind email' },
  timestamp: { value: time, summary: 'when the event happened, ISO 8601 (default: now)' },
  types: {
    option: 'type',
    alias: 'event',
    value: 'type',
    summary: 'event type, or pattern such as invoice.*',
  },
  until: { value: time, summary: 'only events accepted before this time, ISO 8601 (default: now)' },
  url: { option: 'endpoint', alias: 'target', value: 'url', summary: 'URL that receives the deliveries' },
  version: { value: 'number', summary: 'version of the event type (default: the newest)' },
  waitMs: { option: 'wait-ms', value: 'ms', summary: 'how long to wait for an event, at most 30000' },
  waiting: { value: 'number', summary: 'pending deliveries from which a rule of the kind backlog alerts' },
  webhookId: { option: 'webhook', value: 'id', summary: 'id of the webhook' },
};
