import type { CreateIndexesOptions } from 'mongodb';
import type { IndexNeed } from '../../../domain/ports/index-store.ts';
import type { Collections } from '../documents/collections.ts';

export interface IndexSpec {
  readonly collection: keyof Collections;
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly neededFor: IndexNeed;
  readonly options?: Pick<CreateIndexesOptions, 'unique' | 'partialFilterExpression' | 'expireAfterSeconds'>;
  /** Names of older indexes, which are dropped when this one is built. */
  readonly replaces?: readonly string[];
}

const exists = (field: string) => ({ partialFilterExpression: { [field]: { $exists: true } } });

/**
 * All indexes. Each one makes writes on the hot path slower, so there is none without a query that needs it.
 * The indexes of the queue are partial: they contain only unfinished work.
 *
 * To change an index, give it a new name and put the old name into `replaces`. Indexes for `sending` are
 * hinted by the queue, because each claim would read the whole collection without them.
 */
export const indexSpecs: readonly IndexSpec[] = [
  {
    collection: 'activity',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    // One day more than the longest span of the overview.
    options: { expireAfterSeconds: 8 * 24 * 60 * 60 },
  },
  { collection: 'activity', name: 'by_account', key: { accountId: 1, at: 1 }, neededFor: 'reading' },
  { collection: 'activity', name: 'by_app', key: { appId: 1, at: 1 }, neededFor: 'reading' },
  {
    collection: 'webhookActivity',
    name: 'expiresAt_1',
    key: { expiresAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 0 },
  },
  // The erasure of a deleted app.
  { collection: 'webhookActivity', name: 'appId_1', key: { appId: 1 }, neededFor: 'reading' },
  // A process that was suspended for longer drops all that it has cached.
  {
    collection: 'changes',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 24 * 60 * 60 },
  },
  // A budget that nothing was leased from for an hour is full, like one without a document.
  {
    collection: 'rateBudgets',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 60 * 60 },
  },
  {
    collection: 'destinationLimits',
    name: 'until_1',
    key: { until: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 0 },
  },
  {
    collection: 'idempotentCalls',
    name: 'expiresAt_1',
    key: { expiresAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 0 },
  },
  {
    collection: 'idempotentCalls',
    name: 'sealedUntil_1',
    key: { sealedUntil: 1 },
    neededFor: 'reading',
    options: exists('sealedUntil'),
  },
  // The erasure of a deleted app.
  { collection: 'idempotentCalls', name: 'appId_1', key: { appId: 1 }, neededFor: 'reading' },
  {
    collection: 'health',
    name: 'failuresInARow_-1',
    key: { failuresInARow: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { failuresInARow: { $gt: 0 } } },
  },
  {
    collection: 'health',
    name: 'accountId_1_failuresInARow_-1',
    key: { accountId: 1, failuresInARow: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { failuresInARow: { $gt: 0 } } },
  },
  {
    collection: 'health',
    name: 'appId_1_failuresInARow_-1',
    key: { appId: 1, failuresInARow: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { failuresInARow: { $gt: 0 } } },
  },
  // Searches of lists: words that begin with a term, of an account and of all accounts.
  { collection: 'accounts', name: 'words', key: { searchWords: 1 }, neededFor: 'reading' },
  { collection: 'apps', name: 'words', key: { searchWords: 1 }, neededFor: 'reading' },
  {
    collection: 'apps',
    name: 'account_words',
    key: { accountId: 1, searchWords: 1 },
    neededFor: 'reading',
  },
  { collection: 'keys', name: 'words', key: { searchWords: 1 }, neededFor: 'reading' },
  {
    collection: 'keys',
    name: 'account_words',
    key: { accountId: 1, searchWords: 1 },
    neededFor: 'reading',
  },
  { collection: 'webhooks', name: 'words', key: { searchWords: 1 }, neededFor: 'reading' },
  {
    collection: 'webhooks',
    name: 'account_words',
    key: { accountId: 1, searchWords: 1 },
    neededFor: 'reading',
  },
  // Lists of webhooks by age: of an app, of an account, of all.
  {
    collection: 'webhooks',
    name: 'by_app_age',
    key: { appId: 1, createdAt: 1, _id: 1 },
    neededFor: 'reading',
  },
  {
    collection: 'webhooks',
    name: 'by_account_age',
    key: { accountId: 1, createdAt: 1, _id: 1 },
    neededFor: 'reading',
    replaces: ['accountId_1'],
  },
  { collection: 'webhooks', name: 'by_age', key: { createdAt: 1, _id: 1 }, neededFor: 'reading' },
  {
    collection: 'webhooks',
    name: 'disabled',
    key: { accountId: 1, appId: 1, _id: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { enabled: false } },
  },
  { collection: 'apps', name: 'accountId_1__id_-1', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  // The tombstones of app ids. Unique, because an app is deleted once.
  {
    collection: 'appDeletions',
    name: 'appId_1',
    key: { appId: 1 },
    neededFor: 'accepting',
    options: { unique: true },
  },
  {
    collection: 'appDeletions',
    name: 'accountId_1__id_-1',
    key: { accountId: 1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'appDeletions',
    name: 'running',
    key: { accountId: 1, appId: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: 'running' } },
  },
  {
    collection: 'appDeletions',
    name: 'due',
    key: { due: 1, accountId: 1, turnAt: 1 },
    neededFor: 'reading',
    options: exists('due'),
  },
  // Used by every call. Unique, because two keys with one hash would be one credential with two owners.
  {
    collection: 'keys',
    name: 'hash_1',
    key: { hash: 1 },
    neededFor: 'accepting',
    options: { unique: true },
  },
  // Like `hash`, for the overlap of a rotation.
  {
    collection: 'keys',
    name: 'previous_hash',
    key: { 'previous.hash': 1 },
    neededFor: 'accepting',
    options: { unique: true, ...exists('previous.hash') },
  },
  // A revocation ends all descendants of a key.
  {
    collection: 'keys',
    name: 'ancestorIds_1',
    key: { ancestorIds: 1 },
    neededFor: 'reading',
    options: exists('ancestorIds'),
  },
  { collection: 'keys', name: 'accountId_1__id_-1', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  {
    collection: 'webhooks',
    name: 'by_app_mount',
    key: { appId: 1, mount: 1, _id: 1 },
    neededFor: 'reading',
    replaces: ['appId_1__id_1'],
  },
  { collection: 'replays', name: 'by_account', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'replays', name: 'by_app', key: { appId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'replays', name: 'by_webhook', key: { webhookId: 1, _id: -1 }, neededFor: 'reading' },
  // Ended sessions are rejected by their time; the index only removes them.
  {
    collection: 'sessions',
    name: 'expiresAt_1',
    key: { expiresAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 0 },
  },
  {
    collection: 'sessions',
    name: 'credential_1_createdAt_-1',
    key: { credential: 1, createdAt: -1 },
    neededFor: 'reading',
  },
  // The running replays of each account. A claim visits the accounts in turns.
  {
    collection: 'replays',
    name: 'due_by_account',
    key: { accountId: 1, due: 1 },
    neededFor: 'reading',
    options: exists('due'),
  },
  {
    collection: 'webhooks',
    name: 'disabled_by_account',
    key: { accountId: 1, appId: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { enabled: false } },
  },
  {
    collection: 'webhooks',
    name: 'disabled_by_app',
    key: { appId: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { enabled: false } },
  },
  // Incidents that no attempt belongs to any more.
  {
    collection: 'incidents',
    name: 'lastSeenAt_1',
    key: { lastSeenAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 30 * 24 * 60 * 60 },
  },
  { collection: 'incidents', name: 'by_end', key: { openUntil: -1, _id: -1 }, neededFor: 'reading' },
  {
    collection: 'incidents',
    name: 'by_account',
    key: { accountId: 1, openUntil: -1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'incidents',
    name: 'by_app',
    key: { appId: 1, openUntil: -1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'incidents',
    name: 'by_webhook',
    key: { webhookId: 1, openUntil: -1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'replays',
    name: 'running_by_account',
    key: { accountId: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: 'running' } },
  },
  // Keys that ended stay visible for 90 days. Loops of creating and revoking keys would otherwise leave a
  // document each forever.
  {
    collection: 'keys',
    name: 'revoked_age',
    key: { revokedAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 90 * 24 * 60 * 60 },
  },
  {
    collection: 'keys',
    name: 'expired_age',
    key: { expiresAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 90 * 24 * 60 * 60 },
  },
  // Without revoked keys.
  {
    collection: 'keys',
    name: 'living_by_account',
    key: { accountId: 1, expiresAt: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { revokedAt: null } },
  },
  {
    collection: 'auditLog',
    name: 'accountId_1__id_-1',
    key: { accountId: 1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'auditLog',
    name: 'by_account_action',
    key: { accountId: 1, action: 1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'auditLog',
    name: 'by_account_app',
    key: { accountId: 1, appId: 1, _id: -1 },
    neededFor: 'reading',
  },
  { collection: 'auditLog', name: 'appId_1__id_-1', key: { appId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'auditLog', name: 'by_action', key: { action: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'auditLog', name: 'by_target', key: { targetId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'auditLog', name: 'by_key', key: { 'actor.keyId': 1, _id: -1 }, neededFor: 'reading' },

  { collection: 'alertChannels', name: 'by_owner', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'alertRules', name: 'by_owner', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  {
    collection: 'alertRules',
    name: 'enabled',
    key: { enabled: 1, _id: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { enabled: true } },
  },
  { collection: 'alertRules', name: 'channelIds_1', key: { channelIds: 1 }, neededFor: 'reading' },
  { collection: 'openAlerts', name: 'ruleId_1', key: { ruleId: 1 }, neededFor: 'reading' },
  { collection: 'alertMessages', name: 'by_owner', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  {
    collection: 'alertMessages',
    name: 'by_owner_status',
    key: { accountId: 1, status: 1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'alertMessages',
    name: 'due',
    key: { nextAt: 1, _id: 1 },
    neededFor: 'reading',
    options: exists('nextAt'),
  },
  {
    collection: 'alertMessages',
    name: 'waiting_by_channel',
    key: { channelId: 1, nextAt: 1 },
    neededFor: 'reading',
    options: exists('nextAt'),
  },
  {
    collection: 'alertMessages',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 90 * 24 * 60 * 60 },
  },
  { collection: 'endpointWatches', name: 'since_-1', key: { since: -1 }, neededFor: 'reading' },
  // Of an app that does not exist.
  {
    collection: 'operationalNotices',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 7 * 24 * 60 * 60 },
  },
  // What the monitor of endpoints looks for: webhooks that the platform disabled, and secrets that end.
  {
    collection: 'webhooks',
    name: 'disabled_by_platform',
    key: { updatedAt: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { disabledReason: { $type: 'string' } } },
  },
  {
    collection: 'webhooks',
    name: 'previous_secret_end',
    key: { 'previousSecrets.until': 1 },
    neededFor: 'reading',
    options: exists('previousSecrets.until'),
  },
  {
    collection: 'webhooks',
    name: 'certificate_end',
    key: { 'clientCertificate.expiresAt': 1 },
    neededFor: 'reading',
    options: exists('clientCertificate.expiresAt'),
  },
  // Deliveries that failed for good, by time. Deliveries that succeed are not in it.
  {
    collection: 'deliveries',
    name: 'failed_by_time',
    key: { status: 1, finishedAt: 1, webhookId: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: 'failed' } },
  },

  // Open outbox entries, by the partitions that they owe deliveries of.
  {
    collection: 'events',
    name: 'open_by_partition',
    key: { open: 1, _id: 1 },
    neededFor: 'sending',
    options: exists('open'),
  },
  // Entries that API processes of an older release still write; see queue/convert-old-form.ts.
  {
    collection: 'events',
    name: 'open_by_lane',
    key: { due: 1, lane: 1 },
    neededFor: 'reading',
    options: exists('due'),
    replaces: ['open'],
  },
  // Idempotent publishing, also while the first call is in flight. Without it, a retried publish is a second
  // event.
  {
    collection: 'events',
    name: 'idempotency',
    key: { appId: 1, key: 1 },
    neededFor: 'accepting',
    options: { unique: true, ...exists('key') },
  },
  // Lists. With `type` before the id, lists of one type read nothing else. Lists of all types merge the types.
  {
    collection: 'events',
    name: 'by_app_type',
    key: { appId: 1, type: 1, _id: -1 },
    neededFor: 'reading',
    replaces: ['by_app'],
  },
  {
    collection: 'events',
    name: 'by_account_type',
    key: { accountId: 1, type: 1, _id: -1 },
    neededFor: 'reading',
  },
  // The search by values of payloads. Events without a searchable value take no space in it.
  {
    collection: 'events',
    name: 'by_value',
    key: { values: 1, accountId: 1, _id: -1 },
    neededFor: 'reading',
    options: exists('values'),
  },
  // Open entries by account, for lists and statistics of its pending deliveries.
  {
    collection: 'events',
    name: 'open_by_account',
    key: { 'owners.accountId': 1, _id: -1 },
    neededFor: 'reading',
    options: exists('open'),
    replaces: ['outbox_by_account'],
  },

  // The feed of an app reads by `_id`. Subscriptions to an account, or to everything, merge the apps.
  { collection: 'feedSlices', name: 'by_account', key: { accountId: 1, end: 1 }, neededFor: 'reading' },
  { collection: 'feedSlices', name: 'end_1', key: { end: 1 }, neededFor: 'reading' },
  // Retention.
  { collection: 'feedSlices', name: 'at_1', key: { at: 1 }, neededFor: 'reading' },

  // Waiting deliveries: the backlog of each webhook, in the order in which it is due.
  {
    collection: 'deliveries',
    name: 'waiting',
    key: { partition: 1, webhookId: 1, nextAt: 1, _id: 1 },
    neededFor: 'sending',
    options: exists('nextAt'),
    replaces: ['pending_by_webhook'],
  },
  // Waiting deliveries in the form of an older release; see queue/convert-old-form.ts.
  {
    collection: 'deliveries',
    name: 'due',
    key: { due: 1, webhookId: 1 },
    neededFor: 'reading',
    options: exists('due'),
  },
  // Statistics of the waiting deliveries of one account.
  {
    collection: 'deliveries',
    name: 'waiting_by_account',
    key: { accountId: 1, nextAt: 1, appId: 1 },
    neededFor: 'reading',
    options: exists('nextAt'),
    replaces: ['due_by_account'],
  },
  // Lists. With `status` before the id, lists of one status read nothing else. Lists of all merge the four.
  {
    collection: 'deliveries',
    name: 'by_webhook_status',
    key: { webhookId: 1, status: 1, _id: -1 },
    neededFor: 'reading',
    replaces: ['by_webhook'],
  },
  {
    collection: 'deliveries',
    name: 'by_app_status',
    key: { appId: 1, status: 1, _id: -1 },
    neededFor: 'reading',
    replaces: ['by_app', 'failed_by_app'],
  },
  // Lists of one account find delivered deliveries by their events, so the hot path does not write this index.
  {
    collection: 'deliveries',
    name: 'undelivered_by_account',
    key: { accountId: 1, status: 1, _id: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: { $in: ['pending', 'failed', 'cancelled'] } } },
  },
  // Lists of all accounts, for the operator.
  {
    collection: 'deliveries',
    name: 'undelivered',
    key: { status: 1, _id: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: { $in: ['pending', 'failed', 'cancelled'] } } },
  },
];
